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

use protocol::{Change, ChangeId, Sighting, Stamp};
use surrealdb_types::RecordId;

mod announced;
mod asked;
mod auditor;
mod beginning;
mod definitions;
mod eras;
mod floor;
mod history;
mod known;
mod loads;
mod marks;
mod own;
mod pager;
mod posted;
mod reading;
mod tables;
#[cfg(test)]
mod tests;

pub use announced::Announcement;
pub(crate) use announced::{Asked, Found, Seen};
pub(crate) use asked::AskedFor;
pub(crate) use auditor::{Look, Looked, Place, Went};
pub(crate) use pager::Pager;
pub(crate) use tables::{LoadNo, Shown};

use super::feed::Set;
use super::{Captured, Post, Receipt};
use crate::schema::{Schema, Way};
use crate::versions::Clock;
use announced::Announced;
use auditor::Auditor;
use eras::Rounds;
use marks::{Marks, Pulse};
use own::Own;
use reading::Position;
use tables::Tables;

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
    /// Events announce this; of these tables more than was kept.
    Announced {
        said: Vec<Announcement>,
        flooded: Vec<String>,
    },
    /// Somebody posts rows.
    Posted {
        posts: Vec<Post>,
        receipt: Receipt,
    },
    /// How announced records were found, by a question of that moment; or what was asked, of nobody.
    LookedAfter {
        began: Duration,
        seen: Result<Vec<Seen>, Vec<Asked>>,
    },
    /// Announced records as they were read, by a question of that moment.
    Read {
        began: Duration,
        id: ChangeId,
        found: Result<Vec<Found>, Lost>,
    },
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
    /// Some of what a look found.
    Sighted {
        pass: u64,
        sightings: Vec<Sighting>,
    },
    /// A look ended.
    Audited(Looked),
    /// Records that are held and that no look of the pass found.
    Unmet {
        pass: u64,
        records: Vec<RecordId>,
    },
    /// Somebody wants to have records looked at.
    LookAt(AskedFor),
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

/// Whether what the feed shows can be relied upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feed {
    Trusted,
    /// It is not to be asked.
    Distrusted,
}

/// One load to be done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Order {
    pub(crate) table: String,
    pub(crate) load: LoadNo,
    /// Where its reading of the feed begins; rows that it does not show carry this.
    pub(crate) floor: ChangeId,
    pub(crate) feed: Feed,
    /// For all its rows.
    pub(crate) version: protocol::RowVersion,
    /// COMPUTED fields, which are no content.
    pub(crate) computed: Vec<String>,
}

/// Where reading begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// Where it was, or at the feed's end.
    First,
    /// At the feed's end, as this era.
    Anew { era: u32 },
    /// Beyond a set that cannot be read and that stands there or later, as this era.
    Beyond { era: u32, since: Stamp },
}

/// What the core wants done.
#[derive(Debug)]
pub(crate) enum Effect {
    Tell(Captured),
    /// Find out where reading begins.
    Begin(Beginning),
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
    Audit(Look),
    /// Find out which of these are committed.
    LookAfter(Vec<Asked>),
    /// Read these records; what is found of them is known by the id.
    Read {
        records: Vec<RecordId>,
        id: ChangeId,
    },
    /// How old the last whole audit of each table is: when it ended.
    NoteAudits(BTreeMap<String, Option<Duration>>),
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
    /// The auditor's budget.
    pub(crate) audit_rows_per_second: usize,
    /// How changes of users' tables reach us.
    pub(crate) way: Way,
    /// How long an announcement waits for its commit.
    pub(crate) patience: Duration,
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
    auditor: Auditor,
    own: Own,
    asked: asked::Queue,
    announced: Announced,
    /// Then every announced table is loaded once more: writers whom nobody alive heard may have committed behind its load.
    loaded_again: Option<Duration>,
    /// When the question began whose answer the newest definitions are.
    defined: Option<Duration>,
    /// The newest era: every change that is told belongs to it or to an earlier one.
    era: u32,
    /// Loads instead of the feed, while that is not trusted.
    rounds: Option<Rounds>,
    /// When it was found that the database had lost what it had shown, until the definitions say whether it is the same.
    undone: Option<Duration>,
    views: usize,
    last_change: Option<Duration>,
    schema: Option<Arc<Schema>>,
    /// When tables were given their feed, or came to be others under the same name.
    fed: BTreeMap<String, Duration>,
}

impl Core {
    pub(crate) fn new(tuning: Tuning, clock: Clock) -> Core {
        let auditor = Auditor::new(tuning.audit_rows_per_second);
        let announced = Announced::new(tuning.patience);
        let loaded_again = tuning.way.announcing().map(|_| tuning.patience);
        Core {
            tuning,
            clock,
            position: None,
            tables: Tables::default(),
            marks: Marks::default(),
            pulse: Pulse::default(),
            auditor,
            own: Own::default(),
            asked: asked::Queue::default(),
            announced,
            loaded_again,
            defined: None,
            era: 0,
            rounds: None,
            undone: None,
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
            Input::Follow(table) => {
                self.follow(now, &table);
                self.note_audits(effects);
            }
            Input::Forget(table) => {
                self.tables.forget(&table);
                self.auditor.forget(&table);
                self.note_audits(effects);
            }
            Input::Views(views) => self.views = views,
            Input::Announced { said, flooded } => self.announced(now, said, &flooded),
            Input::Posted { posts, receipt } => self.posted(now, posts, receipt, effects),
            Input::LookedAfter { began, seen } => self.announced.looked(now, began, seen),
            Input::Read { began, id, found } => self.read(now, began, id, found, effects),
            Input::Tail(reading) => self.tail_read(now, reading, effects),
            Input::Swept(reading) => self.sweep_read(now, reading, effects),
            Input::Rows { table, load, rows } => self.rows(now, table, load, rows, effects),
            Input::Loaded { table, load, shown, gone, at } => {
                if self.tables.is_loading(&table, load) {
                    self.loaded(now, table, shown, gone, at, effects);
                }
            }
            Input::LoadFailed { table, load, .. } => self.tables.restart_load(&table, load),
            Input::Sighted { pass, sightings } => self.sighted(pass, sightings),
            Input::Audited(looked) => self.looked(now, looked, effects),
            Input::Unmet { pass, records } => self.unmet(now, pass, records, effects),
            Input::LookAt(asked) => self.look_at(asked),
            Input::Defined { began, schema, given } => {
                self.defined(now, began, schema, given, effects);
            }
            Input::Refresh => effects.push(Effect::ReadDefinitions),
            Input::MarkRaised { n } => {
                if self.pulse.raised(now, n, self.tuning.overlap / 2) {
                    self.recover(effects);
                }
            }
            Input::MarkFailed => self.pulse.failed(now),
            Input::Tick => {}
        }
        self.go_on(now, effects);
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
        if self.rounds.is_some() {
            self.go_round(now, effects);
        } else {
            self.load_announced_again(now);
            self.begin_loads(now, effects);
            self.audit(now, effects);
        }
        self.look_after_announced(now, effects);
        self.tell_swept(effects);
    }
}
