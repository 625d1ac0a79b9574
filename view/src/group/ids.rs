//! Which group a row is of.
//!
//! # Invariants
//! - A group keeps its id as long as it has a row.
//! - Keys of the same exact bytes are always of the same group, whatever was found equal to what in between: the
//!   database's equality is not transitive between floats and decimals, and a row has to leave the group that it entered.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use surrealdb_types::Value;

use super::GroupId;
use crate::value::{self, KeyBits};

/// The groups of one window.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    /// By the keys' exact bytes.
    exact: HashMap<Box<[u8]>, Known, RandomState>,
    /// By hash.
    groups: HashMap<i64, Vec<Group>, RandomState>,
}

#[derive(Debug)]
struct Known {
    group: GroupId,
    rows: usize,
}

#[derive(Debug)]
struct Group {
    number: u32,
    keys: Box<[Value]>,
    /// How many different bytes are of it.
    kinds: usize,
}

impl Ids {
    /// The one group of GROUP ALL.
    pub(crate) fn of_all() -> GroupId {
        GroupId { hash: hash(&[]), number: 0 }
    }

    /// A row with these keys enters: which group is it of?
    pub(crate) fn enter(&mut self, keys: &[Value]) -> GroupId {
        let bytes = exact(keys);
        if let Some(known) = self.exact.get_mut(&bytes) {
            known.rows += 1;
            return known.group;
        }
        let hash = hash(keys);
        let groups = self.groups.entry(hash).or_default();
        let same = |group: &&mut Group| {
            group.keys.iter().zip(keys).all(|(a, b)| value::compare(a, b).is_eq())
        };
        let number = match groups.iter_mut().find(same) {
            Some(group) => {
                group.kinds += 1;
                group.number
            }
            None => {
                let taken = |number: &u32| groups.iter().any(|group| group.number == *number);
                let number = (0..).find(|number| !taken(number)).unwrap_or(u32::MAX);
                groups.push(Group { number, keys: keys.into(), kinds: 1 });
                number
            }
        };
        let group = GroupId { hash, number };
        self.exact.insert(bytes, Known { group, rows: 1 });
        group
    }

    /// A row with these keys leaves: which group was it of? `None` if no such row has entered.
    pub(crate) fn leave(&mut self, keys: &[Value]) -> Option<GroupId> {
        let bytes = exact(keys);
        let known = self.exact.get_mut(&bytes)?;
        let group = known.group;
        known.rows -= 1;
        if known.rows == 0 {
            self.exact.remove(&bytes);
            self.forget_kind(group);
        }
        Some(group)
    }

    fn forget_kind(&mut self, id: GroupId) {
        let Some(groups) = self.groups.get_mut(&id.hash) else { return };
        let Some(at) = groups.iter().position(|group| group.number == id.number) else { return };
        groups[at].kinds -= 1;
        if groups[at].kinds == 0 {
            groups.swap_remove(at);
        }
        if groups.is_empty() {
            self.groups.remove(&id.hash);
        }
    }

    /// About how many bytes it uses.
    pub(crate) fn bytes(&self) -> usize {
        let kinds = self.exact.keys().map(|bytes| bytes.len() + size_of::<Known>() + 16);
        let groups = self.groups.values().map(|groups| groups.capacity() * size_of::<Group>() + 32);
        kinds.sum::<usize>() + groups.sum::<usize>()
    }
}

fn exact(keys: &[Value]) -> Box<[u8]> {
    let mut bytes = Vec::with_capacity(32);
    keys.iter().for_each(|key| value::write_bytes(key, &mut bytes));
    bytes.into_boxed_slice()
}

/// Equal for keys that are equal for the database. Those that have no key bits share one hash. Of 53 bits, so that
/// JavaScript holds it.
fn hash(keys: &[Value]) -> i64 {
    let mut bytes = Vec::with_capacity(32);
    for key in keys {
        bytes.push(0);
        if KeyBits::append(key, &mut bytes).is_none() {
            bytes.clear();
            bytes.push(1);
            break;
        }
    }
    let digest = blake3::hash(&bytes);
    let mut first = [0; 8];
    first.copy_from_slice(&digest.as_bytes()[..8]);
    i64::from_be_bytes(first) & ((1 << 53) - 1)
}
