//! How much waits, all views together.

use std::collections::HashMap;

use protocol::limits::HOT_RECORD_EDGES;
use surrealdb_types::RecordId;

use crate::edge::{EdgeKey, EdgeOp};

#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Edges that are due and not hot.
    pub(super) due: usize,
    /// How many of these are of hydrations.
    pub(super) fresh: usize,
    /// Hot ones that are due.
    pub(super) hot: usize,
    /// Waiting changes of each record. Never walked, so its order does not matter.
    changes: HashMap<RecordId, u32, foldhash::fast::RandomState>,
}

impl Counts {
    /// An edge is due, as one of the hot ones or of all others.
    pub(super) fn add(&mut self, hot: bool, fresh: bool) {
        *if hot { &mut self.hot } else { &mut self.due } += 1;
        self.fresh += usize::from(!hot && fresh);
    }

    /// It is due no longer.
    pub(super) fn remove(&mut self, hot: bool, fresh: bool) {
        *if hot { &mut self.hot } else { &mut self.due } -= 1;
        self.fresh -= usize::from(!hot && fresh);
    }

    /// A change of a record waits.
    pub(super) fn note_change(&mut self, record: &RecordId) {
        *self.changes.entry(record.clone()).or_default() += 1;
    }

    /// It waits no longer, if it is a change.
    pub(super) fn forget_change(&mut self, key: &EdgeKey, op: &EdgeOp) {
        if let EdgeOp::Change(_) = op
            && let Some(count) = self.changes.get_mut(&key.record)
        {
            *count -= 1;
            if *count == 0 {
                self.changes.remove(&key.record);
            }
        }
    }

    /// Whether an operation that waits is the change of a record that changes in so many views that it goes last.
    pub(super) fn is_hot(&self, key: &EdgeKey, op: &EdgeOp) -> bool {
        matches!(op, EdgeOp::Change(_))
            && self.changes.get(&key.record).is_some_and(|&count| count > HOT_RECORD_EDGES)
    }
}
