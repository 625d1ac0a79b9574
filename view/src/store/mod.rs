//! The rows of one table, each held once.
//!
//! # Invariants
//! - A change that is not newer than the one that made its record is dropped (mechanism M3). A
//!   deleted record leaves a tombstone with its change id and last version, until
//!   [`Rows::forget_before`] passes it.
//! - Equal content keeps image, version and handle: only the record's change id moves.
//! - A record's version only rises (M4), over its deletion too while the tombstone stands.
//! - The digest is that of the rows that are held.
//!
//! # Absent on purpose
//! No order: that is what [`crate::index`] is for. Nothing here knows of views.

mod audit;
mod load;
#[cfg(test)]
mod tests;

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashTable};
use protocol::{Change, ChangeId, RowVersion};
use surrealdb_types::RecordIdKey;

use crate::digest::Digest;
use crate::row::Row;
use crate::value::address::Key;
use crate::value::packed::Packer;

/// What a change did to the stored row. Never two equal contents, never nothing on both sides.
#[derive(Clone, Debug)]
pub struct Transition {
    /// The row as it was.
    pub old: Option<Row>,
    /// The row as it is.
    pub new: Option<Row>,
}

impl Transition {
    /// Returns one of the sides: both are of the same record.
    pub fn row(&self) -> &Row {
        let side = self.new.as_ref().or(self.old.as_ref());
        side.expect("a transition has at least one side")
    }
}

/// One table's rows and tombstones.
#[derive(Debug, Default)]
pub struct Rows {
    held: HashTable<Held>,
    gone: HashMap<Key, Gone, RandomState>,
    /// Deletions below it are forgotten.
    forgotten: ChangeId,
    hasher: RandomState,
    digest: Digest,
    load: u32,
    packer: Packer,
}

#[derive(Debug)]
struct Held {
    row: Row,
    change: ChangeId,
    /// The load that last met it.
    load: u32,
    /// The hash of its key, so that looking for another's need not read it, nor growing.
    hash: u32,
}

#[derive(Clone, Copy, Debug)]
struct Gone {
    change: ChangeId,
    version: RowVersion,
}

impl Held {
    fn names(&self, hash: u32, key: &RecordIdKey) -> bool {
        self.hash == hash && self.row.key().is(key)
    }
}

/// The table wants 64 bits of a hash; a row keeps 32 of them.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Rows {
    /// Returns how many rows are held.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Returns the digest of the rows.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Returns a record's row.
    pub fn get(&self, key: &RecordIdKey) -> Option<&Row> {
        let hash = self.hash(key);
        self.held.find(spread(hash), |held| held.names(hash, key)).map(|held| &held.row)
    }

    /// Reads ahead the row that a change is about to come to.
    pub fn read_ahead(&self, key: &RecordIdKey) {
        let hash = self.hash(key);
        if let Some(held) = self.held.find(spread(hash), |held| held.hash == hash) {
            held.row.read_ahead();
        }
    }

    /// Whether a change of a record that is held would be applied.
    pub fn is_news(&self, key: &RecordIdKey, id: ChangeId) -> bool {
        let hash = self.hash(key);
        self.held
            .find(spread(hash), |held| held.names(hash, key))
            .is_some_and(|held| held.change < id)
    }

    /// Returns every row, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        self.held.iter().map(|held| &held.row)
    }

    /// Applies a change; `number` is the next image's. Returns `None` where nothing of the row
    /// changed.
    pub fn apply(&mut self, change: Change, number: &mut u64) -> Option<Transition> {
        match change.after {
            Some(_) => self.write(change, number, None),
            None => self.delete(&change.record.key, change.id, change.version),
        }
    }

    fn write(&mut self, change: Change, number: &mut u64, load: Option<u32>) -> Option<Transition> {
        let Change { record, after, id, version } = change;
        let content = after?;
        let hash = self.hash(&record.key);
        let known = match self.held.find_mut(spread(hash), |held| held.names(hash, &record.key)) {
            Some(held) => {
                held.load = load.unwrap_or(held.load);
                if id <= held.change {
                    return None;
                }
                held.change = id;
                Some(held)
            }
            None if self.gone.get(&Key(&record.key)).is_some_and(|gone| id <= gone.change) => {
                return None;
            }
            None => None,
        };
        let digest = self.packer.digest(&record, &content);
        if known.as_ref().is_some_and(|held| held.row.digest() == digest) {
            return None;
        }
        let last = match &known {
            Some(held) => Some(held.row.version),
            None => self.gone.remove(&Key(&record.key)).map(|gone| gone.version),
        };
        *number += 1;
        let version = last.map_or(version, |last| version.max(last.next()));
        let new = Row::packed((&record, &content), digest, (version, *number), &mut self.packer);
        self.digest.add(digest);
        let old = match known {
            Some(held) => Some(std::mem::replace(&mut held.row, new.clone())),
            None => {
                let load = load.unwrap_or(self.load);
                let held = Held { row: new.clone(), change: id, load, hash };
                self.held.insert_unique(spread(hash), held, |held| spread(held.hash));
                None
            }
        };
        if let Some(old) = &old {
            self.digest.remove(old.digest());
        }
        Some(Transition { old, new: Some(new) })
    }

    fn hash(&self, key: &RecordIdKey) -> u32 {
        (self.hasher.hash_one(Key(key)) >> 32) as u32
    }

    fn delete(
        &mut self,
        key: &RecordIdKey,
        change: ChangeId,
        version: RowVersion,
    ) -> Option<Transition> {
        let hash = self.hash(key);
        match self.held.find_entry(spread(hash), |held| held.names(hash, key)) {
            Ok(entry) if change <= entry.get().change => None,
            Ok(entry) => {
                let (held, _) = entry.remove();
                self.digest.remove(held.row.digest());
                self.gone.insert(Key(key.clone()), Gone { change, version: held.row.version });
                Some(Transition { old: Some(held.row), new: None })
            }
            Err(_) => {
                // A deletion of what was never seen is remembered too: a page that is older may
                // still come.
                let gone = self.gone.entry(Key(key.clone())).or_insert(Gone { change, version });
                gone.change = gone.change.max(change);
                None
            }
        }
    }

    /// Drops the tombstones below `floor`.
    pub fn forget_before(&mut self, floor: ChangeId) {
        self.gone.retain(|_, gone| gone.change >= floor);
        self.forgotten = self.forgotten.max(floor);
    }

    /// Drops everything. Returns the rows that were held, as transitions.
    pub fn clear(&mut self) -> Vec<Transition> {
        self.gone.clear();
        self.digest = Digest::default();
        let held = std::mem::take(&mut self.held);
        held.into_iter().map(|held| Transition { old: Some(held.row), new: None }).collect()
    }
}
