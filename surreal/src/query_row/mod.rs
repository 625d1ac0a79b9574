//! Rows of `_00_query`: what clients registered, and what we say of it.
//!
//! # Invariants
//! - What we write speaks of one registration: it lands only where text, parameters and the moment of registering are
//!   still the ones that it speaks of (mechanism M10; the moment tells A from the A that came after B).
//! - A row is removed by one conditional statement, judged by the database's clock or by that moment.
//! - Written by itself, never inside an edge transaction.

use std::time::Duration;

use protocol::ViewKey;
use surrealdb_types::{
    Array, Datetime, Number, Object, RecordId, RecordIdKey, SurrealValue, Value,
};

mod census;
mod register;
mod say;

pub use census::{Census, Troubled};
pub use register::{RegisterError, Registration, register, remove, thrown};
pub use say::{Saying, say};

use crate::connection::{Database, vars};
use crate::error::Error;

/// What a client is told of his view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its first answer is under way.
    Materializing,
    /// Its edges are its answer.
    Ready,
    /// The database's query would fail: the answer stands.
    Failed,
    /// It is not maintained, and has no edges.
    Refused,
}

impl State {
    /// Returns the word.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Materializing => "materializing",
            State::Ready => "ready",
            State::Failed => "failed",
            State::Refused => "refused",
        }
    }

    fn parse(word: &str) -> Option<State> {
        let all = [State::Materializing, State::Ready, State::Failed, State::Refused];
        all.into_iter().find(|state| state.as_str() == word)
    }
}

/// One row, decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryRow {
    /// The row: `_00_query:<id>`, or `_00_query:[<id>, <auth>]` where that was another's.
    pub record: RecordId,
    /// Whose view it is, and its id as the client wrote it.
    pub view: ViewKey,
    /// How its user came in.
    pub access: Option<String>,
    /// The query's text.
    pub surql: String,
    /// Its parameters.
    pub params: Object,
    /// The client that registered last.
    pub client: String,
    /// How long it lives untouched.
    pub ttl: Duration,
    /// When it was touched last, by the database's clock.
    pub last_active_at: Datetime,
    /// When it was registered with this text and these parameters.
    pub registered_at: Datetime,
    /// What it was told.
    pub state: Option<State>,
    /// How many records are in it, as told.
    pub row_count: Option<u64>,
}

/// A row of `_00_query` that nobody could have registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("registration without a proper `{field}`")]
pub struct Malformed {
    /// What is missing or of the wrong kind.
    pub field: &'static str,
}

impl QueryRow {
    /// Decodes a row as the feed or a page tells it.
    pub fn decode(row: &Object) -> Result<QueryRow, Malformed> {
        let want = |field: &'static str| Malformed { field };
        let Some(Value::RecordId(record)) = row.get("id") else { return Err(want("id")) };
        let id = id_of(&record.key).ok_or_else(|| want("id"))?;
        let text = |field: &str| match row.get(field) {
            Some(Value::String(text)) => Some(text.clone()),
            _ => None,
        };
        let moment = |field: &'static str| match row.get(field) {
            Some(Value::Datetime(moment)) => Ok(*moment),
            _ => Err(want(field)),
        };
        let auth = match row.get("auth_id") {
            Some(Value::RecordId(auth)) => Some(auth.clone()),
            None | Some(Value::None | Value::Null) => None,
            Some(_) => return Err(want("auth_id")),
        };
        let params = match row.get("params") {
            Some(Value::Object(params)) => params.clone(),
            None | Some(Value::None | Value::Null) => Object::new(),
            Some(_) => return Err(want("params")),
        };
        let Some(Value::Duration(ttl)) = row.get("ttl") else { return Err(want("ttl")) };
        Ok(QueryRow {
            record: record.clone(),
            view: ViewKey { auth, id },
            access: text("access"),
            surql: text("surql").ok_or_else(|| want("surql"))?,
            params,
            client: text("clientId").unwrap_or_default(),
            ttl: ttl.into_inner(),
            last_active_at: moment("lastActiveAt")?,
            registered_at: moment("registeredAt")?,
            state: text("state").and_then(|word| State::parse(&word)),
            row_count: match row.get("rowCount") {
                Some(Value::Number(Number::Int(count))) => u64::try_from(*count).ok(),
                _ => None,
            },
        })
    }
}

/// The id as the client wrote it.
fn id_of(key: &RecordIdKey) -> Option<String> {
    match key {
        RecordIdKey::String(id) => Some(id.clone()),
        RecordIdKey::Array(pair) => match pair.as_slice() {
            [Value::String(id), Value::RecordId(_) | Value::None] => Some(id.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Reads every registration. Malformed rows come beside their reason.
pub async fn all(
    database: &Database,
) -> Result<Vec<Result<QueryRow, (RecordId, Malformed)>>, Error> {
    let rows = database.repeat("SELECT * FROM _00_query", vars([])).await?.pop();
    let rows = if let Some(Value::Array(rows)) = rows { rows } else { Array::new() };
    let decoded = rows.iter().filter_map(|row| match row {
        Value::Object(row) => {
            Some(QueryRow::decode(row).map_err(|malformed| match row.get("id") {
                Some(Value::RecordId(record)) => (record.clone(), malformed),
                _ => unreachable!("a stored row has an id"),
            }))
        }
        _ => None,
    });
    Ok(decoded.collect())
}

/// Removes one registration; `false` if the row is gone or another's by now.
pub async fn delete(database: &Database, of: &QueryRow) -> Result<bool, Error> {
    let text = "DELETE $record WHERE registeredAt = $at RETURN BEFORE";
    let of = [("record", of.record.clone().into_value()), ("at", of.registered_at.into_value())];
    Ok(is_some(database.repeat(text, vars(of)).await?.pop()))
}

/// Removes what nobody touched for its ttl, and tells which: among some rows, which costs what these cost, or among all.
/// Nothing before a whole ttl has passed since `listening`, the moment by the database's clock ([`clock`]) at which
/// database and capture came back: who could not be heard is not silent.
pub async fn expire(
    database: &Database,
    among: Option<&[RecordId]>,
    listening: &Datetime,
) -> Result<Vec<RecordId>, Error> {
    let rows = if among.is_some() { "$among" } else { "_00_query" };
    let text = format!(
        "SELECT VALUE id FROM (DELETE {rows} WHERE lastActiveAt + ttl < time::now() \
        AND $listening + ttl < time::now() RETURN BEFORE)"
    );
    let among = among.map(|rows| rows.to_vec().into_value()).unwrap_or_default();
    let told = vars([("among", among), ("listening", (*listening).into_value())]);
    Ok(records(database.repeat(&text, told).await?.pop()))
}

/// Asks the database for the time.
pub async fn clock(database: &Database) -> Result<Datetime, Error> {
    match database.repeat("RETURN time::now()", vars([])).await?.pop() {
        Some(Value::Datetime(now)) => Ok(now),
        other => Err(Error::refused(format!("time::now() answered {other:?}"))),
    }
}

fn is_some(answer: Option<Value>) -> bool {
    matches!(answer, Some(Value::Array(rows)) if !rows.is_empty())
}

fn records(answer: Option<Value>) -> Vec<RecordId> {
    let Some(Value::Array(rows)) = answer else { return Vec::new() };
    let ids = rows.into_vec().into_iter().filter_map(|id| match id {
        Value::RecordId(id) => Some(id),
        _ => None,
    });
    ids.collect()
}
