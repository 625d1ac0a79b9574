//! Values as the database has them: order, equality, truth, exact bytes, hash keys, paths.
//!
//! # Invariants
//! - [`compare()`] and [`equal()`] give what the database's own operators give (judged against them over drawn pairs).
//! - A [`Value`] is never a hash key: equal numbers of different kinds hash apart, and equality between floats and
//!   decimals is not transitive. [`KeyBits`] is the key, and [`equal()`] judges every candidate that it finds.
//! - A record id is never a key either: [`address`] says which record is meant.

pub mod address;
mod bytes;
mod collate;
mod compare;
mod equal;
mod key;
pub mod packed;
pub mod path;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

use surrealdb_types::{Number, Object, Value};

pub use bytes::write_bytes;
pub use collate::compare_as;
pub(crate) use collate::{LEXICAL_BITS, lexical_bits};
pub use compare::compare;
pub(crate) use compare::rank;
pub use equal::{all_equal, any_equal, contains, contains_all, contains_any, equal};
pub use key::KeyBits;

/// Whether a condition takes the value for true.
///
/// A datetime, a record link (dangling too), a uuid and a geometry always are; a table, a file, a range and a regex
/// never are.
pub fn truthy(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        Value::Number(Number::Int(value)) => *value != 0,
        Value::Number(Number::Float(value)) => *value != 0.0,
        Value::Number(Number::Decimal(value)) => !value.is_zero(),
        Value::String(value) => !value.is_empty(),
        Value::Duration(value) => !value.is_zero(),
        Value::Bytes(value) => !value.is_empty(),
        Value::Array(value) => !value.is_empty(),
        Value::Set(value) => !value.is_empty(),
        Value::Object(value) => !value.is_empty(),
        Value::Uuid(_) | Value::RecordId(_) | Value::Geometry(_) | Value::Datetime(_) => true,
        Value::None
        | Value::Null
        | Value::Table(_)
        | Value::File(_)
        | Value::Range(_)
        | Value::Regex(_) => false,
    }
}

/// Returns an object as the database stores it: no object in it holds NONE, an array may.
pub fn as_stored(object: Object) -> Object {
    let kept = object.into_iter().filter(|(_, value)| *value != Value::None);
    kept.map(|(name, value)| (name, inside(value))).collect()
}

fn inside(value: Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(as_stored(object)),
        Value::Array(items) => Value::Array(items.into_iter().map(inside).collect()),
        other => other,
    }
}
