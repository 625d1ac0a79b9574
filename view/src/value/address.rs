//! Which record a key addresses, which is not what equality says.
//!
//! *`task:[1, 'a']` and `task:[1f, 'a']` are equal, and two records.* The database keeps a record under the bytes of its key,
//! and these hold the kind of each number. Only what they do not hold is the same: 0.0 and -0.0, 1.5dec and 1.50dec.
//!
//! # Invariants
//! - The order is total, and that of the bytes: element by element the value, then its kind. In it a table is read.
//! - What addresses one record hashes alike.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use hashbrown::Equivalent;
use surrealdb_types::{Number, RecordId, RecordIdKey, Value};

use super::KeyBits;
use super::compare::{Compare, compare, records};

/// A record, equal only to itself; for maps.
#[derive(Clone, Copy, Debug)]
pub struct Address<R = RecordId>(pub R);

/// A record's key within its table, equal only to itself.
#[derive(Clone, Copy, Debug)]
pub struct Key<K = RecordIdKey>(pub K);

/// Compares two records' places in the database: the order that breaks every tie.
pub fn compare_addresses(a: &RecordId, b: &RecordId) -> Ordering {
    records(a, b, address)
}

/// Whether two keys of one table address one record.
pub fn is_same_key(a: &RecordIdKey, b: &RecordIdKey) -> bool {
    super::compare::keys(a, b, address).is_eq()
}

fn address(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        // All are one for the bytes.
        (Value::Number(Number::Float(a)), Value::Number(Number::Float(b)))
            if a.is_nan() && b.is_nan() =>
        {
            Ordering::Equal
        }
        (Value::Number(a), Value::Number(b)) => a.cmp(b).then_with(|| kind(a).cmp(&kind(b))),
        _ => super::compare::within(a, b, address as Compare).unwrap_or_else(|| compare(a, b)),
    }
}

fn kind(number: &Number) -> u8 {
    match number {
        Number::Int(_) => 0,
        Number::Float(_) => 1,
        Number::Decimal(_) => 2,
    }
}

impl<R: Borrow<RecordId>> Deref for Address<R> {
    type Target = RecordId;

    fn deref(&self) -> &RecordId {
        self.0.borrow()
    }
}

impl<R: Borrow<RecordId>> PartialEq for Address<R> {
    fn eq(&self, other: &Address<R>) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<R: Borrow<RecordId>> Eq for Address<R> {}

impl<R: Borrow<RecordId>> PartialOrd for Address<R> {
    fn partial_cmp(&self, other: &Address<R>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<R: Borrow<RecordId>> Ord for Address<R> {
    fn cmp(&self, other: &Address<R>) -> Ordering {
        compare_addresses(self, other)
    }
}

impl<R: Borrow<RecordId>> Hash for Address<R> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.table.hash(state);
        Key(&self.key).hash(state);
    }
}

impl<K: Borrow<RecordIdKey>> PartialEq for Key<K> {
    fn eq(&self, other: &Key<K>) -> bool {
        is_same_key(self.0.borrow(), other.0.borrow())
    }
}

impl<K: Borrow<RecordIdKey>> Eq for Key<K> {}

impl<K: Borrow<RecordIdKey>> PartialOrd for Key<K> {
    fn partial_cmp(&self, other: &Key<K>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Borrow<RecordIdKey>> Ord for Key<K> {
    fn cmp(&self, other: &Key<K>) -> Ordering {
        super::compare::keys(self.0.borrow(), other.0.borrow(), address)
    }
}

/// So that a map is asked by a key that it does not own.
impl Equivalent<Key> for Key<&RecordIdKey> {
    fn equivalent(&self, key: &Key) -> bool {
        is_same_key(self.0, &key.0)
    }
}

impl<K: Borrow<RecordIdKey>> Hash for Key<K> {
    /// Equal values hash alike, whatever their kinds: they are few, and then told apart.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let part = |value: &Value, state: &mut H| KeyBits::of(value).hash(state);
        match self.0.borrow() {
            key @ (RecordIdKey::Number(_) | RecordIdKey::String(_) | RecordIdKey::Uuid(_)) => {
                key.hash(state);
            }
            RecordIdKey::Array(list) => list.iter().for_each(|value| part(value, state)),
            RecordIdKey::Object(fields) => fields.iter().for_each(|(name, value)| {
                name.hash(state);
                part(value, state);
            }),
            RecordIdKey::Range(_) => {}
        }
    }
}

#[cfg(all(test, feature = "surrealql"))]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::lower::record_id;

    /// In the order in which a SELECT without ORDER gave them.
    const READ: [&str; 15] = [
        "t:[0]",
        "t:[0f]",
        "t:[1]",
        "t:[1, 'a']",
        "t:[1, 'b']",
        "t:[1f]",
        "t:[1f, 'a']",
        "t:[1f, 'b']",
        "t:[1dec, 'a']",
        "t:[1.5f]",
        "t:[1.5dec]",
        "t:[9007199254740992f]",
        "t:[9007199254740993]",
        "t:{ k: 1 }",
        "t:{ k: 1f }",
    ];

    /// What could not be created beside the other.
    const ONE: [(&str, &str); 2] = [("t:[0f]", "t:[-0f]"), ("t:[1.5dec]", "t:[1.50dec]")];

    fn address(id: &str) -> Address {
        Address(record_id(id).expect(id))
    }

    #[test]
    fn records_stand_in_the_order_in_which_the_database_reads_them() {
        let read = READ.map(address);
        for (at, a) in read.iter().enumerate() {
            for (other, b) in read.iter().enumerate() {
                assert_eq!(a.cmp(b), at.cmp(&other), "{a:?} {b:?}");
                assert_eq!(Key(&a.key) == Key(&b.key), at == other, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn what_differs_in_nothing_that_is_kept_is_one_record() {
        for (a, b) in ONE {
            let both = HashSet::from([address(a), address(b)]);
            assert_eq!(both.len(), 1, "{a} {b}");
        }
        assert_eq!(READ.map(address).into_iter().collect::<HashSet<_>>().len(), READ.len());
    }
}
