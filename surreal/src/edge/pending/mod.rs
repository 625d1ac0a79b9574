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

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use protocol::{ViewKey, limits};

mod batches;
mod counted;
mod counts;
mod due;
mod outcome;
mod pace;
mod view;

use super::batch::Batch;
use super::turns::Turns;
use super::{EdgeKey, EdgeOp, Target};
use counts::Counts;
pub(super) use due::class;
use pace::Pace;
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
    /// Find out what these views' edges should be; then say [`Pending::reconciled`] of each.
    Reconcile(Vec<Arc<Target>>),
    /// Nothing is due before then.
    Wait(Moment),
    /// Nothing waits, or what was given out last did not come back yet.
    Idle,
}

/// What waits on one lane.
#[derive(Debug)]
pub struct Pending {
    limits: Limits,
    /// Never walked where their order would matter.
    views: HashMap<ViewKey, View, foldhash::fast::RandomState>,
    turns: Turns,
    hot_turns: Turns,
    /// Views with edges that a revocation takes away.
    revoked: BTreeSet<ViewKey>,
    clearing: BTreeSet<ViewKey>,
    reconciling: BTreeSet<ViewKey>,
    /// When something that is held back is due.
    wakes: BTreeSet<(Moment, ViewKey)>,
    counts: Counts,
    /// The place of the last operation that came in.
    position: u64,
    /// Counts the times that a view was made or marked: what was on its way before is of no use after.
    generation: u64,
    pace: Pace,
    /// Whether what was given out last concerned a whole view.
    whole_last: bool,
}

impl Pending {
    /// Begins with nothing.
    pub fn new(limits: Limits) -> Pending {
        Pending {
            limits,
            views: HashMap::default(),
            turns: Turns::default(),
            hot_turns: Turns::default(),
            revoked: BTreeSet::new(),
            clearing: BTreeSet::new(),
            reconciling: BTreeSet::new(),
            wakes: BTreeSet::new(),
            counts: Counts::default(),
            position: 0,
            generation: 0,
            pace: Pace::default(),
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

    /// What enters from now on is a view's hydration, until something of it is written.
    pub fn hydrate(&mut self, view: &ViewKey) {
        if let Some(view) = self.views.get_mut(view) {
            view.fresh = true;
        }
    }

    /// Takes an operation in; `true` if it is a change and took the place of one that waits, so that it is written when that
    /// one would have been. Of a view that is not known, has ended, or waits to be reconciled, nothing is kept.
    pub fn push(&mut self, now: Moment, view: &ViewKey, key: EdgeKey, op: EdgeOp) -> bool {
        self.position += 1;
        if let EdgeOp::Change(row) = &op
            && self.views.get_mut(view).is_some_and(|view| view.renew_change(&key, row))
        {
            return true;
        }
        let waiting = Waiting { op, since: now, position: self.position, fresh: false };
        self.keep(now, view, key, waiting);
        let rows_max = self.limits.rows_per_view_max;
        if self.views.get(view).is_some_and(|view| view.len() > rows_max.max(view.allowed)) {
            self.reconcile(view);
        }
        false
    }

    fn keep(&mut self, now: Moment, id: &ViewKey, key: EdgeKey, mut waiting: Waiting) {
        let Some(view) = self.views.get_mut(id).filter(|view| view.mark.keeps()) else { return };
        let old = view.forget(&key, &mut self.counts);
        waiting.fresh = view.fresh && matches!(waiting.op, EdgeOp::Enter(_));
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
                self.counts.note_change(&key.record);
            }
            if !leaves && until > now {
                view.hold(key, until, waiting);
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
        let hot = self.counts.is_hot(&key, &waiting.op);
        let turns = if hot { &mut self.hot_turns } else { &mut self.turns };
        turns.queue(id, waiting.since);
        view.make_due(hot, key, waiting, &mut self.counts);
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
            view.forget(&key, &mut self.counts);
        }
        self.look_at(id);
        self.wakes.retain(|(_, waiting)| waiting != id);
    }

    /// Sees to it that a view stands where it has something to write, and nowhere else.
    fn look_at(&mut self, id: &ViewKey) {
        let Some(view) = self.views.get_mut(id) else { return };
        view.shrink();
        if view.waiting(false).has_revoked() {
            self.revoked.insert(id.clone());
        } else {
            self.revoked.remove(id);
        }
        if view.waiting(false).is_empty() {
            self.turns.remove(id);
        }
        if view.waiting(true).is_empty() {
            self.hot_turns.remove(id);
        }
    }

    // -- how far it is ---------------------------------------------------------------------------------------

    /// The place of the last operation that came in: what [`Pending::oldest`] is compared with later.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The place of a view's oldest operation that is not committed; `None` if all are.
    pub fn oldest(&self, view: &ViewKey) -> Option<u64> {
        self.views.get(view).and_then(View::oldest)
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
        !self.pace.is_out() && !marked && self.len() == 0
    }
}

#[cfg(test)]
mod tests;
