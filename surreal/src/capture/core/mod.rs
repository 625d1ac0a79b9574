//! What a reader of the changefeed decides: where to read on, what of it is new, what waits for what.
//!
//! Synchronous and deterministic: time comes with each input, as the time since the reader started, and everything to be
//! done goes out as an [`Effect`]. The recipes are mechanisms M1, M2, M6 and M12.
//!
//! # Invariants
//! - What is told of one record is told in the order in which the database committed it.
//! - A stamp is never calculated with, except for `next`.
//! - Nothing is told of a table before its load began, and its load begins after everything older than `floor` is over.
//!
//! # Absent on purpose
//! No I/O, no clock, no task: see [`super::shell`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use protocol::{Change, ChangeId, Stamp};
use surrealdb_types::RecordId;

mod definitions;
mod floor;
mod history;
mod marks;
mod pager;
mod reading;
mod tables;
#[cfg(test)]
mod tests;

pub(crate) use pager::Pager;
pub(crate) use tables::{LoadNo, Shown};

use super::Captured;
use super::feed::Set;
use crate::schema::Schema;
use crate::versions::Clock;
use marks::{Marks, Pulse};
use reading::Position;
use tables::Tables;

/// Loads under way at the same time.
const LOADS_MAX: usize = 4;

/// What was asked of the feed, and what came back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    /// Of which beginning of the feed.
    pub(crate) era: u32,
    /// When it was asked.
    pub(crate) began: Duration,
    pub(crate) outcome: Result<Vec<Set>, Lost>,
}

/// Why nothing came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The question was heard: the answer may be too large to be carried.
    Answer,
    /// Nobody heard it, or it was refused.
    Question,
}

/// What the core is told.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// Where reading begins. `wait`: commits older than that may still be under way.
    Begun {
        era: u32,
        floor: Stamp,
        wait: bool,
    },
    Follow(String),
    Forget(String),
    Views(usize),
    Tail(Reading),
    Swept(Reading),
    Rows {
        table: String,
        load: LoadNo,
        rows: Vec<Change>,
    },
    /// The pages stand; `gone` was deleted as far as the load's feed showed.
    Loaded {
        table: String,
        load: LoadNo,
        shown: Shown,
        gone: Vec<Change>,
        at: ChangeId,
    },
    /// `lost`: its answer may have been too large.
    LoadFailed {
        table: String,
        load: LoadNo,
        lost: bool,
    },
    /// Definitions were read; these tables had just been given their feed.
    Defined {
        began: Duration,
        schema: Arc<Schema>,
        given: Vec<String>,
    },
    /// The definitions shall be read at once.
    Refresh,
    /// The reader's own mark is acknowledged.
    MarkRaised {
        n: i64,
    },
    MarkFailed,
    Tick,
}

/// One load to be done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Order {
    pub(crate) table: String,
    pub(crate) load: LoadNo,
    /// Where its reading of the feed begins; rows that it does not show carry this.
    pub(crate) floor: ChangeId,
    /// For all its rows.
    pub(crate) version: protocol::RowVersion,
    /// COMPUTED fields, which are no content.
    pub(crate) computed: Vec<String>,
}

/// What the core wants done.
#[derive(Debug)]
pub(crate) enum Effect {
    Tell(Captured),
    /// Find out where reading begins; the era to begin, if it is not the first time.
    Begin {
        anew: Option<u32>,
    },
    ReadTail {
        era: u32,
        since: Stamp,
        limit: usize,
        after: Duration,
    },
    ReadSweep {
        era: u32,
        since: Stamp,
        limit: usize,
        after: Duration,
    },
    Load(Order),
    ReadDefinitions,
    RaiseMark,
    /// Write the durable resume point.
    Keep(ChangeId),
    /// A commit became visible so long after a newer one.
    CountLate(Duration),
}

/// What the core's behaviour depends on.
#[derive(Clone, Debug)]
pub(crate) struct Tuning {
    /// W: how long a commit may take from its stamp to its visibility.
    pub(crate) overlap: Duration,
    /// The reader's own mark.
    pub(crate) own_mark: RecordId,
}

#[derive(Debug)]
pub(crate) struct Core {
    tuning: Tuning,
    clock: Clock,
    /// `None` while it is being found out where to begin.
    position: Option<Position>,
    tables: Tables,
    marks: Marks,
    pulse: Pulse,
    views: usize,
    last_change: Option<Duration>,
    schema: Option<Arc<Schema>>,
    /// When tables were given their feed, or came to be others under the same name.
    fed: BTreeMap<String, Duration>,
}

impl Core {
    pub(crate) fn new(tuning: Tuning, clock: Clock) -> Core {
        Core {
            tuning,
            clock,
            position: None,
            tables: Tables::default(),
            marks: Marks::default(),
            pulse: Pulse::default(),
            views: 0,
            last_change: None,
            schema: None,
            fed: BTreeMap::new(),
        }
    }

    /// The greatest version that was given: what the bound has to cover before the effects go out.
    pub(crate) fn last_version(&self) -> protocol::RowVersion {
        self.clock.last()
    }

    pub(crate) fn step(&mut self, now: Duration, input: Input, effects: &mut Vec<Effect>) {
        match input {
            Input::Begun { era, floor, wait } => self.begun(now, era, floor, wait, effects),
            Input::Follow(table) => self.follow(&table),
            Input::Forget(table) => self.tables.forget(&table),
            Input::Views(views) => self.views = views,
            Input::Tail(reading) => self.tail_read(now, reading, effects),
            Input::Swept(reading) => self.sweep_read(now, reading, effects),
            Input::Rows { table, load, rows } => self.rows(now, table, load, rows, effects),
            Input::Loaded { table, load, shown, gone, at } => {
                if self.tables.is_loading(&table, load) {
                    self.loaded(now, table, shown, gone, at, effects);
                }
            }
            Input::LoadFailed { table, load, .. } => self.tables.restart_load(&table, load),
            Input::Defined { began, schema, given } => {
                self.defined(now, began, schema, given, effects);
            }
            Input::Refresh => effects.push(Effect::ReadDefinitions),
            Input::MarkRaised { n } => self.pulse.raised(now, n, self.tuning.overlap / 2),
            Input::MarkFailed => self.pulse.failed(now),
            Input::Tick => {}
        }
        self.go_on(now, effects);
    }

    // -- beginning -------------------------------------------------------------------------------------------

    fn begun(
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
        effects.push(Effect::Keep(ChangeId { era, stamp: floor, position: 0 }));
        effects.push(position.read_tail(now, Duration::ZERO));
        self.position = Some(position);
    }

    /// Gives the present position up: from the feed's end on, in a new era, with every table loaded by difference.
    fn begin_anew(&mut self, effects: &mut Vec<Effect>) {
        let Some(position) = self.position.take() else { return };
        tracing::warn!(era = position.era, "the feed is begun anew");
        self.tables.follow_all();
        effects.push(Effect::Begin { anew: Some(position.era + 1) });
    }

    /// Begins whatever is due.
    fn go_on(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        let Some(position) = &mut self.position else { return };
        match position.begin_sweep(now) {
            Some(true) => effects.push(position.read_sweep(Duration::ZERO)),
            Some(false) => self.end_sweep(effects),
            None => {}
        }
        if self.pulse.is_due(now) {
            effects.push(Effect::RaiseMark);
        }
        self.begin_loads(now, effects);
        self.tell_swept(effects);
    }

    // -- loading ---------------------------------------------------------------------------------------------

    fn follow(&mut self, table: &str) {
        self.tables.follow(table);
        if let Some(fed) = self.fed.get(table) {
            self.tables.look_again(table, *fed + 2 * self.tuning.overlap);
        }
    }

    fn begin_loads(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        let Some(position) = self.position.as_ref().filter(|it| now >= it.loads_from) else {
            return;
        };
        let (era, stamp) = (position.era, position.floor.floor());
        for (table, load) in self.tables.begin_loads(now, LOADS_MAX) {
            let floor = ChangeId { era, stamp, position: 0 };
            let computed = self.computed(&table);
            let version = self.clock.next(now);
            tracing::debug!(table, "load");
            effects.push(Effect::Tell(Captured::LoadBegin { table: table.clone() }));
            effects.push(Effect::Load(Order { table, load, floor, version, computed }));
        }
    }

    fn rows(
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

    fn loaded(
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
    fn stand(&mut self, read: Stamp, end: Option<Duration>, effects: &mut Vec<Effect>) {
        for table in self.tables.passed(read, end) {
            effects.push(Effect::Tell(Captured::CaughtUp { table }));
        }
    }
}
