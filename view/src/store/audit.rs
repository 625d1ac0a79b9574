//! Comparing what is held with what a look at the database found (mechanism M16).
//!
//! # Invariants
//! - A row that was changed since the look, or by a change that is still to be told, is not judged: the feed is on its way.
//!   Nor is one that is not held, by a look from before the deletions that are remembered. *The database is killed while it
//!   looks, and its answer comes seconds later.*
//! - What is judged and differs is told as a change that is newer than what is held, and older than every change that
//!   became visible after the look.

use protocol::{Change, ChangeId, Sighting};
use surrealdb_types::RecordIdKey;

use super::{Rows, spread};
use crate::value::address::Key;

impl Rows {
    /// A pass starts: rows that its looks do not find are [`Rows::unmet`].
    pub fn audit_begin(&mut self) {
        self.load_begin();
    }

    /// Returns the change that would make what is held what was found.
    pub fn difference(&mut self, sighting: Sighting) -> Option<Change> {
        let Sighting { found, shown } = sighting;
        let (key, pass) = (&found.record.key, self.load);
        let digest = found.after.as_ref().map(|row| self.packer.digest(&found.record, row));
        let hash = self.hash(key);
        let (known, held) = match self.held.find_mut(spread(hash), |held| held.names(hash, key)) {
            Some(held) => {
                if digest.is_some() {
                    held.load = pass;
                }
                (Some(held.change), Some(held.row.digest()))
            }
            None => (self.gone.get(&Key(key)).map(|gone| gone.change), None),
        };
        let is_of_the_look = match known {
            Some(known) if shown => known == found.id,
            // What an earlier look found at this very place stands above it: then this one waits until the place has moved on.
            Some(known) => known <= found.id,
            // It may have been deleted since an old look, and that be forgotten.
            None => !shown && found.id >= self.forgotten,
        };
        if !is_of_the_look || digest == held {
            return None;
        }
        Some(Change { id: ChangeId { position: u32::MAX, ..found.id }, ..found })
    }

    /// Returns keys of rows that no look of this pass found and that nothing since its beginning has made.
    pub fn unmet(&self, since: ChangeId, most: usize) -> Vec<RecordIdKey> {
        let unmet = |held: &&super::Held| held.load != self.load && held.change <= since;
        let keys = self.held.iter().filter(unmet).take(most).map(|held| held.row.id().key);
        keys.collect()
    }
}
