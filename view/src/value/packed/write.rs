//! Packing.
//!
//! An object is its number of fields, the ends of the fields, then each field's name and value, sorted by name: so one
//! is found by a binary search. The ends take two bytes each, or four where the fields take more than 2^16.

use std::ops::Bound;

use surrealdb_types::{Datetime, Number, Object, RecordId, RecordIdKey, Value};

use super::exact::{alike, comes_back};
use super::tag;
use crate::digest::Digest;

/// Packs records, one after the other, in the same memory.
#[derive(Debug, Default)]
pub struct Packer {
    bytes: Vec<u8>,
    kept: Vec<Value>,
    /// The ends of the fields of the objects that are being written, the inner ones last.
    ends: Vec<u32>,
}

impl Packer {
    /// Computes a record's digest.
    pub fn digest(&mut self, id: &RecordId, content: &Object) -> Digest {
        Digest::of_row_in(id, content, &mut self.bytes)
    }

    /// Packs a record. Returns the bytes, and what has to be kept beside them.
    pub fn pack(&mut self, id: &RecordId, content: &Object) -> (&[u8], Vec<Value>) {
        self.bytes.clear();
        self.bytes.push(0);
        self.record(id);
        self.measure();
        self.object(content, Some(id));
        (&self.bytes, std::mem::take(&mut self.kept))
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::None => self.bytes.push(tag::NONE),
            Value::Null => self.bytes.push(tag::NULL),
            Value::Bool(false) => self.bytes.push(tag::FALSE),
            Value::Bool(true) => self.bytes.push(tag::TRUE),
            Value::Number(Number::Int(value)) => self.fixed(tag::INT, &value.to_le_bytes()),
            Value::Number(Number::Float(value)) => {
                self.fixed(tag::FLOAT, &value.to_bits().to_le_bytes());
            }
            Value::Number(Number::Decimal(value)) => self.fixed(tag::DECIMAL, &value.serialize()),
            Value::String(value) => {
                self.bytes.push(tag::TEXT);
                self.slice(value.as_bytes());
            }
            Value::Duration(value) => {
                self.fixed(tag::DURATION, &value.as_secs().to_le_bytes());
                self.bytes.extend_from_slice(&value.subsec_nanos().to_le_bytes());
            }
            Value::Datetime(time) => self.datetime(time, value),
            Value::Uuid(value) => self.fixed(tag::UUID, value.into_inner().as_bytes()),
            Value::Array(list) => {
                self.bytes.push(tag::ARRAY);
                self.length(list.len());
                list.iter().for_each(|element| self.value(element));
            }
            Value::Set(set) if comes_back(set) => {
                self.bytes.push(tag::SET);
                self.length(set.len());
                set.iter().for_each(|element| self.value(element));
            }
            Value::Object(fields) => {
                self.bytes.push(tag::OBJECT);
                self.object(fields, None);
            }
            Value::Bytes(value) => {
                self.bytes.push(tag::BYTES);
                self.slice(value);
            }
            Value::Table(value) => {
                self.bytes.push(tag::TABLE);
                self.slice(value.as_str().as_bytes());
            }
            Value::RecordId(value) => {
                self.bytes.push(tag::RECORD);
                self.record(value);
            }
            Value::File(value) => {
                self.bytes.push(tag::FILE);
                self.slice(value.bucket.as_bytes());
                self.slice(value.key.as_bytes());
            }
            Value::Range(range) => {
                self.bytes.push(tag::RANGE);
                self.bound(&range.start, Packer::value);
                self.bound(&range.end, Packer::value);
            }
            // A regex may have been built with options, a polygon has invariants of its own.
            Value::Set(_) | Value::Geometry(_) | Value::Regex(_) => self.keep(value),
        }
    }

    fn fixed(&mut self, tag: u8, bytes: &[u8]) {
        self.bytes.push(tag);
        self.bytes.extend_from_slice(bytes);
    }

    /// Seven bits a byte, the low ones first.
    fn length(&mut self, length: usize) {
        let mut left = length;
        while left >= 0x80 {
            self.bytes.push((left & 0x7f) as u8 | 0x80);
            left >>= 7;
        }
        self.bytes.push(left as u8);
    }

    fn slice(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    /// Puts the length of all that is written so far before it.
    fn measure(&mut self) {
        let length = self.bytes.len() - 1;
        if length < 0x80 {
            self.bytes[0] = length as u8;
            return;
        }
        self.length(length);
        let told = self.bytes.split_off(length + 1);
        self.bytes.splice(..1, told);
    }

    fn keep(&mut self, value: &Value) {
        self.bytes.push(tag::KEPT);
        self.length(self.kept.len());
        self.kept.push(value.clone());
    }

    fn datetime(&mut self, time: &Datetime, value: &Value) {
        let (seconds, nanos) = (time.timestamp(), time.timestamp_subsec_nanos());
        if Datetime::from_timestamp(seconds, nanos) != Some(*time) {
            return self.keep(value);
        }
        self.fixed(tag::DATETIME, &seconds.to_le_bytes());
        self.bytes.extend_from_slice(&nanos.to_le_bytes());
    }

    fn object(&mut self, fields: &Object, own: Option<&RecordId>) {
        let outer = self.ends.len();
        let head = self.bytes.len();
        self.length(fields.len() << 1);
        let table = self.bytes.len();
        self.bytes.resize(table + 2 * fields.len(), 0);
        let start = self.bytes.len();
        for (name, value) in fields {
            self.slice(name.as_bytes());
            match (value, own) {
                (Value::RecordId(id), Some(own)) if name == "id" && alike(id, own) => {
                    self.bytes.push(tag::OWN);
                }
                (value, _) => self.value(value),
            }
            self.ends.push(u32::try_from(self.bytes.len() - start).expect("a row below 4 GiB"));
        }
        let ends = &self.ends[outer..];
        if self.bytes.len() - start <= usize::from(u16::MAX) {
            for (slot, end) in self.bytes[table..start].chunks_exact_mut(2).zip(ends) {
                slot.copy_from_slice(&(*end as u16).to_le_bytes());
            }
        } else {
            // The flag is the lowest bit of the first byte of the number of fields.
            self.bytes[head] |= 1;
            let wide: Vec<u8> = ends.iter().flat_map(|end| end.to_le_bytes()).collect();
            self.bytes.splice(table..start, wide);
        }
        self.ends.truncate(outer);
    }

    fn record(&mut self, record: &RecordId) {
        self.slice(record.table.as_str().as_bytes());
        self.key(&record.key);
    }

    fn key(&mut self, key: &RecordIdKey) {
        match key {
            RecordIdKey::Number(value) => self.fixed(tag::key::NUMBER, &value.to_le_bytes()),
            RecordIdKey::String(value) => {
                self.bytes.push(tag::key::TEXT);
                self.slice(value.as_bytes());
            }
            RecordIdKey::Uuid(value) => self.fixed(tag::key::UUID, value.into_inner().as_bytes()),
            RecordIdKey::Array(list) => {
                self.bytes.push(tag::key::ARRAY);
                self.length(list.len());
                list.iter().for_each(|element| self.value(element));
            }
            RecordIdKey::Object(fields) => {
                self.bytes.push(tag::key::OBJECT);
                self.object(fields, None);
            }
            RecordIdKey::Range(range) => {
                self.bytes.push(tag::key::RANGE);
                self.bound(&range.start, Packer::key);
                self.bound(&range.end, Packer::key);
            }
        }
    }

    fn bound<T>(&mut self, bound: &Bound<T>, write: impl Fn(&mut Packer, &T)) {
        match bound {
            Bound::Unbounded => self.bytes.push(tag::bound::UNBOUNDED),
            Bound::Included(value) => {
                self.bytes.push(tag::bound::INCLUDED);
                write(self, value);
            }
            Bound::Excluded(value) => {
                self.bytes.push(tag::bound::EXCLUDED);
                write(self, value);
            }
        }
    }
}
