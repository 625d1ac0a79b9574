//! What waits of one view.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use surrealdb_types::RecordId;

use super::Moment;
use super::due::Due;
use crate::edge::{EdgeKey, EdgeOp, Target};

/// An operation that waits.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) op: EdgeOp,
    /// When its edge began to wait.
    pub(super) since: Moment,
    /// The place of the oldest operation of its edge that is not committed.
    pub(super) position: u64,
}

/// Until when an edge may not be written as it pleases.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pause {
    pub(super) until: Moment,
    pub(super) kind: PauseKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PauseKind {
    /// It was removed: it is not created.
    Removed,
    /// It may have been removed: it is not created, but removed again.
    Unknown,
    /// Its record changes in many views: it is not changed.
    Hot,
}

/// What is to be done with a view as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    /// All its edges go.
    Clear(After),
    Reconcile,
    /// Somebody is finding out what its edges should be.
    Reconciling,
}

/// What follows when all of a view's edges are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    Forget,
    GoOn,
    Reconcile,
}

impl Mark {
    /// Whether what comes in now is of use later.
    pub(super) fn keeps(self) -> bool {
        !matches!(
            self,
            Mark::Reconcile | Mark::Clear(After::Forget) | Mark::Clear(After::Reconcile)
        )
    }
}

#[derive(Debug)]
pub(super) struct View {
    pub(super) target: Arc<Target>,
    pub(super) due: Due,
    /// Due as well: changes of records that change in many views.
    pub(super) hot: Due,
    pub(super) held: BTreeMap<EdgeKey, (Moment, Waiting)>,
    pub(super) pauses: BTreeMap<EdgeKey, Pause>,
    pub(super) mark: Mark,
    /// The place at which it was marked.
    pub(super) marked_at: u64,
    /// What was on its way under another one is of no use any more.
    pub(super) generation: u64,
    /// Nothing is created before: its edges are being removed, or were just now.
    pub(super) created_from: Moment,
    /// What may wait although it is above the limit: a reconciliation owed as much.
    pub(super) allowed: usize,
    /// The oldest place in the batch that is out.
    pub(super) out: Option<u64>,
}

impl View {
    pub(super) fn new(target: Arc<Target>, generation: u64) -> View {
        View {
            target,
            due: Due::default(),
            hot: Due::default(),
            held: BTreeMap::new(),
            pauses: BTreeMap::new(),
            mark: Mark::None,
            marked_at: 0,
            generation,
            created_from: Moment::ZERO,
            allowed: 0,
            out: None,
        }
    }

    pub(super) fn waiting(&self, hot: bool) -> &Due {
        if hot { &self.hot } else { &self.due }
    }

    pub(super) fn waiting_mut(&mut self, hot: bool) -> &mut Due {
        if hot { &mut self.hot } else { &mut self.due }
    }

    pub(super) fn len(&self) -> usize {
        self.due.len() + self.hot.len() + self.held.len()
    }

    pub(super) fn keys(&self) -> Vec<EdgeKey> {
        self.due.keys().chain(self.hot.keys()).chain(self.held.keys()).cloned().collect()
    }

    pub(super) fn waits_for(&self, key: &EdgeKey) -> bool {
        self.due.contains(key) || self.hot.contains(key) || self.held.contains_key(key)
    }

    /// Takes what waits of an edge out, and out of the counts.
    pub(super) fn forget(
        &mut self,
        key: &EdgeKey,
        due: &mut usize,
        changes: &mut HashMap<RecordId, u32>,
    ) -> Option<Waiting> {
        let was_due = self.due.remove(key).or_else(|| self.hot.remove(key));
        *due -= usize::from(was_due.is_some());
        let waiting = was_due.or_else(|| self.held.remove(key).map(|(_, waiting)| waiting))?;
        uncount(key, &waiting.op, changes);
        Some(waiting)
    }

    /// Takes the edge out that goes first, and out of the counts: of those that a revocation takes away, or of all.
    pub(super) fn take_first(
        &mut self,
        (revoked, hot): (bool, bool),
        due: &mut usize,
        changes: &mut HashMap<RecordId, u32>,
    ) -> Option<(EdgeKey, Waiting)> {
        let waiting = self.waiting_mut(hot);
        let (key, waiting) = if revoked { waiting.pop_revoked() } else { waiting.pop_first() }?;
        *due -= 1;
        uncount(&key, &waiting.op, changes);
        Some((key, waiting))
    }

    /// The place of the oldest operation that is not committed.
    pub(super) fn oldest(&self) -> Option<u64> {
        let marked = (self.mark != Mark::None).then_some(self.marked_at);
        let held = self.held.values().map(|(_, waiting)| waiting);
        let waiting = self.due.values().chain(self.hot.values()).chain(held);
        waiting.map(|waiting| waiting.position).chain(self.out).chain(marked).min()
    }
}

fn uncount(key: &EdgeKey, op: &EdgeOp, changes: &mut HashMap<RecordId, u32>) {
    if let EdgeOp::Change(_) = op
        && let Some(count) = changes.get_mut(&key.record)
    {
        *count -= 1;
        if *count == 0 {
            changes.remove(&key.record);
        }
    }
}
