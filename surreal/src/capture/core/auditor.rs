//! Which rows the auditor looks at, and when (mechanism M16).
//!
//! *Digests prove the pipeline behind the capture, not the capture.* So it goes over the followed tables for ever, at a
//! budget: the rows of a table look by look, each in a transaction of its own together with the feed; then the rows that
//! are held and that no look found. Whoever holds the rows compares.
//!
//! # Invariants
//! - A look begins only when everything up to its floor was told, and is told only while its table has been current since.
//! - What was found is told when definitions were read that are younger than the look: of a table that turns out to have
//!   had no feed, nothing is (it is loaded again, and that is nobody's failure).
//! - A table that was given its feed is gone over at full speed when writers from before have ended (M2): what that finds
//!   was to be expected.
//! - No deletion since a look's floor is forgotten before all that the look found is told: it would be taken for a row that
//!   nobody told of.
//! - What is read of the feed counts against the budget as rows do: the busier the database, the slower the auditor.
//!
//! # Absent on purpose
//! Tables that are not followed here: their rows come from somebody else, and the database does not know them.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use protocol::{ChangeId, RowVersion, Sighting, Stamp, limits};
use surrealdb_types::{RecordId, RecordIdKey};

use super::super::Captured;
use super::asked::AskedFor;
use super::tables::Tables;
use super::{Core, Effect};
use crate::schema::Way;

/// Between two looks, at least: small tables are looked at again and again.
const GAP: Duration = Duration::from_millis(250);

/// After a look that failed.
const AGAIN: Duration = Duration::from_secs(1);

/// Looks that fail one after the other, before the table has to wait for its next turn.
const FAILED_MAX: u32 = 5;

/// Rows to look at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Place {
    /// Those behind a key.
    Behind(Option<RecordIdKey>),
    /// These.
    At(Vec<RecordId>),
}

/// One look to be done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Look {
    pub(crate) table: String,
    pub(crate) pass: u64,
    pub(crate) place: Place,
    /// Rows at most.
    pub(crate) rows: usize,
    /// Where its reading of the feed begins; rows that it does not show carry this.
    pub(crate) floor: ChangeId,
    /// For what differs.
    pub(crate) version: RowVersion,
    /// COMPUTED fields, which are no content.
    pub(crate) computed: Vec<String>,
}

/// How a look ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Looked {
    pub(crate) pass: u64,
    /// What it came to; `None`: it failed.
    pub(crate) outcome: Option<Went>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Went {
    /// Where the next one goes on, if there may be more rows.
    pub(crate) rest: Option<RecordIdKey>,
    /// Rows and entries of the feed that it read.
    pub(crate) read: usize,
}

#[derive(Debug)]
enum Step {
    Due {
        at: Duration,
        place: Place,
    },
    Looking {
        began: Duration,
        floor: Stamp,
        place: Place,
    },
    /// Whoever holds the rows says which ones no look found.
    Asked,
}

/// One way through a table.
#[derive(Debug)]
struct Pass {
    table: String,
    no: u64,
    step: Step,
    /// What had been told when it began.
    since: ChangeId,
    /// At full speed; what differs was to be expected.
    second_look: bool,
    /// The number of what somebody asked for: not all rows, and at full speed.
    asked: Option<u64>,
    rows: usize,
    failed: u32,
    /// Records that wait for a look of their own.
    unmet: Vec<RecordId>,
    /// What was found, until definitions are read that are younger than its look.
    held: VecDeque<Held>,
    /// Every row was looked at.
    through: bool,
}

#[derive(Debug)]
struct Held {
    /// When its look began, and at which floor.
    began: Duration,
    floor: Stamp,
    sightings: Vec<Sighting>,
}

#[derive(Debug)]
pub(super) struct Auditor {
    rows_per_second: usize,
    pass: Option<Pass>,
    passes: u64,
    /// No look before.
    due: Duration,
    /// When a pass over a table began last, and when one ended that left nothing out.
    tried: BTreeMap<String, Duration>,
    ended: BTreeMap<String, Duration>,
}

impl Auditor {
    pub(super) fn new(rows_per_second: usize) -> Auditor {
        let (passes, due) = (0, Duration::ZERO);
        let (tried, ended) = (BTreeMap::new(), BTreeMap::new());
        let rows_per_second = rows_per_second.max(1);
        Auditor { rows_per_second, pass: None, passes, due, tried, ended }
    }

    /// Gives a table's pass up: it is loaded, or nobody follows it any more.
    pub(super) fn cancel(&mut self, table: &str) {
        if self.pass.as_ref().is_some_and(|pass| pass.table == table) {
            self.pass = None;
        }
    }

    pub(super) fn cancel_all(&mut self) {
        self.pass = None;
    }

    pub(super) fn forget(&mut self, table: &str) {
        self.cancel(table);
        self.tried.remove(table);
        self.ended.remove(table);
    }

    fn rows(&self) -> usize {
        self.rows_per_second.min(limits::AUDIT_LOOK_ROWS)
    }

    /// Begins a pass: over a table that a second look is due for, else over the one that waited longest.
    fn begin(&mut self, now: Duration, tables: &mut Tables, since: ChangeId) -> Option<&Pass> {
        let second = tables.take_second_look(now);
        let second_look = second.is_some();
        let waited = || {
            let longest = |table: &&String| (self.tried.get(*table).copied(), (*table).clone());
            tables.auditable().min_by_key(longest).cloned()
        };
        let table = second.or_else(waited)?;
        self.tried.insert(table.clone(), now);
        self.passes += 1;
        let step = Step::Due { at: now, place: Place::Behind(None) };
        self.pass = Some(Pass {
            table,
            no: self.passes,
            step,
            since,
            second_look,
            asked: None,
            rows: self.rows(),
            failed: 0,
            unmet: Vec::new(),
            held: VecDeque::new(),
            through: false,
        });
        self.pass.as_ref()
    }

    /// Begins looking at what somebody asked for, in the place of whatever was under way.
    pub(super) fn begin_asked(&mut self, now: Duration, asked: &AskedFor, since: ChangeId) {
        self.passes += 1;
        self.due = now;
        self.pass = Some(Pass {
            table: asked.table.clone(),
            no: self.passes,
            step: Step::Asked,
            since,
            second_look: false,
            asked: Some(asked.no),
            rows: self.rows(),
            failed: 0,
            unmet: asked.records.clone(),
            held: VecDeque::new(),
            through: false,
        });
        self.go_on_with_unmet(now);
    }

    /// The number of what is looked at because somebody asked.
    pub(super) fn asked(&self) -> Option<u64> {
        self.pass.as_ref()?.asked
    }

    /// Ends looking at what somebody asked for, if all of it was looked at and all that was found is told.
    pub(super) fn take_asked(&mut self) -> Option<u64> {
        let over = |pass: &Pass| pass.through && pass.held.is_empty();
        let no = self.pass.as_ref().filter(|pass| over(pass))?.asked?;
        self.pass = None;
        Some(no)
    }

    /// Returns the look that is due.
    fn take_due(&mut self, now: Duration, floor: Stamp) -> Option<(String, u64, Place, usize)> {
        let pass = self.pass.as_mut()?;
        let Step::Due { at, place } = &pass.step else { return None };
        let held: usize = pass.held.iter().map(|held| held.sightings.len()).sum();
        if *at > now || held > limits::AUDIT_HELD_ROWS_MAX {
            return None;
        }
        let place = place.clone();
        pass.step = Step::Looking { began: now, floor, place: place.clone() };
        Some((pass.table.clone(), pass.no, place, pass.rows))
    }

    /// A look ended.
    fn looked(&mut self, now: Duration, looked: Looked) {
        let (budget, most) = (self.rows_per_second, self.rows());
        let Some(pass) = self.pass.as_mut().filter(|it| it.no == looked.pass) else { return };
        let Step::Looking { began, place, .. } = &mut pass.step else { return };
        let (began, place) = (*began, std::mem::replace(place, Place::Behind(None)));
        let Some(Went { rest, read }) = looked.outcome else {
            pass.failed += 1;
            // The rows may be too large to be carried at once.
            pass.rows = (pass.rows / 8).max(1);
            pass.step = Step::Due { at: now + AGAIN, place };
            if pass.failed >= FAILED_MAX {
                tracing::warn!(table = pass.table, "the auditor cannot read the table");
                self.due = now + AGAIN;
                match pass.asked {
                    Some(_) => (pass.step, pass.through) = (Step::Asked, true),
                    None => self.pass = None,
                }
            }
            return;
        };
        (pass.failed, pass.rows) = (0, (pass.rows * 2).min(most));
        let worth = Duration::from_secs_f64(read as f64 / budget as f64);
        let at =
            if pass.second_look || pass.asked.is_some() { now } else { began + worth.max(GAP) };
        self.due = at;
        match (place, rest) {
            (Place::Behind(_), Some(rest)) => {
                pass.step = Step::Due { at, place: Place::Behind(Some(rest)) };
            }
            (Place::Behind(_), None) => (pass.step, pass.through) = (Step::Asked, true),
            (Place::At(_), _) => self.go_on_with_unmet(now),
        }
    }

    /// Takes what may be told: definitions were read by a question of that moment.
    fn take_held(&mut self, read: Duration) -> Vec<Vec<Sighting>> {
        let Some(pass) = &mut self.pass else { return Vec::new() };
        let young = pass.held.partition_point(|held| held.began <= read || pass.second_look);
        pass.held.drain(..young).map(|held| held.sightings).collect()
    }

    /// The floor of the oldest look of which something may still be told.
    pub(super) fn floor(&self) -> Option<Stamp> {
        let pass = self.pass.as_ref()?;
        match (pass.held.front(), &pass.step) {
            (Some(held), _) => Some(held.floor),
            (None, Step::Looking { floor, .. }) => Some(*floor),
            (None, Step::Due { .. } | Step::Asked) => None,
        }
    }

    /// Whether all rows were looked at and all that was found is told: then it is asked what was not found, once.
    fn take_through(&mut self) -> Option<(String, u64, ChangeId)> {
        let pass = self.pass.as_mut().filter(|pass| pass.asked.is_none())?;
        let asks = pass.through && pass.held.is_empty();
        pass.through &= !asks;
        asks.then(|| (pass.table.clone(), pass.no, pass.since))
    }

    /// Looks at the next records that no page showed, or ends the pass.
    fn go_on_with_unmet(&mut self, now: Duration) {
        let (at, most) = (self.due, self.rows());
        let Some(pass) = &mut self.pass else { return };
        let left = pass.unmet.split_off(pass.unmet.len().min(most));
        let place = Place::At(std::mem::replace(&mut pass.unmet, left));
        if place != Place::At(Vec::new()) {
            pass.step = Step::Due { at, place };
        } else if pass.held.is_empty() && pass.asked.is_none() {
            self.ended.insert(pass.table.clone(), now);
            self.pass = None;
        } else {
            // Asked for again when what was found is told.
            (pass.step, pass.through) = (Step::Asked, true);
        }
    }
}

impl Core {
    /// Has the next rows looked at, if it is time.
    pub(super) fn audit(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        self.tell_held(effects);
        // What is being read now would be known by an older id than a look that finds something older.
        if self.announced.is_reading_any() {
            return;
        }
        let Some(position) = &self.position else { return };
        let (era, read) = (position.era, position.history.highest());
        let floor = ChangeId { era, stamp: position.floor.floor(), position: 0 };
        let by_feed = self.tuning.way == Way::Feed;
        self.begin_asked(now, floor, effects);
        let free = self.auditor.pass.is_none() && now >= self.auditor.due;
        if free {
            let since = if by_feed { floor } else { self.own.next(era, read) };
            if let Some(pass) = self.auditor.begin(now, &mut self.tables, since) {
                let table = pass.table.clone();
                effects.push(Effect::Tell(Captured::AuditBegin { table }));
            }
        }
        let due = self.auditor.take_due(now, floor.stamp);
        let Some((table, pass, place, rows)) = due else { return };
        let floor = if by_feed { floor } else { self.own.next_of_look(era, read) };
        let computed = self.computed(&table);
        let version = self.clock.next(now);
        effects.push(Effect::Audit(Look { table, pass, place, rows, floor, version, computed }));
    }

    /// A look found this.
    pub(super) fn sighted(&mut self, pass: u64, mut sightings: Vec<Sighting>) {
        // What is announced comes by itself.
        sightings.retain(|sighting| !self.announced.is_open(&sighting.found.record));
        let Some(pass) = self.auditor.pass.as_mut().filter(|it| it.no == pass) else { return };
        if let Step::Looking { began, floor, .. } = pass.step {
            pass.held.push_back(Held { began, floor, sightings });
        }
    }

    /// Tells what was found, as far as the definitions are known from then.
    fn tell_held(&mut self, effects: &mut Vec<Effect>) {
        let Some(Pass { table, second_look, .. }) = &self.auditor.pass else { return };
        let (table, expected) = (table.clone(), *second_look);
        if !self.tables.is_settled(&table) {
            return self.auditor.cancel(&table);
        }
        let Some(read) = self.defined else { return };
        for sightings in self.auditor.take_held(read) {
            let table = table.clone();
            effects.push(Effect::Tell(Captured::Sighted { table, sightings, expected }));
        }
        self.end_asked(effects);
        if let Some((table, pass, since)) = self.auditor.take_through() {
            effects.push(Effect::Tell(Captured::AuditEnd { table, pass, since }));
        }
    }

    pub(super) fn looked(&mut self, now: Duration, looked: Looked, effects: &mut Vec<Effect>) {
        self.auditor.looked(now, looked);
        self.note_ended(effects);
    }

    pub(super) fn unmet(
        &mut self,
        now: Duration,
        pass: u64,
        records: Vec<RecordId>,
        effects: &mut Vec<Effect>,
    ) {
        match &mut self.auditor.pass {
            Some(known) if known.no == pass => known.unmet = records,
            _ => return,
        }
        self.auditor.go_on_with_unmet(now);
        self.note_ended(effects);
    }

    fn note_ended(&self, effects: &mut Vec<Effect>) {
        if self.auditor.pass.is_none() {
            self.note_audits(effects);
        }
    }

    /// Says how old the last whole pass over each table is.
    pub(super) fn note_audits(&self, effects: &mut Vec<Effect>) {
        let ended = &self.auditor.ended;
        let audits = self.tables.audited().map(|it| (it.clone(), ended.get(it).copied()));
        effects.push(Effect::NoteAudits(audits.collect()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Shown;
    use super::*;

    #[test]
    fn what_was_read_says_when_the_next_look_is_due() {
        let ms = Duration::from_millis;
        let mut auditor = Auditor::new(10);
        let mut tables = Tables::default();
        tables.follow("t");
        let since = ChangeId::default();
        assert!(auditor.begin(ms(0), &mut tables, since).is_none(), "it does not stand");
        assert_eq!(tables.begin_loads(ms(0), 4, |_| false).len(), 1);
        tables.end_load(ms(0), "t", Shown::default());
        tables.passed(Stamp(9), None);
        let pass = auditor.begin(ms(0), &mut tables, since).unwrap().no;
        let (.., rows) = auditor.take_due(ms(0), Stamp(0)).unwrap();
        assert_eq!(rows, 10);
        let went = Went { rest: Some(RecordIdKey::Number(7)), read: 25 };
        auditor.looked(ms(100), Looked { pass, outcome: Some(went) });
        assert!(
            auditor.take_due(ms(2_499), Stamp(0)).is_none(),
            "25 rows and entries: 2.5 seconds"
        );
        assert!(auditor.take_due(ms(2_500), Stamp(0)).is_some());
    }

    #[test]
    fn a_table_that_cannot_be_read_does_not_keep_the_others_waiting() {
        let ms = Duration::from_millis;
        let mut auditor = Auditor::new(1_000);
        let mut tables = Tables::default();
        for table in ["a", "b"] {
            tables.follow(table);
            tables.begin_loads(ms(0), 4, |_| false);
            tables.end_load(ms(0), table, Shown::default());
        }
        tables.passed(Stamp(9), None);
        let pass = auditor.begin(ms(0), &mut tables, ChangeId::default()).unwrap();
        assert_eq!(pass.table, "a");
        let pass = pass.no;
        let mut asked = Vec::new();
        while let Some((.., rows)) = auditor.take_due(ms(100_000), Stamp(0)) {
            asked.push(rows);
            auditor.looked(ms(0), Looked { pass, outcome: None });
        }
        assert_eq!(asked, [1_000, 125, 15, 1, 1]);
        let next = auditor.begin(ms(5_000), &mut tables, ChangeId::default()).unwrap();
        assert_eq!(next.table, "b");
        assert!(auditor.ended.is_empty());
    }
}
