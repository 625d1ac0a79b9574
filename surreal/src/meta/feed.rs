//! Feeds of the users' tables: given, and taken back where we gave them.
//!
//! # Invariants
//! - A feed is given by ALTER: nothing else of the table's definition changes.
//! - Only a feed that we gave is taken off; which, and for how long it is kept, stands in `_00_capture:feeds`, written
//!   in the same transaction. One that is kept for another time is the application's: it defined its own since.

use std::collections::BTreeSet;
use std::time::Duration;

use surrealdb_types::{SurrealValue, ToSql, Value};

use crate::connection::{Database, vars};
use crate::error::Error;
use crate::names::quoted;
use crate::structure::{part, parts, text as text_of, whole};

/// Gives a table its feed.
pub async fn give(database: &Database, table: &str, retention: Duration) -> Result<(), Error> {
    let retention = surrealdb_types::Duration::from_std(retention);
    let text = format!(
        "BEGIN; ALTER TABLE {} CHANGEFEED {}; \
         UPSERT _00_capture:feeds SET tables = array::union(tables ?? [], [$table]), \
            kept = object::extend(kept ?? {{}}, object::from_entries([[$table, $retention]])); \
         COMMIT",
        quoted(table),
        retention.to_sql()
    );
    let named = [("table", table.into_value()), ("retention", retention.into_value())];
    database.repeat(&text, vars(named)).await.map(drop)
}

/// Takes a table's feed off, if we gave it and nobody has given it another one since.
pub async fn take(database: &Database, table: &str) -> Result<bool, Error> {
    if !given(database).await?.contains(table) {
        return Ok(false);
    }
    let ours = is_as_given(database, table).await?;
    let off = format!("ALTER TABLE IF EXISTS {} DROP CHANGEFEED;", quoted(table));
    let text = format!(
        "BEGIN; {} \
         UPDATE _00_capture:feeds SET tables = array::complement(tables, [$table]); COMMIT",
        if ours { off } else { String::new() }
    );
    database.repeat(&text, vars([("table", table.into_value())])).await?;
    Ok(ours)
}

/// Whether the feed that stands is kept for as long as ours was: else the application has defined its own.
async fn is_as_given(database: &Database, table: &str) -> Result<bool, Error> {
    let text = "INFO FOR DB STRUCTURE; SELECT VALUE kept FROM ONLY _00_capture:feeds";
    let mut told = database.repeat(text, vars([])).await?.into_iter();
    let structure = whole(told.next());
    let kept = whole(told.next());
    let its = parts(&structure, "tables").find(|one| text_of(one, "name") == Some(table));
    let stands = its.and_then(|one| part(one, "changefeed")?.get("expiry")).map(ToSql::to_sql);
    // Feeds that an older version gave are known by their tables only.
    let given = kept.get(table).map(ToSql::to_sql);
    Ok(given.is_none() || stands.is_none() || given == stands)
}

/// Asks which feeds we gave.
pub(super) const GIVEN: &str = "SELECT VALUE tables FROM ONLY _00_capture:feeds";

/// The tables whose feeds we gave.
pub async fn given(database: &Database) -> Result<BTreeSet<String>, Error> {
    Ok(names(database.repeat(GIVEN, vars([])).await?.pop()))
}

/// Reads the answer to [`GIVEN`].
pub(super) fn names(tables: Option<Value>) -> BTreeSet<String> {
    match tables {
        Some(Value::Array(tables)) => tables.iter().filter_map(name).collect(),
        _ => BTreeSet::new(),
    }
}

fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(name) => Some(name.clone()),
        _ => None,
    }
}
