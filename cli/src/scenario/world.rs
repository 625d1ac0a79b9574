//! The database, as far as a scenario can tell: tables of rows, written in transactions.
//!
//! The rigs without a database write here. What it does was measured on the database, and the rig `surrealdb` holds it
//! to that.
//!
//! # Invariants
//! - A transaction happens whole or not at all.
//! - A write that leaves a row equal, kinds of numbers aside, stores nothing and is no change.
//! - NONE in an object is not stored; in an array it is.
//! - With a record go the graph edges at it, and theirs.

use std::collections::BTreeSet;

use protocol::Code;
use surrealdb_types::{Object, RecordId, Value};
use view::reference::Tables;
use view::value::{self, address::Address};

use super::script::Write;

/// The rows.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// By table and record; contents with their `id`.
    pub tables: Tables,
    /// Which rows were made by RELATE.
    edges: BTreeSet<Address>,
}

/// What a record became: a row, or nothing.
pub type Written = (RecordId, Option<Object>);

impl World {
    /// Runs one transaction and returns its changes, in order; or why nothing of it happened.
    pub fn commit(&mut self, writes: &[Write]) -> Result<Vec<Written>, Code> {
        let mut next = self.clone();
        let mut written = Vec::new();
        for write in writes {
            next.write(write, &mut written)?;
        }
        *self = next;
        Ok(written)
    }

    /// Removes a table with its rows.
    pub fn remove_table(&mut self, table: &str) {
        self.tables.remove(table);
        self.edges.retain(|edge| edge.table.as_str() != table);
    }

    /// Returns a row's content.
    pub fn row(&self, id: &RecordId) -> Option<&Object> {
        self.tables.get(id.table.as_str())?.get(id)
    }

    fn write(&mut self, write: &Write, written: &mut Vec<Written>) -> Result<(), Code> {
        let before = self.row(write.record()).cloned();
        let (id, after) = match (write, before) {
            (Write::Delete(id), before) => {
                if before.is_some() {
                    self.delete(id, written);
                }
                return Ok(());
            }
            (Write::Create(..), Some(_)) => return Err(Code::DatabaseRefused),
            (Write::Update(..) | Write::Merge(..), None) => return Ok(()),
            (Write::Create(id, content), None) => (id, content.clone()),
            (Write::Update(id, content), Some(before)) => {
                (id, self.keep_ends(id, &before, content.clone()))
            }
            (Write::Merge(id, patch), Some(before)) => {
                let mut content = before.clone();
                merge(&mut content, patch);
                (id, self.keep_ends(id, &before, content))
            }
            (Write::Relate { from, edge, to, content }, _) => {
                let mut content = content.clone();
                let ends = [("id", edge), ("in", from), ("out", to)];
                if !ends.iter().all(|(field, record)| is_or_absent(&content, field, record)) {
                    return Err(Code::DatabaseRefused);
                }
                content.insert("in", Value::RecordId(from.clone()));
                content.insert("out", Value::RecordId(to.clone()));
                self.edges.insert(Address(edge.clone()));
                (edge, content)
            }
        };
        self.store(id, after, written)
    }

    fn store(
        &mut self,
        id: &RecordId,
        mut content: Object,
        written: &mut Vec<Written>,
    ) -> Result<(), Code> {
        if !is_or_absent(&content, "id", id) {
            return Err(Code::DatabaseRefused);
        }
        content.insert("id", Value::RecordId(id.clone()));
        let content = value::as_stored(content);
        let unchanged = |before: &Object| same(before, &content);
        if !self.row(id).is_some_and(unchanged) {
            let rows = self.tables.entry(id.table.as_str().to_owned()).or_default();
            rows.insert(id.clone(), content.clone());
            written.push((id.clone(), Some(content)));
        }
        Ok(())
    }

    fn delete(&mut self, id: &RecordId, written: &mut Vec<Written>) {
        if let Some(rows) = self.tables.get_mut(id.table.as_str()) {
            rows.remove(id);
        }
        self.edges.remove(&Address(id.clone()));
        written.push((id.clone(), None));
        let ends_here = |edge: &RecordId| {
            let row = self.row(edge);
            ["in", "out"]
                .iter()
                .any(|end| row.and_then(|row| row.get(*end)) == Some(&Value::RecordId(id.clone())))
        };
        let cut: Vec<Address> = self.edges.iter().filter(|edge| ends_here(edge)).cloned().collect();
        for Address(edge) in cut {
            self.delete(&edge, written);
        }
    }

    /// The ends of a graph edge are not to be rewritten.
    fn keep_ends(&self, id: &RecordId, before: &Object, mut content: Object) -> Object {
        if self.edges.contains(&Address(id.clone())) {
            for end in ["in", "out"] {
                content.insert(end, before.get(end).cloned().unwrap_or_default());
            }
        }
        content
    }
}

fn is_or_absent(content: &Object, field: &str, record: &RecordId) -> bool {
    content.get(field).is_none_or(|value| *value == Value::RecordId(record.clone()))
}

fn same(a: &Object, b: &Object) -> bool {
    let whole = |content: &Object| Value::Object(content.clone());
    value::compare(&whole(a), &whole(b)).is_eq()
}

fn merge(content: &mut Object, patch: &Object) {
    for (field, value) in patch.iter() {
        match (content.get_mut(field), value) {
            (Some(Value::Object(inner)), Value::Object(patch)) => merge(inner, patch),
            _ => {
                content.insert(field.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use view::lower;

    fn object(text: &str) -> Object {
        lower::params(text).expect("an object")
    }

    fn id(text: &str) -> RecordId {
        lower::record_id(text).expect("a record id")
    }

    #[test]
    fn a_write_that_changes_only_the_kind_of_a_number_stores_nothing() {
        let mut world = World::default();
        world.commit(&[Write::Create(id("t:1"), object("{ n: 5 }"))]).expect("new");
        assert_eq!(world.commit(&[Write::Update(id("t:1"), object("{ n: 5.0 }"))]), Ok(vec![]));
        let other = Write::Update(id("t:1"), object("{ m: 1, n: 5.0 }"));
        assert_eq!(world.commit(&[other]).map(|written| written.len()), Ok(1));
    }

    #[test]
    fn a_transaction_happens_whole_or_not_at_all() {
        let mut world = World::default();
        let create = Write::Create(id("t:1"), object("{}"));
        assert_eq!(world.commit(&[create.clone(), create]), Err(Code::DatabaseRefused));
        assert!(world.row(&id("t:1")).is_none());
    }

    #[test]
    fn graph_edges_go_with_the_records_at_their_ends() {
        let mut world = World::default();
        let relate = Write::Relate {
            from: id("a:1"),
            edge: id("e:1"),
            to: id("b:1"),
            content: Object::new(),
        };
        let writes = [
            Write::Create(id("a:1"), Object::new()),
            Write::Create(id("b:1"), Object::new()),
            relate,
        ];
        world.commit(&writes).expect("all new");
        let gone = world.commit(&[Write::Delete(id("b:1"))]).expect("a delete");
        assert_eq!(gone, [(id("b:1"), None), (id("e:1"), None)]);
    }

    #[test]
    fn a_merge_is_deep_and_drops_none() {
        let mut world = World::default();
        world.commit(&[Write::Create(id("t:1"), object("{ o: { x: 1, y: 2 } }"))]).expect("new");
        let merge = Write::Merge(id("t:1"), object("{ o: { x: NONE, q: 3 } }"));
        world.commit(&[merge]).expect("a merge");
        assert_eq!(world.row(&id("t:1")), Some(&object("{ id: t:1, o: { q: 3, y: 2 } }")));
    }
}
