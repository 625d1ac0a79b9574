//! Loads of tables: which begin, what of them is told, and when a table stands (mechanism M2).

use std::time::Duration;

use protocol::{Change, ChangeId, Stamp};

use super::super::Captured;
use super::{Core, Effect, Feed, LoadNo, Order, Shown};
use crate::names;
use crate::schema::Way;

/// Loads under way at the same time.
const LOADS_MAX: usize = 4;

impl Core {
    pub(super) fn follow(&mut self, now: Duration, table: &str) {
        // Its rows are whatever is posted: none is read.
        if self.tuning.way == Way::Posts && !table.starts_with(names::OURS) {
            return;
        }
        self.tables.follow(table);
        self.announced.follow(now, table);
        if let Some(fed) = self.fed.get(table) {
            self.tables.look_again(table, *fed + self.settles_after());
        }
    }

    /// Loads every announced table once more, a while after the start: what was announced to nobody alive is committed.
    pub(super) fn load_announced_again(&mut self, now: Duration) {
        if self.loaded_again.take_if(|at| *at <= now).is_none() {
            return;
        }
        let announced = |table: &&String| self.is_announced(table);
        for table in self.tables.names().filter(announced).cloned().collect::<Vec<_>>() {
            self.tables.follow(&table);
        }
    }

    pub(super) fn begin_loads(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        let Some(position) = self.position.as_ref().filter(|it| now >= it.loads_from) else {
            return;
        };
        let floor = ChangeId { era: position.era, stamp: position.floor.floor(), position: 0 };
        let announced = &self.announced;
        let begun = self.tables.begin_loads(now, LOADS_MAX, |table| announced.is_reading(table));
        for (table, load) in begun {
            let known_by = if self.is_fed(&table) {
                (floor, Feed::Trusted)
            } else {
                (self.own_id(), Feed::Distrusted)
            };
            self.load(now, table, load, known_by, effects);
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
