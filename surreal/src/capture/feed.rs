//! What `SHOW CHANGES` answers, taken apart.
//!
//! An answer is a list of sets, one for each commit, each with the entries of all its tables. LIMIT counts (stamp, table)
//! pairs and cuts a commit at a table's border without a word, so the pairs are counted here.
//!
//! # Invariants
//! - Entries of one table stand in the order in which the commit made them.
//! - An entry of a kind that is not known here is no change of a row, but it is counted.

use std::collections::BTreeSet;

use protocol::Stamp;
use surrealdb_types::{Number, Object, RecordId, Value};

use super::weight;

/// One commit, as far as the answer shows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Set {
    pub(crate) stamp: Stamp,
    pub(crate) entries: Vec<Entry>,
    /// How many (stamp, table) pairs of LIMIT it took.
    pub(crate) pairs: usize,
}

impl Set {
    /// Roughly what it weighs in memory.
    pub(crate) fn weight(&self) -> usize {
        let after = |entry: &Entry| entry.after.as_ref().map_or(0, weight::of_fields);
        self.entries.iter().map(|entry| ENTRY_BYTES + after(entry)).sum()
    }
}

/// What an entry's maps and names take, whatever is in it.
const ENTRY_BYTES: usize = 1_024;

/// What a record became.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) record: RecordId,
    /// `None`: it was deleted.
    pub(crate) after: Option<Object>,
}

/// An answer that is not of the form that the database documents.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an answer of the changefeed that is not understood: {0}")]
pub(crate) struct Malformed(&'static str);

/// The question.
pub(crate) fn question(since: Stamp, limit: usize) -> String {
    format!("SHOW CHANGES FOR DATABASE SINCE {} LIMIT {limit}", since.0)
}

/// Takes an answer apart.
pub(crate) fn decode(answer: Value) -> Result<Vec<Set>, Malformed> {
    let Value::Array(sets) = answer else { return Err(Malformed("not a list")) };
    sets.into_iter().map(set).collect()
}

fn set(value: Value) -> Result<Set, Malformed> {
    let Value::Object(mut set) = value else { return Err(Malformed("a set is not an object")) };
    let stamp = match set.get("versionstamp") {
        Some(Value::Number(Number::Int(stamp))) => u64::try_from(*stamp).ok(),
        _ => None,
    };
    let stamp = Stamp(stamp.ok_or(Malformed("a stamp is not an integer"))?);
    let Some(Value::Array(changes)) = set.remove("changes") else {
        return Err(Malformed("a set has no changes"));
    };
    let mut tables = BTreeSet::new();
    let mut entries = Vec::with_capacity(changes.len());
    for change in changes {
        let Value::Object(change) = change else {
            return Err(Malformed("a change is not an object"));
        };
        match kind(change) {
            Kind::Row(entry) => {
                if !tables.contains(entry.record.table.as_str()) {
                    tables.insert(entry.record.table.as_str().to_owned());
                }
                entries.push(entry);
            }
            Kind::Definition(table) => {
                tables.insert(table);
            }
        }
    }
    Ok(Set { stamp, entries, pairs: tables.len() })
}

enum Kind {
    Row(Entry),
    Definition(String),
}

fn kind(mut change: Object) -> Kind {
    // With INCLUDE ORIGINAL, which an application may have chosen, `update` is the way back and `current` the row.
    let row = change.remove("current").or_else(|| change.remove("update"));
    if let Some(Value::Object(row)) = row
        && let Some(Value::RecordId(record)) = row.get("id")
    {
        return Kind::Row(Entry { record: record.clone(), after: Some(row) });
    }
    if let Some(Value::Object(gone)) = change.get("delete")
        && let Some(Value::RecordId(record)) = gone.get("id")
    {
        return Kind::Row(Entry { record: record.clone(), after: None });
    }
    let name = change.values().find_map(|definition| match definition {
        Value::Object(definition) => match definition.get("name") {
            Some(Value::String(name)) => Some(name.clone()),
            _ => None,
        },
        _ => None,
    });
    Kind::Definition(name.unwrap_or_default())
}
