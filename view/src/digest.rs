//! Digests of sets of rows that do not depend on order.
//!
//! A row's digest is the BLAKE3 of its id and its exact content; a set's is the sum of its rows',
//! modulo 2^256. So a row is added and removed in constant time, and two sets differ in their
//! digests wherever they differ.
//!
//! # Invariants
//! - A sum, not XOR: a row that stands twice is not a row that does not stand at all.
//!
//! # Absent on purpose
//! No defence against whoever composes rows in order to make two sums equal: it shows drift, not
//! malice.

use std::fmt;

use serde::{Deserialize, Serialize};
use surrealdb_types::{Object, RecordId, Value};

use crate::value;

/// The digest of a set of rows; that of the empty set is zero.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Digest([u64; 4]);

impl Digest {
    /// Returns the digest of one row.
    pub fn of_row(id: &RecordId, content: &Object) -> Digest {
        Digest::of_row_in(id, content, &mut Vec::with_capacity(512))
    }

    /// The same, in memory that is there already.
    pub(crate) fn of_row_in(id: &RecordId, content: &Object, bytes: &mut Vec<u8>) -> Digest {
        bytes.clear();
        let told = matches!(content.get("id"), Some(Value::RecordId(own)) if own == id);
        bytes.push(u8::from(told));
        if !told {
            value::write_bytes(&Value::RecordId(id.clone()), bytes);
        }
        for (name, value) in content {
            bytes.extend_from_slice(&(name.len() as u64).to_be_bytes());
            bytes.extend_from_slice(name.as_bytes());
            value::write_bytes(value, bytes);
        }
        let hash = blake3::hash(bytes);
        let mut limbs = [0; 4];
        for (limb, part) in limbs.iter_mut().zip(hash.as_bytes().chunks_exact(8)) {
            *limb = u64::from_le_bytes(part.try_into().expect("a chunk of eight bytes"));
        }
        Digest(limbs)
    }

    /// Divides rows into so many buckets, by their digests: two images of a record are most likely in two of them.
    pub fn bucket(&self, buckets: u32) -> u32 {
        // The remainder is below `buckets`.
        (self.0[0] % u64::from(buckets.max(1))) as u32
    }

    /// Adds a row's digest.
    pub fn add(&mut self, row: Digest) {
        let mut carried = false;
        for (limb, other) in self.0.iter_mut().zip(row.0) {
            let (sum, over) = limb.overflowing_add(other);
            let (sum, carry) = sum.overflowing_add(u64::from(carried));
            *limb = sum;
            carried = over || carry;
        }
    }

    /// Takes a row's digest away again.
    pub fn remove(&mut self, row: Digest) {
        let mut borrowed = false;
        for (limb, other) in self.0.iter_mut().zip(row.0) {
            let (rest, under) = limb.overflowing_sub(other);
            let (rest, borrow) = rest.overflowing_sub(u64::from(borrowed));
            *limb = rest;
            borrowed = under || borrow;
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().rev().try_for_each(|limb| write!(f, "{limb:016x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn what_was_added_in_any_order_is_taken_away_in_any_order() {
        let rows = [[u64::MAX; 4], [1, 0, 0, 0], [7, u64::MAX, 3, 1 << 63]].map(Digest);
        let mut sum = Digest::default();
        rows.iter().for_each(|row| sum.add(*row));
        let mut other = Digest::default();
        rows.iter().rev().for_each(|row| other.add(*row));
        assert_eq!(sum, other);
        [1, 0, 2].iter().for_each(|at| sum.remove(rows[*at]));
        assert_eq!(sum, Digest::default());
    }
}
