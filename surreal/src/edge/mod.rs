//! Edges: the rows by which a client learns what is in his view.
//!
//! [`Pending`] is the core: what waits to be written, and in which order it goes. [`Lane`] is the shell: one
//! transaction in flight, behind a fence. [`reconcile`] finds the difference between what stands and what should.
//!
//! # Invariants
//! - An edge's id is derived from (view, parent, alias, record): writing it twice is writing it once.
//! - Every edge transaction writes its lane's record, so that nobody who lost a view can write it (mechanism M11).
//! - An edge write never makes a table.

use std::cmp::Ordering;
use std::fmt;

use ::view::value::address::Address;
use protocol::{RowVersion, ViewKey, literal};
use surrealdb_types::{Array, Object, RecordId, RecordIdKey, SurrealValue, ToSql, Value};
use view::group;

mod batch;
mod flush;
mod lane;
mod pending;
pub mod reconcile;
mod standing;
mod turns;

pub use batch::{Batch, Item};
pub use lane::{Cleared, Flushed, Lane, LaneError, Returned};
pub use pending::{Limits, Moment, Next, Pending};
pub use standing::Edges;

use crate::names::{self, RefMode};

/// Where a view's edges are written, and what they have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whose view.
    pub view: ViewKey,
    /// The client that registered it last.
    pub client: String,
    /// The edge table.
    pub table: String,
    /// Whether the table is everybody's, so that ids begin with the user and rows name him.
    shared: bool,
}

/// What names an edge within its view. Records that are equal and two have two edges: see [`view::value::address`].
#[derive(Clone, Debug)]
pub struct EdgeKey {
    /// The immediate parent; none at the top.
    pub parent: Option<RecordId>,
    /// The alias under which the record is its child; none at the top.
    pub alias: Option<String>,
    /// The record; of a group, the one that stands for it ([`view::group::record`]).
    pub record: RecordId,
}

/// What an edge says of its record.
#[derive(Clone, Debug, PartialEq)]
pub struct EdgeRow {
    /// The row's version.
    pub version: RowVersion,
    /// The keyed hash of record id and row, by which an edge is known to be up to date (M4).
    pub hash: i64,
    /// A group's own values.
    pub value: Option<Object>,
}

/// What becomes of an edge.
#[derive(Clone, Debug, PartialEq)]
pub enum EdgeOp {
    /// `-`.
    Leave {
        /// The user may no longer select the record: goes ahead of everything else.
        revoked: bool,
    },
    /// `+`.
    Enter(EdgeRow),
    /// `~`.
    Change(EdgeRow),
}

impl EdgeKey {
    fn parts(&self) -> impl Ord + '_ {
        (self.parent.as_ref().map(Address), self.alias.as_ref(), Address(&self.record))
    }
}

impl PartialEq for EdgeKey {
    fn eq(&self, other: &EdgeKey) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for EdgeKey {}

impl PartialOrd for EdgeKey {
    fn partial_cmp(&self, other: &EdgeKey) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for EdgeKey {
    fn cmp(&self, other: &EdgeKey) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl fmt::Display for EdgeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = self.record.to_sql();
        match (&self.parent, &self.alias) {
            (Some(parent), Some(alias)) => {
                f.write_str(&literal::child(&record, &parent.to_sql(), alias))
            }
            _ => f.write_str(&record),
        }
    }
}

impl EdgeKey {
    /// The edge of a record of the view's own table.
    pub fn top(record: RecordId) -> EdgeKey {
        EdgeKey { parent: None, alias: None, record }
    }

    /// The edge that a row of an edge table is; `None` where it names no record, as that of a group.
    pub fn of_row(row: &Object) -> Option<EdgeKey> {
        let Some(Value::RecordId(record)) = row.get("out") else { return None };
        let under = match (row.get("parent"), row.get("parent_rel")) {
            (Some(Value::RecordId(parent)), Some(Value::String(alias))) => {
                Some((parent.clone(), alias.clone()))
            }
            _ => None,
        };
        let (parent, alias) = under.unzip();
        Some(EdgeKey { parent, alias, record: record.clone() })
    }
}

/// What stands in an edge's id for its record: of a group its hash and number, there is no record.
fn place(record: &RecordId) -> Value {
    match (group::number_of(record), &record.key) {
        (Some(_), RecordIdKey::Array(group)) => Value::Array(group.clone()),
        _ => Value::RecordId(record.clone()),
    }
}

fn placed(place: &Value) -> Option<RecordId> {
    match place {
        Value::RecordId(record) => Some(record.clone()),
        Value::Array(key) => {
            let record = RecordId::new(group::GROUPS, RecordIdKey::Array(key.clone()));
            group::number_of(&record).is_some().then_some(record)
        }
        _ => None,
    }
}

impl Target {
    /// Says where a view's edges go.
    pub fn new(mode: RefMode, view: ViewKey, client: String) -> Target {
        let (table, shared) = match (mode, &view.auth) {
            (RefMode::Dedicated, Some(user)) => (names::edge_table(user).name, false),
            (RefMode::Dedicated, None) => (names::SHARED.to_owned(), false),
            (RefMode::Single, _) => (names::SHARED.to_owned(), true),
        };
        Target { view, client, table, shared }
    }

    /// The edge's own record id.
    pub fn record(&self, key: &EdgeKey) -> RecordId {
        let mut parts = self.prefix();
        parts.push(key.parent.clone().map_or(Value::None, Value::RecordId));
        parts.push(key.alias.clone().map_or(Value::None, Value::String));
        parts.push(place(&key.record));
        RecordId::new(self.table.as_str(), RecordIdKey::Array(Array::from(parts)))
    }

    /// Reads an edge's record id; `None` if it is not one of this view.
    pub fn key(&self, edge: &RecordId) -> Option<EdgeKey> {
        let RecordIdKey::Array(parts) = &edge.key else { return None };
        let rest = parts.as_slice().strip_prefix(self.prefix().as_slice())?;
        let [parent, alias, place] = rest else { return None };
        let record = placed(place)?;
        let parent = match parent {
            Value::RecordId(parent) => Some(parent.clone()),
            _ => None,
        };
        let alias = match alias {
            Value::String(alias) => Some(alias.clone()),
            _ => None,
        };
        Some(EdgeKey { parent, alias, record })
    }

    /// The bounds of the view's edges: no text lies between an id and the same id with a NUL behind.
    pub(crate) fn bounds(&self) -> (Value, Value) {
        let from = self.prefix();
        let mut to = from.clone();
        to.pop();
        to.push(format!("{}\0", self.view.id).into_value());
        (from.into_value(), to.into_value())
    }

    fn prefix(&self) -> Vec<Value> {
        let id = self.view.id.clone().into_value();
        if self.shared { vec![self.auth(), id] } else { vec![id] }
    }

    fn auth(&self) -> Value {
        self.view.auth.clone().map_or(Value::None, Value::RecordId)
    }

    /// The edge's columns, but for the moment of its writing.
    pub(crate) fn row(&self, key: &EdgeKey, row: &EdgeRow) -> Object {
        let mut columns = Object::new();
        columns.insert("id", self.record(key));
        columns.insert("in", names::query_record(&self.view.id));
        if group::number_of(&key.record).is_none() {
            columns.insert("out", key.record.clone());
        }
        columns.insert("clientId", self.client.as_str());
        columns.insert("version", row.version.0 as i64);
        columns.insert("hash", row.hash);
        if let Some(value) = &row.value {
            columns.insert("value", value.clone());
        }
        if let Some(parent) = &key.parent {
            columns.insert("parent", parent.clone());
        }
        if let Some(alias) = &key.alias {
            columns.insert("parent_rel", alias.as_str());
        }
        if self.shared && self.view.auth.is_some() {
            columns.insert("auth_id", self.auth());
        }
        columns
    }
}
