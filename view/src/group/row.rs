//! A group as a row.

use surrealdb_types::{Array, Number, Object, RecordId, RecordIdKey, Value};

use crate::plan::{Aggregate, Grouping};
use crate::row::Row;
use crate::value::as_stored;
use crate::value::path::put;

/// The table that groups are rows of: nobody has one of our names.
pub const GROUPS: &str = "_00_group";

/// What names a group in its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// Returns what is shown of a row's group; `None` if it is a row of the database, whose reader fetches it himself.
pub fn shown(row: &Row) -> Option<Object> {
    number_of(&row.id()).map(|_| row.content().object())
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
        Value::Object(shown) => as_stored(shown),
        _ => Object::new(),
    }
}
