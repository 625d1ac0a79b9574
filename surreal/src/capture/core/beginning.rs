//! Where reading begins, and begins anew (mechanism M1).
//!
//! # Invariants
//! - With each new beginning the era rises, and every followed table is loaded by difference, an overlap later: what stands
//!   before the new place, and what is still under way there, is in the pages.
//! - Until then changes are told as they come: who is applied to knows them by the new era.

use std::time::Duration;

use protocol::{ChangeId, Stamp};

use super::reading::Position;
use super::{Beginning, Core, Effect};

impl Core {
    pub(super) fn begun(
        &mut self,
        now: Duration,
        era: u32,
        floor: Stamp,
        wait: bool,
        effects: &mut Vec<Effect>,
    ) {
        let mut position = Position::begin(now, self.tuning.overlap, era, floor);
        if wait {
            position.loads_from = now + self.tuning.overlap;
        }
        self.era = self.era.max(era);
        effects.push(Effect::Keep(ChangeId { era, stamp: floor, position: 0 }));
        effects.push(position.read_tail(now, Duration::ZERO));
        self.position = Some(position);
    }

    /// Gives the present position up: from the feed's end on.
    pub(super) fn begin_anew(&mut self, effects: &mut Vec<Effect>) {
        let era = self.era + 1;
        tracing::warn!(era, "the feed is begun anew");
        self.leave(Beginning::Anew { era }, effects);
    }

    /// The database has lost a set that it had shown, and who knows what else: all that is held has to be loaded again,
    /// and whoever writes has to look at what stands. First the definitions say whether it is the same database at all.
    pub(super) fn undone(&mut self, now: Duration, set: Stamp, effects: &mut Vec<Effect>) {
        tracing::error!(stamp = set.0, "the database has lost commits that it had shown");
        self.undone = Some(now);
        self.begin_anew(effects);
        effects.push(Effect::ReadDefinitions);
    }

    /// One set cannot be read: goes on beyond it. Its tables' rows come with the loads.
    pub(super) fn pass_over(&mut self, since: Stamp, effects: &mut Vec<Effect>) {
        let era = self.era + 1;
        tracing::warn!(
            era,
            "a commit is too large to be read: passed over, every table is loaded again"
        );
        self.leave(Beginning::Beyond { era, since }, effects);
    }

    fn leave(&mut self, beginning: Beginning, effects: &mut Vec<Effect>) {
        if self.position.take().is_none() {
            return;
        }
        self.era += 1;
        self.tables.follow_all();
        self.auditor.cancel_all();
        // Whoever still waits is met again when the marks are loaded.
        self.marks.forget();
        effects.push(Effect::Begin(beginning));
    }
}
