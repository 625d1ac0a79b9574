//! Registering and removing with the service's secret: the same row as the client's function writes.

use std::time::Duration;

use protocol::{Code, Problem, ViewKey};
use surrealdb_types::{Object, RecordId, SurrealValue, Value};

use crate::connection::{Database, vars};
use crate::error::Error;
use crate::meta::text;

/// A registration that was checked and is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// Whose, under which id; without a user the system's.
    pub view: ViewKey,
    /// How the user came in.
    pub access: Option<String>,
    /// The query's text.
    pub surql: String,
    /// Its parameters.
    pub params: Object,
    /// The client.
    pub client: String,
    /// One of the words of wire.md §4; `None` for ten minutes.
    pub ttl: Option<Duration>,
}

/// Why nothing was registered.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RegisterError {
    /// The function's own refusal.
    #[error(transparent)]
    Refused(#[from] Problem),
    /// The database's.
    #[error(transparent)]
    Database(#[from] Error),
}

/// Writes the row and tells which one it is.
pub async fn register(
    database: &Database,
    wanted: &Registration,
    views_per_user_max: usize,
) -> Result<RecordId, RegisterError> {
    let text = format!(
        "{{ IF $who != NONE AND !record::exists($who) {{ THROW 'NO_SUCH_USER: the user has no record' }};
            {} }};
         SELECT VALUE id FROM $rows WHERE auth_id = $who",
        text::register(views_per_user_max)
    );
    let mut config = Object::new();
    config.insert("id", wanted.view.id.as_str());
    config.insert("surql", wanted.surql.as_str());
    config.insert("params", wanted.params.clone());
    config.insert("clientId", wanted.client.as_str());
    if let Some(ttl) = wanted.ttl {
        config.insert("ttl", Value::Duration(surrealdb_types::Duration::from_std(ttl)));
    }
    let access = wanted.access.clone().map_or(Value::None, Value::String);
    let told = vars([
        ("who", who(&wanted.view)),
        ("via", access),
        ("config", Value::Object(config)),
        ("rows", rows(&wanted.view)),
    ]);
    match database.repeat(&text, told).await.map(|mut results| results.pop()) {
        Ok(Some(Value::Array(rows))) => match rows.into_vec().into_iter().next() {
            Some(Value::RecordId(row)) => Ok(row),
            _ => Err(Error::refused("the registration is gone already").into()),
        },
        Ok(other) => Err(Error::refused(format!("registering answered {other:?}")).into()),
        Err(error) => {
            Err(thrown(&error).map_or(RegisterError::Database(error), RegisterError::Refused))
        }
    }
}

/// Removes a view's row, whichever of its two forms it has. Returns whether there was one.
pub async fn remove(database: &Database, view: &ViewKey) -> Result<bool, Error> {
    let text = "DELETE $rows WHERE auth_id = $who RETURN BEFORE";
    let of = vars([("rows", rows(view)), ("who", who(view))]);
    Ok(super::is_some(database.repeat(text, of).await?.pop()))
}

fn who(view: &ViewKey) -> Value {
    view.auth.clone().map_or(Value::None, Value::RecordId)
}

fn rows(view: &ViewKey) -> Value {
    vec![crate::names::own_query_record(view), crate::names::query_record(&view.id)].into_value()
}

/// Reads what a function of ours threw: `CODE: message`.
pub fn thrown(error: &Error) -> Option<Problem> {
    let Error::Refused { message } = error else { return None };
    let words = message.strip_prefix("An error occurred: ")?;
    if words == "Missing client id" {
        return Some(Problem::new(Code::MissingClientId, "missing client id"));
    }
    let (code, message) = words.split_once(": ")?;
    Some(Problem::new(Code::parse(code)?, message))
}
