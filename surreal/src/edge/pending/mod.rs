//! What waits to be written: state, not a queue (mechanism M11).
//!
//! Of each edge only its last operation is kept, so what waits is bounded by the edges that exist, and whoever steps
//! the views never waits for the writer. When the lane is free it asks for the next batch.
//!
//! # Invariants
//! - Per edge the latest operation wins, and operations never overtake each other: one batch is out at a time, and
//!   what comes meanwhile waits behind it.
//! - Order: what a revocation takes away; then users by turns, each one's longest waiting view, whole where it fits.
//! - An edge that was removed is not created again within the pause, and not at all if it leaves meanwhile: LIVE may
//!   tell a removal after the next creation.
//! - A record that changes in many views at once is written last and at most once a second, with its newest version.
//! - Lossless: a view whose map would pass its limit is reconciled instead.
//!
//! # Absent on purpose
//! No clock, no I/O, no lock: the owner says what time it is, and writes. See [`super::Lane`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use protocol::{ViewKey, limits};
use surrealdb_types::RecordId;

mod batches;
mod due;
mod outcome;
mod view;

use super::batch::Batch;
use super::turns::Turns;
use super::{EdgeKey, EdgeOp, Target};
pub(super) use due::class;
use view::{After, Mark, PauseKind, View, Waiting};

/// Time since the owner's clock began.
pub type Moment = Duration;

const HOT_PAUSE: Duration = Duration::from_millis(limits::HOT_RECORD_PAUSE_MS);

/// How much goes at once, and how long things wait.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Edges in one transaction.
    pub rows_per_flush: usize,
    /// Waiting edges of one view, above which it is reconciled.
    pub rows_per_view_max: usize,
    /// Between removing an edge and creating it again.
    pub recreate_pause: Duration,
    /// The longest time that a busy lane gathers; zero: what waits goes as soon as the lane is free.
    pub linger: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            rows_per_flush: limits::EDGE_ROWS_PER_FLUSH,
            rows_per_view_max: limits::PENDING_PER_VIEW_MAX,
            recreate_pause: Duration::from_millis(limits::EDGE_RECREATE_PAUSE_MS),
            linger: Duration::from_millis(100),
        }
    }
}

/// What the lane does next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Write these; then say [`Pending::written`] or [`Pending::put_back`].
    Write(Batch),
    /// Remove edges of this view, some at a time; then say [`Pending::cleared`].
    Clear(Arc<Target>),
    /// Find out what this view's edges should be; then say [`Pending::reconciled`].
    Reconcile(Arc<Target>),
    /// Nothing is due before then.
    Wait(Moment),
    /// Nothing waits, or what was given out last did not come back yet.
    Idle,
}

/// What waits on one lane.
#[derive(Debug)]
pub struct Pending {
    limits: Limits,
    views: BTreeMap<ViewKey, View>,
    turns: Turns,
    hot_turns: Turns,
    /// Views with edges that a revocation takes away.
    revoked: BTreeSet<ViewKey>,
    clearing: BTreeSet<ViewKey>,
    reconciling: BTreeSet<ViewKey>,
    /// When something that is held back is due.
    wakes: BTreeSet<(Moment, ViewKey)>,
    /// Waiting changes of each record. Never walked, so its order does not matter.
    changes: HashMap<RecordId, u32>,
    /// How many edges are due, all views together.
    due: usize,
    /// The place of the last operation that came in.
    position: u64,
    /// Counts the times that a view was made or marked: what was on its way before is of no use after.
    generation: u64,
    /// Whether something is out.
    out: bool,
    asked_at: Moment,
    gather_until: Moment,
    /// Whether what was given out last concerned a whole view.
    whole_last: bool,
}

impl Pending {
    /// Begins with nothing.
    pub fn new(limits: Limits) -> Pending {
        Pending {
            limits,
            views: BTreeMap::new(),
            turns: Turns::default(),
            hot_turns: Turns::default(),
            revoked: BTreeSet::new(),
            clearing: BTreeSet::new(),
            reconciling: BTreeSet::new(),
            wakes: BTreeSet::new(),
            changes: HashMap::new(),
            due: 0,
            position: 0,
            generation: 0,
            out: false,
            asked_at: Moment::ZERO,
            gather_until: Moment::ZERO,
            whole_last: false,
        }
    }

    // -- what comes in ---------------------------------------------------------------------------------------

    /// Makes a view known, or says anew where its edges go.
    pub fn admit(&mut self, target: Target) {
        let target = Arc::new(target);
        match self.views.get_mut(&target.view) {
            Some(view) => {
                view.target = target;
                if view.mark == Mark::Clear(After::Forget) {
                    view.mark = Mark::Clear(After::GoOn);
                }
            }
            None => {
                self.generation += 1;
                self.views.insert(target.view.clone(), View::new(target, self.generation));
            }
        }
    }

    /// Takes an operation in. Of a view that is not known, has ended, or waits to be reconciled, nothing is kept.
    pub fn push(&mut self, now: Moment, view: &ViewKey, key: EdgeKey, op: EdgeOp) {
        self.position += 1;
        let waiting = Waiting { op, since: now, position: self.position };
        self.keep(now, view, key, waiting);
        let rows_max = self.limits.rows_per_view_max;
        if self.views.get(view).is_some_and(|view| view.len() > rows_max.max(view.allowed)) {
            self.reconcile(view);
        }
    }

    fn keep(&mut self, now: Moment, id: &ViewKey, key: EdgeKey, mut waiting: Waiting) {
        let Some(view) = self.views.get_mut(id).filter(|view| view.mark.keeps()) else { return };
        let old = view.forget(&key, &mut self.due, &mut self.changes);
        let pause = view.pauses.get(&key).copied().filter(|pause| pause.until > now);
        let removed = match pause {
            Some(pause) => pause.kind == PauseKind::Removed,
            None => view.created_from > now,
        };
        let leaves = matches!(waiting.op, EdgeOp::Leave { .. });
        if let Some(old) = old {
            waiting.since = waiting.since.min(old.since);
            waiting.position = waiting.position.min(old.position);
        }
        let changes = matches!(waiting.op, EdgeOp::Change(_));
        let paused = pause.filter(|pause| changes || pause.kind != PauseKind::Hot);
        let until = paused.map_or(view.created_from, |pause| pause.until.max(view.created_from));
        // What leaves and is not there, because it was not created again yet, is nothing to remove.
        if !(leaves && removed) {
            if changes {
                *self.changes.entry(key.record.clone()).or_default() += 1;
            }
            if !leaves && until > now {
                view.held.insert(key, (until, waiting));
                if until < Moment::MAX {
                    self.wakes.insert((until, id.clone()));
                }
            } else {
                self.make_due(id, key, waiting);
            }
        }
        self.look_at(id);
    }

    fn make_due(&mut self, id: &ViewKey, key: EdgeKey, waiting: Waiting) {
        let view = self.views.get_mut(id).expect("only known views wait");
        let many =
            self.changes.get(&key.record).is_some_and(|&count| count > limits::HOT_RECORD_EDGES);
        let hot = many && matches!(waiting.op, EdgeOp::Change(_));
        self.due += 1;
        let turns = if hot { &mut self.hot_turns } else { &mut self.turns };
        turns.queue(id, waiting.since);
        view.waiting_mut(hot).insert(key, waiting);
    }

    /// Lets all of a view's edges go, ahead of everything else: it is refused, or it `ended` and is then forgotten.
    /// What waits of it is dropped; what comes from now on is written when they are gone.
    pub fn clear(&mut self, view: &ViewKey, ended: bool) {
        let after = if ended { After::Forget } else { After::GoOn };
        self.mark(view, Mark::Clear(after));
    }

    /// Forgets what waits of a view, and will ask for [`Next::Reconcile`].
    pub fn reconcile(&mut self, id: &ViewKey) {
        match self.views.get(id).map(|view| view.mark) {
            None | Some(Mark::Clear(After::Forget)) => {}
            Some(Mark::Clear(_)) => self.mark(id, Mark::Clear(After::Reconcile)),
            Some(_) => self.mark(id, Mark::Reconcile),
        }
    }

    /// Forgets a view and what waits of it; its edges stay as they are.
    pub fn forget(&mut self, view: &ViewKey) {
        self.drop_waiting(view);
        self.clearing.remove(view);
        self.reconciling.remove(view);
        self.views.remove(view);
        self.turns.forget_user(&view.auth);
        self.hot_turns.forget_user(&view.auth);
    }

    fn mark(&mut self, id: &ViewKey, mark: Mark) {
        let oldest = self.views.get(id).and_then(View::oldest);
        self.drop_waiting(id);
        let Some(view) = self.views.get_mut(id) else { return };
        self.position += 1;
        self.generation += 1;
        view.mark = mark;
        view.generation = self.generation;
        // What was dropped is owed as before.
        view.marked_at = oldest.unwrap_or(self.position);
        self.clearing.remove(id);
        self.reconciling.remove(id);
        if let Mark::Clear(_) = mark {
            view.created_from = Moment::MAX;
            self.clearing.insert(id.clone());
        } else {
            self.reconciling.insert(id.clone());
        }
    }

    fn drop_waiting(&mut self, id: &ViewKey) {
        let Some(view) = self.views.get_mut(id) else { return };
        for key in view.keys() {
            view.forget(&key, &mut self.due, &mut self.changes);
        }
        self.look_at(id);
        self.wakes.retain(|(_, waiting)| waiting != id);
    }

    /// Sees to it that a view stands where it has something to write, and nowhere else.
    fn look_at(&mut self, id: &ViewKey) {
        let Some(view) = self.views.get(id) else { return };
        if view.due.has_revoked() {
            self.revoked.insert(id.clone());
        } else {
            self.revoked.remove(id);
        }
        if view.due.is_empty() {
            self.turns.remove(id);
        }
        if view.hot.is_empty() {
            self.hot_turns.remove(id);
        }
    }

    // -- how far it is ---------------------------------------------------------------------------------------

    /// The place of the last operation that came in: what [`Pending::is_written`] is asked about later.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Whether all that came in for a view up to a place is committed.
    pub fn is_written(&self, view: &ViewKey, up_to: u64) -> bool {
        self.views.get(view).is_none_or(|view| view.oldest().is_none_or(|oldest| oldest > up_to))
    }

    /// Whether all that came in up to a place is committed.
    pub fn is_all_written(&self, up_to: u64) -> bool {
        self.views.values().filter_map(View::oldest).min().is_none_or(|oldest| oldest > up_to)
    }

    /// How many edges wait.
    pub fn len(&self) -> usize {
        self.views.values().map(View::len).sum()
    }

    /// Whether nothing waits and nothing is out.
    pub fn is_empty(&self) -> bool {
        let marked = !self.clearing.is_empty() || !self.reconciling.is_empty();
        !self.out && !marked && self.len() == 0
    }
}

#[cfg(test)]
mod tests;
