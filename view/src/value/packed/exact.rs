//! What bytes bring back exactly, where that is not plain to see.

use surrealdb_types::{Number, RecordId, RecordIdKey, Set, Value};

use crate::value::rank;

/// Whether two ids are the same to the bit. Of those that hold values equality says less.
pub(super) fn alike(a: &RecordId, b: &RecordId) -> bool {
    let simple = match &a.key {
        RecordIdKey::Number(_) | RecordIdKey::String(_) | RecordIdKey::Uuid(_) => true,
        RecordIdKey::Array(_) | RecordIdKey::Object(_) | RecordIdKey::Range(_) => false,
    };
    simple && a == b
}

/// Whether inserting the elements again, one by one, gives the same set: of one kind, whose order is total.
pub(super) fn comes_back(set: &Set) -> bool {
    let kind = |value: &Value| match value {
        Value::Bool(_)
        | Value::String(_)
        | Value::Duration(_)
        | Value::Uuid(_)
        | Value::Number(Number::Int(_)) => true,
        Value::RecordId(record) => matches!(
            record.key,
            RecordIdKey::Number(_) | RecordIdKey::String(_) | RecordIdKey::Uuid(_)
        ),
        _ => false,
    };
    let mut kinds = set.iter().map(|value| (rank(value), kind(value)));
    let Some((first, _)) = kinds.clone().next() else { return true };
    kinds.all(|(rank, plain)| plain && rank == first)
}
