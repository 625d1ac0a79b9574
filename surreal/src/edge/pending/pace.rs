//! When what waits goes out.
//!
//! # Invariants
//! - Half of the time at most is spent on writing, so that what comes in a row goes together; unless a flush is full, or
//!   something is revoked.
//! - The same for hot changes, in a time of their own: they wait after every flush that had some, and nobody else waits
//!   because of them. Of them a flush has as many as make it take a few milliseconds: whoever comes while it is out waits
//!   for it.

use std::time::Duration;

use super::Moment;

/// What a flush of hot changes may take.
const HOT_FLUSH: Duration = Duration::from_millis(8);

/// Hot changes in one flush, at least.
const HOT_ROWS_MIN: usize = 8;

/// … and at most, whatever a flush has else.
const HOT_ROWS_MAX: usize = 1_024;

/// What a flush has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parts {
    /// Anything but hot changes.
    pub(super) cool: bool,
    /// Changes of records that change in many views.
    pub(super) hot: bool,
}

#[derive(Debug, Default)]
pub(super) struct Pace {
    asked_at: Moment,
    out: Option<Parts>,
    gather_until: Moment,
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
    pub(super) fn gave(&mut self, now: Moment, parts: Parts) {
        self.out = Some(parts);
        self.asked_at = now;
    }

    /// It came back.
    pub(super) fn came_back(&mut self, now: Moment, linger: Duration) {
        let Some(parts) = self.out.take() else { return };
        let took = now.saturating_sub(self.asked_at);
        if parts.cool {
            self.gather_until = now + took.min(linger);
        }
        if parts.hot {
            self.hot_from = now + took;
            let rows = self.hot_rows.clamp(HOT_ROWS_MIN, HOT_ROWS_MAX);
            self.hot_rows = if took > HOT_FLUSH { rows * 3 / 4 } else { rows + 4 };
        }
    }

    /// What of that which waits goes out now. What goes by itself takes along what only gathers.
    pub(super) fn ripe(&self, now: Moment, due: Parts, urgent: bool) -> Option<Parts> {
        let cool = due.cool && (urgent || now >= self.gather_until);
        let hot = due.hot && now >= self.hot_from;
        (cool || hot).then_some(Parts { cool: due.cool, hot })
    }

    /// When something that waits will be ripe.
    pub(super) fn ripe_at(&self, due: Parts) -> Option<Moment> {
        let cool = due.cool.then_some(self.gather_until);
        let hot = due.hot.then_some(self.hot_from);
        cool.into_iter().chain(hot).min()
    }
}
