//! Feeds of the users' tables: given, and taken back where we gave them.
//!
//! # Invariants
//! - A feed is given by ALTER: nothing else of the table's definition changes.
//! - Only a feed that we gave is taken off; which, and for how long it is kept, stands in `_00_capture:feeds`, written
//!   in the same transaction. One that is kept for another time, or keeps the rows before, is the application's: it
//!   defined its own since. One that it defined in the very words that we gave cannot be told from ours.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use surrealdb_types::{Object, SurrealValue, ToSql, Value};

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
    let asked = format!("INFO FOR DB STRUCTURE; {GIVEN}");
    let mut told = database.repeat(&asked, vars([])).await?.into_iter();
    let structure = whole(told.next());
    let Some(kept) = read(told.next()).remove(table) else { return Ok(false) };
    let stands = of_table(&structure, table);
    let ours = stands.is_none_or(|feed| is_as_given(feed, kept.as_ref()));
    let off = format!("ALTER TABLE IF EXISTS {} DROP CHANGEFEED;", quoted(table));
    let text = format!(
        "BEGIN; {} \
         UPDATE _00_capture:feeds SET tables = array::complement(tables, [$table]); COMMIT",
        if ours { off } else { String::new() }
    );
    database.repeat(&text, vars([("table", table.into_value())])).await?;
    Ok(ours)
}

/// Whether a feed is the one that was given, to be kept so long: else the application has defined its own.
fn is_as_given(feed: &Object, kept: Option<&Value>) -> bool {
    let expiry = feed.get("expiry").map(ToSql::to_sql);
    let keeps_originals = feed.get("original") == Some(&Value::Bool(true));
    // Feeds that an older version gave are known by their tables only.
    !keeps_originals && (kept.is_none() || kept.map(ToSql::to_sql) == expiry)
}

fn of_table<'a>(structure: &'a Object, table: &str) -> Option<&'a Object> {
    let its = parts(structure, "tables").find(|one| text_of(one, "name") == Some(table));
    part(its?, "changefeed")
}

/// Asks which feeds we gave.
pub(super) const GIVEN: &str = "SELECT tables, kept FROM ONLY _00_capture:feeds";

/// The tables whose feeds we gave.
pub async fn given(database: &Database) -> Result<BTreeSet<String>, Error> {
    Ok(read(database.repeat(GIVEN, vars([])).await?.pop()).into_keys().collect())
}

/// Those of the tables in the answer to [`GIVEN`] whose feeds stand as we gave them.
pub(super) fn standing(given: Option<Value>, structure: &Object) -> BTreeSet<String> {
    let stands = |table: &str, kept: Option<&Value>| {
        of_table(structure, table).is_some_and(|feed| is_as_given(feed, kept))
    };
    let given = read(given).into_iter();
    given.filter(|(table, kept)| stands(table, kept.as_ref())).map(|(table, _)| table).collect()
}

/// Reads the answer to [`GIVEN`]: for how long each table's feed is kept.
fn read(given: Option<Value>) -> BTreeMap<String, Option<Value>> {
    let given = whole(given);
    let Some(Value::Array(tables)) = given.get("tables") else { return BTreeMap::new() };
    let kept = |table: &str| part(&given, "kept")?.get(table).cloned();
    tables.iter().filter_map(name).map(|table| (table.clone(), kept(&table))).collect()
}

fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(name) => Some(name.clone()),
        _ => None,
    }
}
