//! How many registrations there are, in which state, and what is wrong with some.

use std::collections::BTreeMap;

use surrealdb_types::{Number, Object, RecordId, ToSql, Value};

use super::id_of;
use crate::connection::{Database, vars};
use crate::error::Error;
use crate::structure::{part, text};

/// The registrations, counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Census {
    /// How many are in which state.
    pub by_state: BTreeMap<String, u64>,
    /// How many users have any.
    pub users: u64,
    /// Some that are failed or refused.
    pub troubled: Vec<Troubled>,
}

/// A registration whose view is not maintained as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Troubled {
    /// Its id, and whose it is: `top of user:ann`.
    pub view: String,
    /// `failed` or `refused`.
    pub state: String,
    /// The code of its error.
    pub code: String,
    /// What the error says.
    pub message: String,
}

impl Census {
    /// Counts, and reads at most so many of the troubled ones.
    pub async fn take(database: &Database, troubled_max: usize) -> Result<Census, Error> {
        let asked = format!(
            "SELECT state ?? 'materializing' AS state, count() AS n FROM _00_query GROUP BY state; \
             SELECT count() AS n FROM (SELECT auth_id FROM _00_query WHERE auth_id != NONE \
                GROUP BY auth_id) GROUP ALL; \
             SELECT id, auth_id, state, error FROM _00_query \
                WHERE state IN ['failed', 'refused'] LIMIT {troubled_max}"
        );
        let mut told = database.repeat(&asked, vars([])).await?.into_iter();
        let states = rows(told.next());
        let by_state = states
            .iter()
            .filter_map(|row| Some((text(row, "state")?.to_owned(), number(row))))
            .collect();
        let users = rows(told.next()).first().map(number).unwrap_or_default();
        let troubled = rows(told.next()).iter().filter_map(troubled).collect();
        Ok(Census { by_state, users, troubled })
    }
}

fn troubled(row: &Object) -> Option<Troubled> {
    let Some(Value::RecordId(RecordId { key, .. })) = row.get("id") else { return None };
    let owner = match row.get("auth_id") {
        Some(Value::RecordId(user)) => format!(" of {}", user.to_sql()),
        _ => String::new(),
    };
    let of_error = |field| part(row, "error").and_then(|error| text(error, field));
    Some(Troubled {
        view: format!("{}{owner}", id_of(key)?),
        state: text(row, "state")?.to_owned(),
        code: of_error("code").unwrap_or_default().to_owned(),
        message: of_error("message").unwrap_or_default().to_owned(),
    })
}

fn rows(answer: Option<Value>) -> Vec<Object> {
    let Some(Value::Array(rows)) = answer else { return Vec::new() };
    let rows = rows.into_vec().into_iter();
    rows.filter_map(|row| if let Value::Object(row) = row { Some(row) } else { None }).collect()
}

fn number(row: &Object) -> u64 {
    match row.get("n") {
        Some(Value::Number(Number::Int(n))) => n.unsigned_abs(),
        _ => 0,
    }
}
