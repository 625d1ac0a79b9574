//! A packed record: its id, then its content.

use std::cmp::Ordering;

use surrealdb_types::{RecordId, RecordIdKey, Value};

use super::PackedFields;
use super::read::Reader;
use crate::value::address::{self, Key, compare_addresses};

/// A packed record.
#[derive(Clone, Copy, Debug)]
pub struct Packed<'a> {
    bytes: &'a [u8],
    kept: &'a [Value],
}

/// A record's key, read where it is packed: it borrows what it can. Two are equal, and hash alike, where they address one
/// record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PackedKey<'a> {
    /// A number.
    Number(i64),
    /// A text.
    Text(&'a [u8]),
    /// A uuid.
    Uuid([u8; 16]),
    /// A key that holds values.
    Other(Key<Box<RecordIdKey>>),
}

impl<'a> Packed<'a> {
    /// Reads what a [`super::Packer`] gave.
    pub fn new(bytes: &'a [u8], kept: &'a [Value]) -> Packed<'a> {
        Packed { bytes, kept }
    }

    /// Returns its id.
    pub fn id(self) -> RecordId {
        self.own().record()
    }

    /// Returns the name of its table.
    pub fn table(self) -> &'a [u8] {
        self.own().slice()
    }

    /// Returns its key.
    pub fn key(self) -> PackedKey<'a> {
        let mut own = self.own();
        own.slice();
        own.packed_key()
    }

    /// Whether its id is this one.
    pub fn is(self, id: &RecordId) -> bool {
        self.table() == id.table.as_str().as_bytes() && self.key().is(&id.key)
    }

    /// Compares two records' ids, in the order that breaks every tie.
    pub fn compare_ids(self, other: Packed<'_>) -> Ordering {
        match (self.key(), other.key()) {
            (PackedKey::Text(a), PackedKey::Text(b)) => {
                self.table().cmp(other.table()).then_with(|| a.cmp(b))
            }
            _ => compare_addresses(&self.id(), &other.id()),
        }
    }

    /// Returns its content.
    pub fn content(self) -> PackedFields<'a> {
        let mut reader = Reader { left: self.bytes, kept: self.kept, own: &[] };
        reader.own = reader.slice();
        PackedFields(reader)
    }

    fn own(self) -> Reader<'a> {
        let PackedFields(reader) = self.content();
        Reader { left: reader.own, ..reader }
    }
}

impl PackedKey<'_> {
    /// Whether it stands for this key.
    pub fn is(&self, key: &RecordIdKey) -> bool {
        match (self, key) {
            (PackedKey::Number(a), RecordIdKey::Number(b)) => a == b,
            (PackedKey::Text(a), RecordIdKey::String(b)) => *a == b.as_bytes(),
            (PackedKey::Uuid(a), RecordIdKey::Uuid(b)) => a == b.as_bytes(),
            (PackedKey::Other(Key(a)), b) => address::is_same_key(a, b),
            _ => false,
        }
    }
}
