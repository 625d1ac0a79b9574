//! What waits of one view.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Moment;
use super::counted::Counted;
use super::counts::Counts;
use super::due::Due;
use crate::edge::{EdgeKey, EdgeOp, EdgeRow, Target};

/// An operation that waits.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) op: EdgeOp,
    /// When its edge began to wait.
    pub(super) since: Moment,
    /// The place of the oldest operation of its edge that is not committed.
    pub(super) position: u64,
    /// Whether it is of a hydration of which nothing was written yet.
    pub(super) fresh: bool,
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
    due: Due,
    /// Due as well: changes of records that change in many views.
    hot: Due,
    held: BTreeMap<EdgeKey, (Moment, Waiting)>,
    /// The places of what waits.
    positions: Counted<u64>,
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
    /// Whether what enters is its hydration, of which nothing was written yet.
    pub(super) fresh: bool,
}

impl View {
    pub(super) fn new(target: Arc<Target>, generation: u64) -> View {
        View {
            target,
            due: Due::default(),
            hot: Due::default(),
            held: BTreeMap::new(),
            positions: Counted::default(),
            pauses: BTreeMap::new(),
            mark: Mark::None,
            marked_at: 0,
            generation,
            created_from: Moment::ZERO,
            allowed: 0,
            out: None,
            fresh: false,
        }
    }

    pub(super) fn waiting(&self, hot: bool) -> &Due {
        if hot { &self.hot } else { &self.due }
    }

    fn waiting_mut(&mut self, hot: bool) -> &mut Due {
        if hot { &mut self.hot } else { &mut self.due }
    }

    /// Makes an edge due that does not wait.
    pub(super) fn make_due(
        &mut self,
        hot: bool,
        key: EdgeKey,
        waiting: Waiting,
        counts: &mut Counts,
    ) {
        self.positions.add(waiting.position);
        counts.add(hot, waiting.fresh);
        self.waiting_mut(hot).insert(key, waiting);
    }

    /// Holds an edge back that does not wait.
    pub(super) fn hold(&mut self, key: EdgeKey, until: Moment, waiting: Waiting) {
        self.positions.add(waiting.position);
        self.held.insert(key, (until, waiting));
    }

    pub(super) fn holds_any(&self) -> bool {
        !self.held.is_empty()
    }

    /// Takes out what need not be held back any longer.
    pub(super) fn let_go(&mut self, now: Moment) -> Vec<(EdgeKey, Waiting)> {
        self.pauses.retain(|_, pause| pause.until > now);
        let ripe: Vec<_> = self.held.extract_if(.., |_, (until, _)| *until <= now).collect();
        let ripe: Vec<_> = ripe.into_iter().map(|(key, (_, waiting))| (key, waiting)).collect();
        ripe.iter().for_each(|(_, waiting)| self.positions.remove(waiting.position));
        self.shrink();
        ripe
    }

    /// Something of it was written: what waits of it waits like everything else.
    pub(super) fn mature(&mut self, counts: &mut Counts) {
        if std::mem::take(&mut self.fresh) {
            counts.fresh -= self.due.mature();
        }
    }

    /// Gives back what it does not need: a map keeps its first node of some kilobytes when nothing is in it any more, and of
    /// a hundred thousand views most have nothing to write.
    pub(super) fn shrink(&mut self) {
        for due in [&mut self.due, &mut self.hot] {
            if due.is_empty() {
                *due = Due::default();
            }
        }
        if self.held.is_empty() {
            self.held = BTreeMap::new();
        }
        if self.pauses.is_empty() {
            self.pauses = BTreeMap::new();
        }
        if self.len() == 0 {
            self.positions = Counted::default();
        }
    }

    /// Gives a change that waits a newer content; `false` if none does.
    pub(super) fn renew_change(&mut self, key: &EdgeKey, row: &EdgeRow) -> bool {
        let held = self.held.get_mut(key).map(|(_, waiting)| waiting);
        let waiting =
            held.or_else(|| self.hot.change_mut(key)).or_else(|| self.due.change_mut(key));
        match waiting {
            Some(Waiting { op: EdgeOp::Change(known), .. }) => {
                known.clone_from(row);
                true
            }
            _ => false,
        }
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
    pub(super) fn forget(&mut self, key: &EdgeKey, counts: &mut Counts) -> Option<Waiting> {
        let waiting = [false, true].into_iter().find_map(|hot| {
            let waiting = self.waiting_mut(hot).remove(key)?;
            counts.remove(hot, waiting.fresh);
            Some(waiting)
        });
        let waiting = waiting.or_else(|| self.held.remove(key).map(|(_, waiting)| waiting))?;
        self.positions.remove(waiting.position);
        counts.forget_change(key, &waiting.op);
        Some(waiting)
    }

    /// Takes the edge out that goes first, of those that a revocation takes away or of all; a change stays counted as one.
    pub(super) fn take_first(
        &mut self,
        (revoked, hot): (bool, bool),
        counts: &mut Counts,
    ) -> Option<(EdgeKey, Waiting)> {
        let waiting = self.waiting_mut(hot);
        let (key, waiting) = if revoked { waiting.pop_revoked() } else { waiting.pop_first() }?;
        counts.remove(hot, waiting.fresh);
        self.positions.remove(waiting.position);
        Some((key, waiting))
    }

    /// The place of the oldest operation that is not committed.
    pub(super) fn oldest(&self) -> Option<u64> {
        let marked = (self.mark != Mark::None).then_some(self.marked_at);
        let waiting = self.positions.first();
        waiting.into_iter().chain(self.out).chain(marked).min()
    }
}
