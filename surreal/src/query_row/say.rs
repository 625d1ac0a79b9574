//! What is said of registrations in their own rows.

use protocol::Problem;
use surrealdb_types::{Object, SurrealValue, Value};

use super::{QueryRow, State};
use crate::connection::{Database, vars};
use crate::error::Error;

/// What the row of a registration should say.
#[derive(Clone, Debug, PartialEq)]
pub struct Saying {
    /// What became of it.
    pub state: State,
    /// Why, where it is refused or failed.
    pub error: Option<Problem>,
    /// How many records are in its answer, where it has one.
    pub row_count: Option<u64>,
}

/// Says what became of registrations, in one transaction. Nothing is said to a row that is no longer the registration
/// that is spoken of.
pub async fn say(
    database: &Database,
    sayings: impl IntoIterator<Item = (&QueryRow, &Saying)>,
) -> Result<(), Error> {
    let text = "FOR $said IN $sayings { UPDATE $said.record \
        SET state = $said.state, error = $said.error, rowCount = $said.count \
        WHERE surql = $said.surql AND (params ?? {}) = $said.params AND registeredAt = $said.at \
        RETURN NONE }";
    let sayings: Vec<Value> = sayings.into_iter().map(bound).collect();
    database.repeat(text, vars([("sayings", sayings.into_value())])).await.map(drop)
}

fn bound((of, saying): (&QueryRow, &Saying)) -> Value {
    let Saying { state, error, row_count } = saying;
    let count = row_count.map_or(Value::None, |count| (count as i64).into_value());
    let mut said = Object::new();
    said.insert("record", of.record.clone());
    said.insert("state", state.as_str());
    said.insert("error", error.as_ref().map_or(Value::None, printed));
    said.insert("count", count);
    said.insert("surql", of.surql.as_str());
    said.insert("params", of.params.clone());
    said.insert("at", of.registered_at.into_value());
    Value::Object(said)
}

fn printed(problem: &Problem) -> Value {
    let mut error = Object::new();
    error.insert("code", problem.code.as_str());
    error.insert("message", problem.message.as_str());
    if let Some(hint) = &problem.hint {
        error.insert("hint", hint.as_str());
    }
    if let Some(position) = problem.position {
        let mut place = Object::new();
        place.insert("line", i64::from(position.line));
        place.insert("column", i64::from(position.column));
        error.insert("position", place);
    }
    Value::Object(error)
}
