//! The rows of one table, as the database keeps them: each record once, in the order in which it reads them.

use std::collections::BTreeMap;

use surrealdb_types::{Object, RecordId};

use crate::value::address::Address;

/// Rows by record; contents with their `id`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table(BTreeMap<Address, Object>);

impl Table {
    /// Returns a record's row.
    pub fn get(&self, record: &RecordId) -> Option<&Object> {
        self.0.get(&Address(record.clone()))
    }

    /// Returns the record as it was stored, with its row.
    pub fn get_key_value(&self, record: &RecordId) -> Option<(&RecordId, &Object)> {
        let found = self.0.get_key_value(&Address(record.clone()));
        found.map(|(Address(record), row)| (record, row))
    }

    /// Stores a row; returns the one that stood.
    pub fn insert(&mut self, record: RecordId, row: Object) -> Option<Object> {
        self.0.insert(Address(record), row)
    }

    /// Removes a row and returns it.
    pub fn remove(&mut self, record: &RecordId) -> Option<Object> {
        self.0.remove(&Address(record.clone()))
    }

    /// Returns all rows, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&RecordId, &Object)> {
        self.0.iter().map(|(Address(record), row)| (record, row))
    }
}

impl IntoIterator for Table {
    type Item = (RecordId, Object);
    type IntoIter = Box<dyn Iterator<Item = (RecordId, Object)>>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.0.into_iter().map(|(Address(record), row)| (record, row)))
    }
}
