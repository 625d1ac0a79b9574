//! A group as a row.

use serde::{Deserialize, Serialize};
use surrealdb_types::{Array, Number, Object, RecordId, RecordIdKey, Value};

use crate::plan::{Aggregate, Grouping};
use crate::value::path::put;

/// The table that groups are rows of: nobody has one of our names.
pub const GROUPS: &str = "_00_group";

/// What names a group in its window.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct GroupId {
    /// A hash of the keys of its [`crate::value::KeyBits`].
    pub hash: i64,
    /// Its number among the groups that share the hash.
    pub number: u32,
}

/// Returns the id of the row that a group is.
pub fn record(group: GroupId) -> RecordId {
    let int = |int: i64| Value::Number(Number::Int(int));
    let key = vec![int(group.hash), int(i64::from(group.number))];
    RecordId::new(GROUPS, RecordIdKey::Array(Array::from(key)))
}

/// Returns what a record names if it is a group, and not a row of the database.
pub fn number_of(record: &RecordId) -> Option<GroupId> {
    match &record.key {
        RecordIdKey::Array(key) if record.table.as_str() == GROUPS => match key.as_slice() {
            [Value::Number(Number::Int(hash)), Value::Number(Number::Int(number))] => {
                Some(GroupId { hash: *hash, number: u32::try_from(*number).ok()? })
            }
            _ => None,
        },
        _ => None,
    }
}

/// Returns what is shown of a group: its keys as its first row has them, its count and its sums. What is NONE is left out,
/// because no object that is stored keeps it.
pub(crate) fn content<L>(
    grouping: &Grouping<L>,
    keys: &[Value],
    count: i64,
    sums: &[Number],
) -> Object {
    let mut shown = Value::Object(Object::new());
    for (path, aggregate) in &grouping.shown {
        let value = match aggregate {
            Aggregate::Key(at) => keys.get(usize::from(*at)).cloned().unwrap_or_default(),
            Aggregate::Count => Value::Number(Number::Int(count)),
            Aggregate::Sum(at) => {
                Value::Number(sums.get(usize::from(*at)).copied().unwrap_or(Number::Int(0)))
            }
        };
        put(&mut shown, &path.0, value);
    }
    match shown {
        Value::Object(shown) => stored(shown),
        _ => Object::new(),
    }
}

/// Returns an object as the database stores it: without what is NONE.
pub fn stored(object: Object) -> Object {
    let kept = object.into_iter().filter(|(_, value)| *value != Value::None);
    let inner = |value| match value {
        Value::Object(object) => Value::Object(stored(object)),
        other => other,
    };
    kept.map(|(name, value)| (name, inner(value))).collect()
}
