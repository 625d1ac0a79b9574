//! What bodies of `/ingest` say: rows that somebody posts, and what events announce.
//!
//! # Invariants
//! - A body is understood whole or refused, with the place in it: nothing of a batch is taken before all of it is read.
//! - What others call a record becomes a record id here, or is refused: no text of a body reaches a statement.
//! - Our own tables are nobody's to post.

mod json;
mod key;

use protocol::limits::{INGEST_BATCH_MAX, INGEST_NAME_BYTES_MAX};
use protocol::{Code, Problem};
use surreal::capture::{Announcement, Post};
use surreal::meta::announce::PROBE;
use surreal::names;
use surreal::schema::Schema;
use surrealdb_types::{Number, Object, RecordId, ToSql, Value};
use view::value::as_stored;

/// The version that a scheduler gives a row; from anybody else it is ignored.
const VERSION_FIELD: &str = "_00_rv";

/// What a body says, in its order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Body {
    pub(crate) posts: Vec<Post>,
    pub(crate) announced: Vec<Announcement>,
}

/// Reads a body that is JSON.
pub(crate) fn of_json(body: &[u8], schema: Option<&Schema>) -> Result<Body, Problem> {
    let read: serde_json::Value = serde_json::from_slice(body)
        .map_err(|error| bad(format!("the body is no JSON: {error}")))?;
    let items = match read {
        serde_json::Value::Array(items) => items,
        one => vec![one],
    };
    of_items(items, |item| json::fields(item, schema))
}

/// Reads a body that is CBOR.
pub(crate) fn of_cbor(body: &[u8]) -> Result<Body, Problem> {
    let read = protocol::cbor::decode(body)
        .map_err(|malformed| bad(format!("the body is no CBOR of the database's: {malformed}")))?;
    let items = match read {
        Value::Array(items) => items.into_vec(),
        one => vec![one],
    };
    of_items(items, |item| match item {
        Value::Object(fields) => Ok(fields),
        _ => Err(bad("a change is no object")),
    })
}

fn of_items<T>(
    items: Vec<T>,
    fields: impl Fn(T) -> Result<Object, Problem>,
) -> Result<Body, Problem> {
    if items.len() > INGEST_BATCH_MAX {
        let message = format!("{} changes, at most {INGEST_BATCH_MAX}", items.len());
        return Err(Problem::new(Code::LimitExceeded, message).hint("post several bodies"));
    }
    let batch = items.len() > 1;
    let mut body = Body::default();
    for (place, item) in items.into_iter().enumerate() {
        let read = fields(item).and_then(|fields| add(fields, &mut body));
        read.map_err(|problem| if batch { at(place, problem) } else { problem })?;
    }
    Ok(body)
}

fn at(place: usize, problem: Problem) -> Problem {
    Problem { message: format!("change {}: {}", place + 1, problem.message), ..problem }
}

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Write,
    Delete,
}

fn add(mut fields: Object, body: &mut Body) -> Result<(), Problem> {
    let table = table(fields.remove("table"))?;
    let op = op(fields.remove("op"))?;
    let id = fields.remove("id").ok_or_else(|| bad("id is missing"))?;
    let record = RecordId::new(table.clone(), key::of(&table, id)?);
    short("the record's id", &record.to_sql())?;
    let announced = match (fields.get("record"), fields.get("version")) {
        (None, Some(version)) => Some(known_version(version)?),
        _ => None,
    };
    let ours = table.starts_with(names::OURS) && !(announced.is_some() && table == PROBE);
    if ours {
        return Err(bad(format!("table `{table}` is sp00ky's own")));
    }
    if let Some(version) = announced {
        let (deletes, version) = (op == Op::Delete, Some(version));
        body.announced.push(Announcement { record, deletes, version });
        return Ok(());
    }
    let after = match op {
        Op::Delete => None,
        Op::Write => Some(content(&record, fields.remove("record"))?),
    };
    body.posts.push(Post { record, after });
    Ok(())
}

fn table(named: Option<Value>) -> Result<String, Problem> {
    let table = match named {
        Some(Value::String(table)) => table,
        Some(Value::Table(table)) => table.as_str().to_owned(),
        None | Some(Value::None) => return Err(bad("table is missing")),
        Some(_) => return Err(bad("table is no text")),
    };
    short("the table's name", &table)?;
    if table.is_empty() || table.chars().any(char::is_control) {
        return Err(bad("the table's name is empty, or has control characters"));
    }
    Ok(table)
}

fn op(named: Option<Value>) -> Result<Op, Problem> {
    let Some(Value::String(word)) = named else {
        return Err(bad("op is missing: CREATE, UPDATE or DELETE"));
    };
    match word.to_ascii_uppercase().as_str() {
        "CREATE" | "UPDATE" => Ok(Op::Write),
        "DELETE" => Ok(Op::Delete),
        _ => {
            let shown: String = word.chars().take(40).collect();
            Err(bad(format!("op `{shown}` is not CREATE, UPDATE or DELETE")))
        }
    }
}

/// The row as the database would hold it.
fn content(record: &RecordId, given: Option<Value>) -> Result<Object, Problem> {
    let Some(Value::Object(mut row)) = given else {
        return Err(bad("record is no object").hint("a CREATE or UPDATE carries the whole row"));
    };
    row.remove(VERSION_FIELD);
    if let Some(id) = row.remove("id") {
        let named = key::of(record.table.as_str(), id)?;
        if named != record.key {
            return Err(bad(format!("record.id is another one than {}", record.to_sql())));
        }
    }
    let mut row = as_stored(row);
    row.insert("id", record.clone());
    Ok(row)
}

fn known_version(version: &Value) -> Result<u64, Problem> {
    match version {
        Value::Number(Number::Int(version)) => u64::try_from(*version).ok(),
        _ => None,
    }
    .ok_or_else(|| bad("version is no number above 0"))
}

fn short(what: &str, text: &str) -> Result<(), Problem> {
    if text.len() <= INGEST_NAME_BYTES_MAX {
        return Ok(());
    }
    let message = format!("{what} has {} bytes, at most {INGEST_NAME_BYTES_MAX}", text.len());
    Err(Problem::new(Code::LimitExceeded, message))
}

fn bad(message: impl Into<String>) -> Problem {
    Problem::new(Code::BadRequest, message)
}

#[cfg(test)]
mod drawn;
#[cfg(test)]
mod tests;
