//! Feeds of the users' tables: given, and taken back where we gave them.
//!
//! # Invariants
//! - A feed is given by ALTER: nothing else of the table's definition changes.
//! - Only a feed that we gave is taken off; which, stands in `_00_capture:feeds`, written in the same transaction.

use std::collections::BTreeSet;
use std::time::Duration;

use surrealdb_types::{SurrealValue, ToSql, Value};

use crate::connection::{Database, vars};
use crate::error::Error;
use crate::names::quoted;

/// Gives a table its feed.
pub async fn give(database: &Database, table: &str, retention: Duration) -> Result<(), Error> {
    let retention = surrealdb_types::Duration::from_std(retention).to_sql();
    let text = format!(
        "BEGIN; ALTER TABLE {} CHANGEFEED {retention}; \
         UPSERT _00_capture:feeds SET tables = array::union(tables ?? [], [$table]); COMMIT",
        quoted(table)
    );
    database.repeat(&text, vars([("table", table.into_value())])).await.map(drop)
}

/// Takes a table's feed off, if we gave it.
pub async fn take(database: &Database, table: &str) -> Result<bool, Error> {
    if !given(database).await?.contains(table) {
        return Ok(false);
    }
    let text = format!(
        "BEGIN; ALTER TABLE IF EXISTS {} DROP CHANGEFEED; \
         UPDATE _00_capture:feeds SET tables = array::complement(tables, [$table]); COMMIT",
        quoted(table)
    );
    database.repeat(&text, vars([("table", table.into_value())])).await?;
    Ok(true)
}

/// The tables whose feeds we gave.
pub async fn given(database: &Database) -> Result<BTreeSet<String>, Error> {
    let text = "SELECT VALUE tables FROM ONLY _00_capture:feeds";
    let tables = database.repeat(text, vars([])).await?.pop();
    Ok(match tables {
        Some(Value::Array(tables)) => tables.iter().filter_map(name).collect(),
        _ => BTreeSet::new(),
    })
}

fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(name) => Some(name.clone()),
        _ => None,
    }
}
