//! Loads of tables: which begin, what of them is told, and when a table stands (mechanism M2).

use std::time::Duration;

use protocol::{Change, ChangeId, Stamp};

use super::super::Captured;
use super::{Core, Effect, Feed, LoadNo, Order, Shown};

/// Loads under way at the same time.
const LOADS_MAX: usize = 4;

impl Core {
    pub(super) fn follow(&mut self, table: &str) {
        self.tables.follow(table);
        if let Some(fed) = self.fed.get(table) {
            self.tables.look_again(table, *fed + 2 * self.tuning.overlap);
        }
    }

    pub(super) fn begin_loads(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        let Some(position) = self.position.as_ref().filter(|it| now >= it.loads_from) else {
            return;
        };
        let floor = ChangeId { era: position.era, stamp: position.floor.floor(), position: 0 };
        for (table, load) in self.tables.begin_loads(now, LOADS_MAX) {
            self.load(now, table, load, (floor, Feed::Trusted), effects);
        }
    }

    pub(super) fn load(
        &mut self,
        now: Duration,
        table: String,
        load: LoadNo,
        (floor, feed): (ChangeId, Feed),
        effects: &mut Vec<Effect>,
    ) {
        self.auditor.cancel(&table);
        let computed = self.computed(&table);
        let version = self.clock.next(now);
        tracing::debug!(table, "load");
        effects.push(Effect::Tell(Captured::LoadBegin { table: table.clone() }));
        effects.push(Effect::Load(Order { table, load, floor, feed, version, computed }));
    }

    pub(super) fn rows(
        &mut self,
        now: Duration,
        table: String,
        load: LoadNo,
        rows: Vec<Change>,
        effects: &mut Vec<Effect>,
    ) {
        if !self.tables.is_loading(&table, load) {
            return;
        }
        self.look_for_marks(now, &rows, effects);
        effects.push(Effect::Tell(Captured::LoadRows { table, rows }));
    }

    pub(super) fn loaded(
        &mut self,
        now: Duration,
        table: String,
        shown: Shown,
        gone: Vec<Change>,
        at: ChangeId,
        effects: &mut Vec<Effect>,
    ) {
        if !gone.is_empty() {
            effects.push(Effect::Tell(Captured::Changes(gone)));
        }
        effects.push(Effect::Tell(Captured::LoadEnd { table: table.clone(), at }));
        for later in self.tables.end_load(now, &table, shown) {
            self.look_for_marks(now, &later, effects);
            effects.push(Effect::Tell(Captured::Changes(later)));
        }
        if let Some(position) = &self.position {
            let read = position.history.highest();
            self.stand(read, None, effects);
        }
    }

    /// Says which tables stand, now that the tail has read so far.
    pub(super) fn stand(&mut self, read: Stamp, end: Option<Duration>, effects: &mut Vec<Effect>) {
        for table in self.tables.passed(read, end) {
            effects.push(Effect::Tell(Captured::CaughtUp { table }));
        }
    }
}
