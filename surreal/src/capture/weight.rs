//! Roughly what values weigh in a message, so that the next question asks for as much as fits.

use surrealdb_types::{Object, Value};

/// What a value weighs.
pub(crate) fn of(value: &Value) -> usize {
    16 + match value {
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Array(items) => items.iter().map(of).sum(),
        Value::Object(object) => of_fields(object),
        _ => 16,
    }
}

/// What an object's fields weigh.
pub(crate) fn of_fields(object: &Object) -> usize {
    object.iter().map(|(name, value)| name.len() + of(value)).sum()
}
