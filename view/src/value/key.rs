//! Keys of hash tables (mechanism M7).

use surrealdb_types::{Number, Object, RecordIdKey, Value};

use super::compare::{RECORD, TEXT};
use super::packed::{Glance, PackedKey, Place};

/// The key of a value: values that are equal for the database have equal keys; values that differ may, too.
///
/// A finite number gives its integer part, whatever its kind; lists and objects give the keys of what they hold;
/// everything else gives its exact bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyBits(Box<[u8]>);

impl KeyBits {
    /// Returns the key of a value, or `None` where there is none: a regex equals every text that it matches, and of
    /// ranges and geometries equality is not that of their bytes. Such a value belongs to the residual.
    pub fn of(value: &Value) -> Option<KeyBits> {
        let mut out = Vec::with_capacity(24);
        write(value, &mut out)?;
        Some(KeyBits(out.into_boxed_slice()))
    }

    /// Appends the bytes of a value's key, if it has one.
    pub fn append(value: &Value, out: &mut Vec<u8>) -> Option<()> {
        write(value, out)
    }

    /// Appends the bytes of a packed value's key, if it has one. Reads no text.
    pub fn append_packed(place: Place<'_>, out: &mut Vec<u8>) -> Option<()> {
        match place.glance() {
            Glance::Int(value) => write_number(&Number::Int(value), out),
            Glance::Text(text) => {
                out.push(TEXT);
                write_slice(text, out);
            }
            Glance::Record(table, PackedKey::Text(key)) => {
                out.push(RECORD);
                write_slice(table, out);
                out.push(1);
                write_slice(key, out);
            }
            Glance::Record(..) | Glance::Other => return write(place.value().as_ref(), out),
        }
        Some(())
    }

    /// Whether equal keys mean equal values, if this holds for both of them: no number is inside.
    pub fn exact(value: &Value) -> bool {
        match value {
            Value::None
            | Value::Null
            | Value::Bool(_)
            | Value::String(_)
            | Value::Duration(_)
            | Value::Datetime(_)
            | Value::Uuid(_)
            | Value::Bytes(_)
            | Value::Table(_)
            | Value::File(_) => true,
            Value::Number(_) | Value::Geometry(_) | Value::Range(_) | Value::Regex(_) => false,
            Value::Array(list) => list.iter().all(KeyBits::exact),
            Value::Set(set) => set.iter().all(KeyBits::exact),
            Value::Object(fields) => fields.values().all(KeyBits::exact),
            Value::RecordId(record) => match &record.key {
                RecordIdKey::Number(_) | RecordIdKey::String(_) | RecordIdKey::Uuid(_) => true,
                RecordIdKey::Array(list) => list.iter().all(KeyBits::exact),
                RecordIdKey::Object(fields) => fields.values().all(KeyBits::exact),
                RecordIdKey::Range(_) => false,
            },
        }
    }

    /// Returns the bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

fn write(value: &Value, out: &mut Vec<u8>) -> Option<()> {
    match value {
        Value::Number(number) => write_number(number, out),
        Value::Array(list) => {
            out.push(super::compare::rank(value));
            write_list(list.len(), list.iter(), out)?;
        }
        Value::Set(set) => {
            out.push(super::compare::rank(value));
            write_list(set.len(), set.iter(), out)?;
        }
        Value::Object(fields) => {
            out.push(super::compare::rank(value));
            write_object(fields, out)?;
        }
        Value::RecordId(record) => match &record.key {
            RecordIdKey::Number(_) | RecordIdKey::String(_) | RecordIdKey::Uuid(_) => {
                super::write_bytes(value, out);
            }
            RecordIdKey::Array(list) => {
                out.push(super::compare::rank(value));
                write_text(record.table.as_str(), out);
                out.push(3);
                write_list(list.len(), list.iter(), out)?;
            }
            RecordIdKey::Object(fields) => {
                out.push(super::compare::rank(value));
                write_text(record.table.as_str(), out);
                out.push(4);
                write_object(fields, out)?;
            }
            RecordIdKey::Range(_) => return None,
        },
        Value::Geometry(_) | Value::Range(_) | Value::Regex(_) => return None,
        Value::None
        | Value::Null
        | Value::Bool(_)
        | Value::String(_)
        | Value::Duration(_)
        | Value::Datetime(_)
        | Value::Uuid(_)
        | Value::Bytes(_)
        | Value::Table(_)
        | Value::File(_) => super::write_bytes(value, out),
    }
    Some(())
}

/// Numbers of different kinds are equal only when their integer parts are: the database compares those first.
fn write_number(number: &Number, out: &mut Vec<u8>) {
    let whole = match number {
        Number::Int(value) => i128::from(*value),
        Number::Float(value) if value.is_finite() => *value as i128,
        Number::Float(value) => {
            out.push(u8::MAX);
            out.extend_from_slice(&value.to_bits().to_be_bytes());
            return;
        }
        Number::Decimal(value) => i128::try_from(*value).unwrap_or(i128::MAX),
    };
    out.push(super::compare::rank(&Value::Number(*number)));
    match i64::try_from(whole) {
        Ok(whole) => out.extend_from_slice(&whole.to_be_bytes()),
        Err(_) => out.extend_from_slice(&whole.to_be_bytes()),
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    write_slice(text.as_bytes(), out);
}

fn write_slice(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.len() as u64).to_be_bytes());
    out.extend_from_slice(text);
}

fn write_list<'a>(
    count: usize,
    values: impl Iterator<Item = &'a Value>,
    out: &mut Vec<u8>,
) -> Option<()> {
    out.extend_from_slice(&(count as u64).to_be_bytes());
    for value in values {
        write(value, out)?;
    }
    Some(())
}

fn write_object(fields: &Object, out: &mut Vec<u8>) -> Option<()> {
    out.extend_from_slice(&(fields.len() as u64).to_be_bytes());
    for (name, value) in fields {
        write_text(name, out);
        write(value, out)?;
    }
    Some(())
}
