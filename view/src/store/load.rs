//! Loading a table by difference.
//!
//! A load reads every row that the database has; rows that are held and were not met have gone,
//! unless a change that is newer than the load made them.

use protocol::{Change, ChangeId};

use super::{Rows, Transition};
use crate::row::Row;

impl Rows {
    /// A load starts.
    pub fn load_begin(&mut self) {
        self.load += 1;
    }

    /// Applies a loaded row by the rule for changes: one that is older than what is held, or than
    /// the tombstone, is dropped.
    pub fn load_row(&mut self, change: Change, number: &mut u64) -> Option<Transition> {
        let load = self.load;
        self.write(change, number, Some(load))
    }

    /// Returns what a load that ends did not meet and nothing since `at` has made.
    pub fn missed(&self, at: ChangeId) -> Vec<Row> {
        let missed = |held: &&super::Held| held.load != self.load && held.change < at;
        self.held.iter().filter(missed).map(|held| held.row.clone()).collect()
    }

    /// Deletes what a load missed, as a change would.
    pub fn delete_missed(&mut self, missed: &[Row], at: ChangeId) -> Vec<Transition> {
        missed.iter().filter_map(|row| self.delete(&row.id().key, at, row.version)).collect()
    }
}
