//! When what waits goes out.
//!
//! # Invariants
//! - Half of the time at most is spent on writing, so that what comes in a row goes together; unless a flush is full, or
//!   something is revoked.
//! - The same for hot changes, in a time of their own: they wait after every flush that had some, and nobody else waits
//!   because of them. Of them a flush has as many as it takes a few milliseconds to write: whoever comes while it is out
//!   waits for it.
//! - Hydrations that follow each other go together: a client that starts registers view after view.

use std::time::Duration;

use protocol::limits;

use super::{HOT_PAUSE, Moment};

/// What the hot changes of a flush may take.
const HOT_FLUSH: Duration = Duration::from_millis(3);

/// How long a hydration waits for others, after one was written.
const HYDRATIONS_GATHER: Duration = Duration::from_millis(limits::HYDRATIONS_GATHER_MS);

/// Hot changes in one flush, at least.
const HOT_ROWS_MIN: usize = 8;

/// … and at most, whatever a flush has else.
const HOT_ROWS_MAX: usize = 1_024;

/// Which edges go, or wait to go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    /// Any of the others.
    pub(super) cool: bool,
    /// Hydrations.
    pub(super) fresh: bool,
    /// Changes of records that change in many views.
    pub(super) hot: bool,
}

/// What was given out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Out {
    pub(super) at: Moment,
    /// How many edges that are not hot; one for a view as a whole.
    pub(super) cool: usize,
    /// How many hot ones.
    pub(super) hot: usize,
}

#[derive(Debug, Default)]
pub(super) struct Pace {
    out: Option<Out>,
    gather_until: Moment,
    fresh_from: Moment,
    hot_from: Moment,
    /// Hot changes in one flush.
    hot_rows: usize,
}

impl Pace {
    /// Whether something is out.
    pub(super) fn is_out(&self) -> bool {
        self.out.is_some()
    }

    /// How many hot changes a flush of at most so many edges has.
    pub(super) fn hot_rows(&self, rows_per_flush: usize) -> usize {
        self.hot_rows.max(HOT_ROWS_MIN).min(rows_per_flush.div_ceil(4))
    }

    /// Something was given out.
    pub(super) fn gave(&mut self, out: Out) {
        self.out = Some(out);
    }

    /// It came back.
    pub(super) fn came_back(&mut self, now: Moment, linger: Duration) {
        let Some(Out { at, cool, hot }) = self.out.take() else { return };
        let took = now.saturating_sub(at);
        if cool > 0 {
            self.gather_until = now + took.min(linger);
        }
        if hot > 0 {
            self.hot_from = now + took.min(HOT_PAUSE);
            let share = took * as_factor(hot) / as_factor(hot + cool);
            let rows = self.hot_rows.clamp(HOT_ROWS_MIN, HOT_ROWS_MAX);
            self.hot_rows = if share > HOT_FLUSH { rows * 3 / 4 } else { rows + 4 };
        }
    }

    /// A hydration was written.
    pub(super) fn hydrated(&mut self, now: Moment, linger: Duration) {
        self.fresh_from = now + HYDRATIONS_GATHER.min(linger);
    }

    /// What of that which waits goes out now. What goes by itself takes along what only gathers.
    pub(super) fn ripe(&self, now: Moment, due: Parts, urgent: bool) -> Option<Parts> {
        let cool = due.cool && (urgent || now >= self.gather_until);
        let fresh = due.fresh && (urgent || now >= self.gather_until.max(self.fresh_from));
        let hot = due.hot && now >= self.hot_from;
        (cool || fresh || hot).then_some(Parts { hot, ..due })
    }

    /// When something that waits will be ripe.
    pub(super) fn ripe_at(&self, due: Parts) -> Option<Moment> {
        let cool = due.cool.then_some(self.gather_until);
        let fresh = due.fresh.then_some(self.gather_until.max(self.fresh_from));
        let hot = due.hot.then_some(self.hot_from);
        cool.into_iter().chain(fresh).chain(hot).min()
    }
}

/// A flush has less edges than that by far.
fn as_factor(edges: usize) -> u32 {
    u32::try_from(edges).unwrap_or(u32::MAX)
}
