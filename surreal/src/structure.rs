//! Reads what `INFO … STRUCTURE` answers.
//!
//! # Absent on purpose
//! No errors: what is missing reads as empty, because the database leaves out what was not defined.

use surrealdb_types::{Object, Value};

/// The definitions in a list field.
pub(crate) fn parts<'a>(of: &'a Object, field: &str) -> impl Iterator<Item = &'a Object> {
    let list = match of.get(field) {
        Some(Value::Array(list)) => list.as_slice(),
        _ => &[],
    };
    list.iter().filter_map(|value| match value {
        Value::Object(part) => Some(part),
        _ => None,
    })
}

/// A text field.
pub(crate) fn text<'a>(of: &'a Object, field: &str) -> Option<&'a str> {
    match of.get(field) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// A field that has fields itself.
pub(crate) fn part<'a>(of: &'a Object, field: &str) -> Option<&'a Object> {
    match of.get(field) {
        Some(Value::Object(part)) => Some(part),
        _ => None,
    }
}

/// An answer that has fields, by value.
pub(crate) fn whole(value: Option<Value>) -> Object {
    match value {
        Some(Value::Object(whole)) => whole,
        _ => Object::new(),
    }
}
