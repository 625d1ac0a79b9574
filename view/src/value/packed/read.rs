//! Unpacking.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Bound;

use surrealdb_types::{
    Bytes, Datetime, Decimal, Duration, File, Number, Object, Range, RecordId, RecordIdKey,
    RecordIdKeyRange, Set, Table, Uuid, Value,
};

use super::{PackedKey, tag};
use crate::value::address::Key;

/// Reads on through packed bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    /// What is left to read.
    pub left: &'a [u8],
    /// The values that the bytes name.
    pub kept: &'a [Value],
    /// The record's id.
    pub own: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn value(&mut self) -> Cow<'a, Value> {
        Cow::Owned(match self.byte() {
            tag::NONE => Value::None,
            tag::NULL => Value::Null,
            tag::FALSE => Value::Bool(false),
            tag::TRUE => Value::Bool(true),
            tag::INT => Value::Number(Number::Int(i64::from_le_bytes(self.fixed()))),
            tag::FLOAT => {
                let bits = u64::from_le_bytes(self.fixed());
                Value::Number(Number::Float(f64::from_bits(bits)))
            }
            tag::DECIMAL => Value::Number(Number::Decimal(Decimal::deserialize(self.fixed()))),
            tag::TEXT => Value::String(self.text().to_owned()),
            tag::DURATION => {
                let seconds = u64::from_le_bytes(self.fixed());
                Value::Duration(Duration::new(seconds, u32::from_le_bytes(self.fixed())))
            }
            tag::DATETIME => {
                let seconds = i64::from_le_bytes(self.fixed());
                let time = Datetime::from_timestamp(seconds, u32::from_le_bytes(self.fixed()));
                Value::Datetime(time.expect("a datetime was packed"))
            }
            tag::UUID => Value::Uuid(self.uuid()),
            tag::ARRAY => Value::Array(self.elements().into()),
            tag::SET => {
                let elements: BTreeSet<Value> = self.each().collect();
                Value::Set(Set::from(elements))
            }
            tag::OBJECT => Value::Object(self.object()),
            tag::BYTES => Value::Bytes(Bytes::from(self.slice().to_vec())),
            tag::TABLE => Value::Table(Table::from(self.text())),
            tag::RECORD => Value::RecordId(self.record()),
            tag::FILE => {
                let (bucket, key) = (self.text().to_owned(), self.text().to_owned());
                Value::File(File { bucket, key })
            }
            tag::RANGE => {
                let (start, end) = (self.bound(Reader::owned), self.bound(Reader::owned));
                Value::Range(Box::new(Range { start, end }))
            }
            tag::OWN => Value::RecordId(Reader { left: self.own, ..*self }.record()),
            tag::KEPT => return Cow::Borrowed(&self.kept[self.length()]),
            unknown => unreachable!("a packed value of kind {unknown}"),
        })
    }

    fn owned(&mut self) -> Value {
        self.value().into_owned()
    }

    fn each(&mut self) -> impl Iterator<Item = Value> {
        let count = self.length();
        (0..count).map(|_| self.owned())
    }

    fn elements(&mut self) -> Vec<Value> {
        self.each().collect()
    }

    pub(super) fn object(&mut self) -> Object {
        let (count, width) = self.fields();
        self.take(count * width);
        (0..count).map(|_| (self.text().to_owned(), self.owned())).collect()
    }

    /// The number of an object's fields, and the bytes that each of their ends takes.
    pub(super) fn fields(&mut self) -> (usize, usize) {
        let told = self.length();
        (told >> 1, if told & 1 == 1 { 4 } else { 2 })
    }

    pub(super) fn record(&mut self) -> RecordId {
        let table = Table::from(self.text());
        RecordId { table, key: self.key() }
    }

    fn key(&mut self) -> RecordIdKey {
        match self.packed_key() {
            PackedKey::Number(value) => RecordIdKey::Number(value),
            PackedKey::Text(value) => RecordIdKey::String(text(value).to_owned()),
            PackedKey::Uuid(value) => RecordIdKey::Uuid(uuid(value)),
            PackedKey::Other(Key(key)) => *key,
        }
    }

    pub(super) fn packed_key(&mut self) -> PackedKey<'a> {
        PackedKey::Other(Key(Box::new(match self.byte() {
            tag::key::NUMBER => return PackedKey::Number(i64::from_le_bytes(self.fixed())),
            tag::key::TEXT => return PackedKey::Text(self.slice()),
            tag::key::UUID => return PackedKey::Uuid(self.fixed()),
            tag::key::ARRAY => RecordIdKey::Array(self.elements().into()),
            tag::key::OBJECT => RecordIdKey::Object(self.object()),
            tag::key::RANGE => {
                let (start, end) = (self.bound(Reader::key), self.bound(Reader::key));
                RecordIdKey::Range(Box::new(RecordIdKeyRange { start, end }))
            }
            unknown => unreachable!("a packed key of kind {unknown}"),
        })))
    }

    fn bound<T>(&mut self, read: impl Fn(&mut Reader<'a>) -> T) -> Bound<T> {
        match self.byte() {
            tag::bound::UNBOUNDED => Bound::Unbounded,
            tag::bound::INCLUDED => Bound::Included(read(self)),
            _ => Bound::Excluded(read(self)),
        }
    }

    fn uuid(&mut self) -> Uuid {
        uuid(self.fixed())
    }

    fn text(&mut self) -> &'a str {
        text(self.slice())
    }

    pub(super) fn slice(&mut self) -> &'a [u8] {
        let length = self.length();
        self.take(length)
    }

    fn length(&mut self) -> usize {
        let (mut length, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            length |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return length;
            }
            shift += 7;
        }
    }

    pub(super) fn byte(&mut self) -> u8 {
        let (byte, left) = self.left.split_first().expect("a packed value ends where it says");
        self.left = left;
        *byte
    }

    pub(super) fn fixed<const N: usize>(&mut self) -> [u8; N] {
        let (bytes, left) = self.left.split_first_chunk().expect("a packed value is whole");
        self.left = left;
        *bytes
    }

    pub(super) fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, left) = self.left.split_at(length);
        self.left = left;
        taken
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("a text was packed")
}

/// Makes one of its bytes; what it holds inside has no other name here.
fn uuid(bytes: [u8; 16]) -> Uuid {
    <<Uuid as std::ops::Deref>::Target>::from_bytes(bytes).into()
}
