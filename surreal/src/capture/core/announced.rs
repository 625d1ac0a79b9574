//! Announcements of events (`capture: events`): which of them are committed, and which records are to be read.
//!
//! An event runs inside the writer's transaction, so an announcement says nothing but which record to look after. It is
//! due once the record's `_00_version` is at least the announced one; for a deletion, once the row is gone or its version
//! greater. Then the row is read: what a later reading shows is newer.
//!
//! # Invariants
//! - One reading is under way, so that a record is never read twice at once.
//! - While a table is loaded its records are neither looked after nor read, and a load begins when no reading of it is
//!   under way: what is read may be of before the load's snapshot or of after it, and its id says only one of both.
//! - An announcement that is not due after half a minute was of a transaction that was rolled back. While its table is
//!   loaded or the database does not answer, that is not decided.
//!
//! # Absent on purpose
//! A commit that comes later than that is the auditor's to find.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use protocol::limits;
use surrealdb_types::{Object, RecordId};
use view::value::address::Address;

use super::tables::Tables;

/// The first look mostly comes before the commit; the next ones come twice as late each.
const PAUSE_FIRST: Duration = Duration::from_millis(2);
const PAUSE_MAX: Duration = Duration::from_millis(250);

/// After a question that nobody answered.
const PAUSE_LOST: Duration = Duration::from_millis(200);

/// What an event says.
#[derive(Clone, Debug, PartialEq)]
pub struct Announcement {
    /// Of which record.
    pub record: RecordId,
    /// Whether it is deleted.
    pub deletes: bool,
    /// The version that its commit makes readable; the last one, if it is deleted. `None`: it is committed.
    pub version: Option<u64>,
}

/// A record to be looked after.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) record: RecordId,
    /// Whether it matters if the row is there.
    pub(crate) deletes: bool,
}

/// How a record was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) record: RecordId,
    pub(crate) version: Option<u64>,
    /// Whether the row is there; `None`: that was not asked.
    pub(crate) there: Option<bool>,
}

/// A record as it was read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) record: RecordId,
    pub(crate) after: Option<Object>,
}

#[derive(Debug)]
struct Wait {
    version: u64,
    deletes: bool,
    since: Duration,
}

impl Wait {
    fn is_committed(&self, seen: &Seen) -> bool {
        if self.deletes {
            seen.there == Some(false) || seen.version > Some(self.version)
        } else {
            seen.version >= Some(self.version)
        }
    }
}

#[derive(Debug)]
struct Open {
    waits: Vec<Wait>,
    /// When it is to be looked after next, unless that is under way.
    next: Option<Duration>,
    pause: Duration,
    /// When the last answered look began.
    looked: Option<Duration>,
    /// When the last answered reading began.
    read: Option<Duration>,
    /// Something of it is committed that was not read.
    due: bool,
    first: Duration,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Announced {
    patience: Duration,
    open: BTreeMap<Address, Open>,
    /// Announcements that wait, of all records.
    count: usize,
    looks: BTreeSet<(Duration, Address)>,
    looking: bool,
    due: VecDeque<Address>,
    reading: BTreeSet<Address>,
    read_most: usize,
    not_before: Duration,
}

impl Announced {
    pub(super) fn new(patience: Duration) -> Announced {
        Announced {
            patience,
            open: BTreeMap::new(),
            count: 0,
            looks: BTreeSet::new(),
            looking: false,
            due: VecDeque::new(),
            reading: BTreeSet::new(),
            read_most: limits::ANNOUNCED_READ_MAX,
            not_before: Duration::ZERO,
        }
    }

    /// How long an announcement may wait for its commit.
    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    // -- coming in -------------------------------------------------------------------------------------------

    /// Takes an announcement in; `false` where too many wait.
    pub(super) fn announce(&mut self, now: Duration, said: Announcement, followed: bool) -> bool {
        if self.count.max(self.open.len()) >= limits::ANNOUNCED_MAX {
            return false;
        }
        let Announcement { record, deletes, version } = said;
        let record = Address(record);
        // Nobody reads the table: kept for whoever follows it before the commit, and not looked after until then.
        let at = if followed { now } else { now + self.patience };
        let open = self.open.entry(record.clone()).or_insert_with(|| Open {
            waits: Vec::new(),
            next: None,
            pause: PAUSE_FIRST,
            looked: None,
            read: None,
            due: false,
            first: now,
        });
        open.pause = PAUSE_FIRST;
        match version {
            Some(version) => {
                open.waits.push(Wait { version, deletes, since: now });
                self.count += 1;
                self.look_at(&record, at);
            }
            None => self.make_due(&record),
        }
        true
    }

    /// Looks after every record of a table soon: it is followed now.
    pub(super) fn follow(&mut self, now: Duration, table: &str) {
        let of = |record: &&Address| record.table.as_str() == table;
        for record in self.open.keys().filter(of).cloned().collect::<Vec<_>>() {
            self.look_at(&record, now);
        }
    }

    /// Looks after every record at once: somebody waits for what is committed by now.
    pub(super) fn hurry(&mut self, now: Duration) {
        for record in self.open.keys().cloned().collect::<Vec<_>>() {
            self.look_at(&record, now);
        }
    }

    fn look_at(&mut self, record: &Address, at: Duration) {
        let Some(open) = self.open.get_mut(record).filter(|open| !open.waits.is_empty()) else {
            return;
        };
        match open.next {
            Some(before) if before <= at => return,
            Some(before) => {
                self.looks.remove(&(before, record.clone()));
            }
            None => {}
        }
        open.next = Some(at);
        self.looks.insert((at, record.clone()));
    }

    // -- looking ---------------------------------------------------------------------------------------------

    /// Takes the records that are to be looked after now; of a table that is loaded, later.
    pub(super) fn take_looks(&mut self, now: Duration, tables: &Tables) -> Vec<Asked> {
        let mut asked = Vec::new();
        if self.looking || now < self.not_before {
            return asked;
        }
        for _ in 0..2 * limits::ANNOUNCED_READ_MAX {
            if asked.len() == limits::ANNOUNCED_READ_MAX {
                break;
            }
            let Some((at, record)) = self.looks.first().filter(|(at, _)| *at <= now).cloned()
            else {
                break;
            };
            self.looks.remove(&(at, record.clone()));
            let Some(open) = self.open.get_mut(&record) else { continue };
            open.next = None;
            let table = record.table.as_str();
            if tables.is_readable(table) {
                let deletes = open.waits.iter().any(|wait| wait.deletes);
                asked.push(Asked { record: record.0, deletes });
            } else if tables.is_followed(table) {
                self.look_at(&record, now + PAUSE_MAX);
            } else {
                self.expire_unheard(now, &record);
            }
        }
        self.looking = !asked.is_empty();
        asked
    }

    /// Forgets what nobody asked for in time.
    fn expire_unheard(&mut self, now: Duration, record: &Address) {
        let Some(open) = self.open.get_mut(record) else { return };
        let before = open.waits.len();
        open.waits.retain(|wait| now < wait.since + self.patience);
        self.count -= before - open.waits.len();
        match open.waits.iter().map(|wait| wait.since).min() {
            Some(since) => self.look_at(record, since + self.patience),
            None => self.close(record),
        }
    }

    /// A look that began then was answered, or not.
    pub(super) fn looked(
        &mut self,
        now: Duration,
        began: Duration,
        seen: Result<Vec<Seen>, Vec<Asked>>,
    ) {
        self.looking = false;
        let seen = match seen {
            Ok(seen) => seen,
            Err(asked) => {
                self.not_before = now + PAUSE_LOST;
                asked.into_iter().for_each(|asked| self.look_at(&Address(asked.record), now));
                return;
            }
        };
        for seen in seen {
            let record = Address(seen.record.clone());
            let Some(open) = self.open.get_mut(&record) else { continue };
            open.looked = Some(began);
            let (committed, waiting): (Vec<Wait>, Vec<Wait>) =
                std::mem::take(&mut open.waits).into_iter().partition(|it| it.is_committed(&seen));
            let is_late = |wait: &Wait| began >= wait.since + self.patience;
            let (late, waiting): (Vec<Wait>, Vec<Wait>) = waiting.into_iter().partition(is_late);
            self.count -= committed.len() + late.len();
            open.waits = waiting;
            for _ in late {
                let record = protocol::literal::row(&seen.record, &Object::new());
                tracing::warn!(record, "announced and never committed: rolled back, or very late");
            }
            let pause = open.pause;
            open.pause = (pause * 2).min(PAUSE_MAX);
            let decided = open.waits.is_empty();
            if !committed.is_empty() {
                self.make_due(&record);
            }
            if decided {
                self.close(&record);
            } else {
                self.look_at(&record, now + pause);
            }
        }
    }

    /// Forgets a record of which nothing is under way.
    fn close(&mut self, record: &Address) {
        let idle = self.open.get(record).is_some_and(|open| open.waits.is_empty() && !open.due);
        if idle && !self.reading.contains(record) {
            self.open.remove(record);
        }
    }

    // -- reading ---------------------------------------------------------------------------------------------

    /// Takes the records that are to be read now.
    pub(super) fn take_reads(&mut self, now: Duration, tables: &Tables) -> Vec<RecordId> {
        if !self.reading.is_empty() || now < self.not_before {
            return Vec::new();
        }
        let mut later = VecDeque::new();
        while self.reading.len() < self.read_most {
            let Some(record) = self.due.pop_front() else { break };
            let table = record.table.as_str();
            let Some(open) = self.open.get_mut(&record) else { continue };
            if tables.is_readable(table) {
                open.due = false;
                self.reading.insert(record);
            } else if tables.is_followed(table) {
                later.push_back(record);
            } else {
                // Whoever follows the table loads it.
                open.due = false;
                self.close(&record);
            }
        }
        later.append(&mut self.due);
        self.due = later;
        self.reading.iter().map(|Address(record)| record.clone()).collect()
    }

    /// The reading that began then is answered.
    pub(super) fn read(&mut self, began: Duration) {
        self.read_most = limits::ANNOUNCED_READ_MAX;
        for record in std::mem::take(&mut self.reading) {
            if let Some(open) = self.open.get_mut(&record) {
                open.read = Some(began);
            }
            self.close(&record);
        }
    }

    /// The reading that was under way is not answered; `large`: its answer may have been too large.
    pub(super) fn unread(&mut self, now: Duration, large: bool) {
        self.not_before = now + PAUSE_LOST;
        if large {
            self.read_most = (self.read_most / 2).max(1);
        }
        for record in std::mem::take(&mut self.reading) {
            self.make_due(&record);
        }
    }

    fn make_due(&mut self, record: &Address) {
        if let Some(open) = self.open.get_mut(record).filter(|open| !open.due) {
            open.due = true;
            self.due.push_back(record.clone());
        }
    }

    /// Whether a record of the table is being read.
    pub(super) fn is_reading(&self, table: &str) -> bool {
        self.reading.iter().any(|record| record.table.as_str() == table)
    }

    /// Whether any record is being read.
    pub(super) fn is_reading_any(&self) -> bool {
        !self.reading.is_empty()
    }

    /// Whether something of a record was announced that is not told yet.
    pub(super) fn is_open(&self, record: &RecordId) -> bool {
        self.open.contains_key(&Address(record.clone()))
    }

    // -- marks -----------------------------------------------------------------------------------------------

    /// Whether everything that was committed before that moment, and is of followed tables, was told.
    pub(super) fn is_settled(&self, since: Duration, tables: &Tables) -> bool {
        let unsettled = |(record, open): (&Address, &Open)| {
            let old = open.first <= since && tables.is_followed(record.table.as_str());
            let undecided = !open.waits.is_empty() && open.looked < Some(since);
            let untold = undecided || open.due || self.reading.contains(record);
            // A record that is always due is read again and again: one reading that began since is enough.
            old && untold && open.read < Some(since)
        };
        !self.open.iter().any(unsettled)
    }
}

#[cfg(test)]
mod tests;
