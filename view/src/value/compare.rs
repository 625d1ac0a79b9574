//! The database's total order.
//!
//! Kinds stand in the order of [`rank`]; within a kind the values decide. `surrealdb_types` orders alike but for
//! ranges and regexes, which it exchanges, and tables beside records, which it mixes; so what can hold one is walked.

use std::cmp::Ordering;
use std::ops::Bound;

use surrealdb_types::{Object, RecordId, RecordIdKey, Value};

/// Compares two values as `<` and ORDER BY do. Geometries with NaN coordinates compare as equal.
pub fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.cmp(b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Datetime(a), Value::Datetime(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
        (Value::Uuid(a), Value::Uuid(b)) => a.cmp(b),
        (Value::Geometry(a), Value::Geometry(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
        (Value::Bytes(a), Value::Bytes(b)) => a.cmp(b),
        (Value::Table(a), Value::Table(b)) => a.cmp(b),
        (Value::File(a), Value::File(b)) => a.cmp(b),
        (Value::Regex(a), Value::Regex(b)) => a.cmp(b),
        (a, b) => within(a, b, compare).unwrap_or_else(|| rank(a).cmp(&rank(b))),
    }
}

/// How values inside others are compared.
pub(super) type Compare = fn(&Value, &Value) -> Ordering;

/// Compares values that hold values; `None` for all others.
pub(super) fn within(a: &Value, b: &Value, compare: Compare) -> Option<Ordering> {
    Some(match (a, b) {
        (Value::RecordId(a), Value::RecordId(b)) => records(a, b, compare),
        (Value::Array(a), Value::Array(b)) => sequences(a.iter(), b.iter(), compare),
        (Value::Set(a), Value::Set(b)) => sequences(a.iter(), b.iter(), compare),
        (Value::Object(a), Value::Object(b)) => objects(a, b, compare),
        (Value::Range(a), Value::Range(b)) => {
            let bounds = |a, b| bounds(a, b, compare);
            bounds(&a.start, &b.start).then_with(|| bounds(&a.end, &b.end))
        }
        _ => return None,
    })
}

pub(super) fn records(a: &RecordId, b: &RecordId, compare: Compare) -> Ordering {
    a.table.as_str().cmp(b.table.as_str()).then_with(|| keys(&a.key, &b.key, compare))
}

pub(super) fn keys(a: &RecordIdKey, b: &RecordIdKey, compare: Compare) -> Ordering {
    match (a, b) {
        (RecordIdKey::Array(a), RecordIdKey::Array(b)) => sequences(a.iter(), b.iter(), compare),
        (RecordIdKey::Object(a), RecordIdKey::Object(b)) => objects(a, b, compare),
        (a, b) => a.cmp(b),
    }
}

fn sequences<'a>(
    mut a: impl Iterator<Item = &'a Value>,
    mut b: impl Iterator<Item = &'a Value>,
    compare: Compare,
) -> Ordering {
    loop {
        match (a.next(), b.next()) {
            (Some(a), Some(b)) => match compare(a, b) {
                Ordering::Equal => {}
                unequal => return unequal,
            },
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
        }
    }
}

fn objects(a: &Object, b: &Object, compare: Compare) -> Ordering {
    let (mut a, mut b) = (a.iter(), b.iter());
    loop {
        match (a.next(), b.next()) {
            (Some((name_a, a)), Some((name_b, b))) => {
                match name_a.cmp(name_b).then_with(|| compare(a, b)) {
                    Ordering::Equal => {}
                    unequal => return unequal,
                }
            }
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
        }
    }
}

/// Starts and ends alike, as the database has it: an included bound stands before an excluded one.
fn bounds(a: &Bound<Value>, b: &Bound<Value>, compare: Compare) -> Ordering {
    match (a, b) {
        (Bound::Unbounded, Bound::Unbounded) => Ordering::Equal,
        (Bound::Unbounded, _) => Ordering::Less,
        (Bound::Included(a), Bound::Included(b)) | (Bound::Excluded(a), Bound::Excluded(b)) => {
            compare(a, b)
        }
        (Bound::Included(_), Bound::Excluded(_)) => Ordering::Less,
        (Bound::Included(_) | Bound::Excluded(_), Bound::Unbounded)
        | (Bound::Excluded(_), Bound::Included(_)) => Ordering::Greater,
    }
}

/// The places of texts and of records among the kinds, for whoever has no value yet.
pub(super) const TEXT: u8 = 4;
pub(super) const RECORD: u8 = 14;

/// The place of a value's kind among the kinds.
pub(crate) fn rank(value: &Value) -> u8 {
    match value {
        Value::None => 0,
        Value::Null => 1,
        Value::Bool(_) => 2,
        Value::Number(_) => 3,
        Value::String(_) => TEXT,
        Value::Duration(_) => 5,
        Value::Datetime(_) => 6,
        Value::Uuid(_) => 7,
        Value::Array(_) => 8,
        Value::Set(_) => 9,
        Value::Object(_) => 10,
        Value::Geometry(_) => 11,
        Value::Bytes(_) => 12,
        Value::Table(_) => 13,
        Value::RecordId(_) => RECORD,
        Value::File(_) => 15,
        Value::Regex(_) => 16,
        Value::Range(_) => 17,
    }
}
