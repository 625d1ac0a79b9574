//! What becomes of the pages that tail and sweep read (mechanism M1).
//!
//! The tail reads in rounds, each from what had been read a moment ago to the feed's end: 25 ms ago, and every 50 ms 200,
//! because what is read again with each poll costs the database more than the polling. The sweep reads again what the tail
//! has passed: what it finds new had become visible late.

use std::time::Duration;

use protocol::{Change, ChangeId, RowVersion, Stamp};
use surrealdb_types::{Number, Value};

use super::super::Captured;
use super::super::feed::{Entry, Set};
use super::floor::Floor;
use super::history::History;
use super::known::Known;
use super::marks::PULSE_EVERY;
use super::pager::{Page, Pager, TooLarge};
use super::tables::Verdict;
use super::{Core, Effect, Lost, Reading};

/// How far the tail looks back with each round: most commits that are late are late by little.
const GLANCE_BACK: Duration = Duration::from_millis(25);
/// How far it looks back every now and then, and how often.
const LOOK_BACK: Duration = Duration::from_millis(200);
const LOOK_BACK_EVERY: Duration = Duration::from_millis(50);

/// Polls are frequent for so long after a change.
const ACTIVE_FOR: Duration = Duration::from_secs(2);
const POLL_ACTIVE: Duration = Duration::from_millis(3);
const POLL_VIEWS: Duration = Duration::from_millis(10);
const POLL_IDLE: Duration = Duration::from_millis(250);
const POLL_LOST: Duration = Duration::from_millis(200);

/// A poll that took longer may have outlived a connection.
const POLL_SLOW: Duration = Duration::from_millis(500);

/// Where in the feed a set stands.
#[derive(Clone, Copy, Debug)]
enum At {
    /// Above everything that had been read, and nothing is known above it.
    End,
    Inside,
}

/// Where reading is.
#[derive(Debug)]
pub(super) struct Position {
    pub(super) era: u32,
    pub(super) history: History,
    known: Known,
    pub(super) floor: Floor,
    /// No load begins before.
    pub(super) loads_from: Duration,
    tail: Tail,
    sweep: Rereading,
}

#[derive(Debug)]
struct Tail {
    pager: Pager,
    /// Where the round goes on, if it has not reached the end.
    rest: Option<Stamp>,
    began: Duration,
    /// When a round looked far back.
    looked_back: Duration,
    /// Where its last page was asked for.
    asked: Stamp,
    /// What had been read when the round began.
    before: Stamp,
    /// Up to here every set was read twice: none is asked for again, however large it is.
    twice: Option<Stamp>,
}

#[derive(Debug)]
struct Rereading {
    pager: Pager,
    at: Stamp,
}

impl Position {
    pub(super) fn begin(now: Duration, overlap: Duration, era: u32, floor: Stamp) -> Position {
        Position {
            era,
            history: History::begin(now, floor),
            known: Known::default(),
            floor: Floor::begin(now, overlap, floor),
            loads_from: now,
            tail: Tail {
                pager: Pager::default(),
                rest: None,
                began: now,
                looked_back: now,
                asked: floor,
                before: floor,
                twice: None,
            },
            sweep: Rereading { pager: Pager::default(), at: floor },
        }
    }

    /// Asks for the tail's next page.
    pub(super) fn read_tail(&mut self, now: Duration, after: Duration) -> Effect {
        let tail = &mut self.tail;
        let since = tail.rest.unwrap_or_else(|| {
            tail.before = self.history.highest();
            let far = now.saturating_sub(tail.looked_back) >= LOOK_BACK_EVERY;
            if far {
                tail.looked_back = now;
            }
            let back = if far { LOOK_BACK } else { GLANCE_BACK };
            let read = self.history.at(now.saturating_sub(back));
            if tail.twice >= Some(read) { read.next() } else { read }
        });
        tail.asked = since;
        Effect::ReadTail { era: self.era, since, limit: tail.pager.limit(), after }
    }

    /// Begins a sweep, if one is due. Returns whether it has anything to read.
    pub(super) fn begin_sweep(&mut self, now: Duration) -> Option<bool> {
        let upto = self.history.highest();
        self.sweep.at = self.floor.begin_sweep(now, upto)?;
        Some(self.sweep.at <= upto)
    }

    /// Asks for the sweep's next page.
    pub(super) fn read_sweep(&self, after: Duration) -> Effect {
        let Rereading { pager, at } = &self.sweep;
        Effect::ReadSweep { era: self.era, since: *at, limit: pager.limit(), after }
    }
}

/// Parts an answer; `Ok(None)`: ask again.
fn part(pager: &mut Pager, outcome: Result<Vec<Set>, Lost>) -> Result<Option<Page>, TooLarge> {
    match outcome {
        Ok(sets) => pager.part(sets).map(Some),
        Err(Lost::Answer) => pager.lost().map(|()| None),
        Err(Lost::Question) => Ok(None),
    }
}

impl Core {
    // -- the tail --------------------------------------------------------------------------------------------

    pub(super) fn tail_read(&mut self, now: Duration, reading: Reading, effects: &mut Vec<Effect>) {
        let Some(position) = self.position.as_mut().filter(|it| it.era == reading.era) else {
            return;
        };
        if now.saturating_sub(reading.began) > POLL_SLOW || reading.outcome.is_err() {
            self.pulse.doubt(now);
            position.floor.doubt();
        }
        let first = position.tail.rest.is_none();
        let page = match part(&mut position.tail.pager, reading.outcome) {
            Err(TooLarge) => {
                let since = position.tail.asked;
                return self.pass_over(since, effects);
            }
            Ok(None) => return effects.push(position.read_tail(now, POLL_LOST)),
            Ok(Some(page)) => page,
        };
        if first {
            position.tail.began = reading.began;
        }
        position.tail.rest = page.rest;
        let last = page.complete.last().map(|set| set.stamp);
        page.complete.iter().for_each(|set| position.known.note(now, set.stamp));
        let end = last.filter(|last| page.rest.is_none() && *last >= position.history.highest());
        for set in page.complete {
            let at = if Some(set.stamp) == end { At::End } else { At::Inside };
            self.act(now, set, at, effects);
        }
        let Some(position) = &mut self.position else { return };
        if let Some(last) = last {
            position.history.note(now, last);
        }
        let read = position.history.highest();
        let mut end = None;
        if position.tail.rest.is_none() {
            end = Some(position.tail.began);
            position.tail.twice = position.tail.twice.max(Some(position.tail.before));
        }
        self.stand(read, end, effects);
        if let Some(began) = end
            && self.pulse.is_missed(now, began)
        {
            self.distrust(now, effects);
        }
        let after = if end.is_none() { Duration::ZERO } else { self.pause(now) };
        if let Some(position) = &mut self.position {
            effects.push(position.read_tail(now, after));
        }
    }

    fn pause(&self, now: Duration) -> Duration {
        let lately = |at| now.saturating_sub(at) < ACTIVE_FOR;
        if self.last_change.is_some_and(lately) || self.tables.unsettled().next().is_some() {
            POLL_ACTIVE
        } else if self.views > 0 {
            POLL_VIEWS
        } else {
            POLL_IDLE
        }
    }

    // -- the sweep -------------------------------------------------------------------------------------------

    pub(super) fn sweep_read(
        &mut self,
        now: Duration,
        reading: Reading,
        effects: &mut Vec<Effect>,
    ) {
        let Some(position) = self.position.as_mut().filter(|it| it.era == reading.era) else {
            return;
        };
        let Some(upto) = position.floor.upto() else { return };
        let page = match part(&mut position.sweep.pager, reading.outcome) {
            Err(TooLarge) => {
                let since = position.sweep.at;
                return self.pass_over(since, effects);
            }
            Ok(None) => return effects.push(position.read_sweep(POLL_LOST)),
            Ok(Some(page)) => page,
        };
        // Up to where the page shows everything.
        let end = upto.next();
        let before = page.rest.map_or(end, |rest| rest.min(end));
        let shown = page.complete.iter().map(|set| set.stamp);
        if let Some(set) = position.known.missing(reading.began, (position.sweep.at, before), shown)
        {
            return self.undone(now, set, effects);
        }
        page.complete.iter().for_each(|set| position.known.note(now, set.stamp));
        for set in page.complete.into_iter().filter(|set| set.stamp <= upto) {
            let stamp = set.stamp;
            if self.act(now, set, At::Inside, effects) {
                self.note_late(now, stamp, effects);
            }
        }
        let Some(position) = &mut self.position else { return };
        if let Some(rest) = page.rest.filter(|rest| *rest <= upto) {
            position.sweep.at = rest;
            effects.push(position.read_sweep(Duration::ZERO));
        } else {
            self.end_sweep(effects);
        }
    }

    fn note_late(&self, now: Duration, stamp: Stamp, effects: &mut Vec<Effect>) {
        let Some(position) = &self.position else { return };
        let late = now.saturating_sub(position.history.when(stamp));
        effects.push(Effect::CountLate(late));
        if late > self.tuning.overlap / 2 {
            tracing::warn!(late_ms = late.as_millis(), "a commit became visible late");
        } else {
            tracing::debug!(late_ms = late.as_millis(), "a commit became visible late");
        }
    }

    pub(super) fn end_sweep(&mut self, effects: &mut Vec<Effect>) {
        let Some(position) = &mut self.position else { return };
        let Some((sweep, rose)) = position.floor.end_sweep(&mut position.history) else { return };
        if rose {
            let (era, stamp) = (position.era, position.floor.floor());
            self.tables.forget_below(stamp);
            position.known.forget_below(stamp);
            let floor = ChangeId { era, stamp, position: 0 };
            effects.push(Effect::Keep(floor));
            let stamp = self.auditor.floor().map_or(stamp, |look| look.min(stamp));
            effects.push(Effect::Tell(Captured::Floor(ChangeId { stamp, ..floor })));
        }
        // While the feed is not trusted a round of loads answers them.
        if self.rounds.is_none() {
            self.marks.swept(sweep.request);
        }
        self.pulse.swept(sweep.began);
    }

    // -- one commit ------------------------------------------------------------------------------------------

    /// Tells what of a set is new. Returns whether anything was.
    fn act(&mut self, now: Duration, set: Set, at: At, effects: &mut Vec<Effect>) -> bool {
        let Some(era) = self.position.as_ref().map(|position| position.era) else { return false };
        let stamp = set.stamp;
        let mut version: Option<RowVersion> = None;
        let mut told: Vec<Change> = Vec::new();
        for (table, entries) in by_table(set.entries) {
            if table == self.tuning.own_mark.table.as_str() {
                self.look_for_pulse(now, &entries, at, effects);
            }
            // A feed of the application's own says nothing where others tell.
            if self.rounds.is_some() || !self.is_fed(&table) {
                continue;
            }
            let verdict = self.tables.judge(&table, stamp);
            if verdict == Verdict::Skip {
                continue;
            }
            let version = *version.get_or_insert_with(|| self.clock.next(now));
            let computed = self.computed(&table);
            let changes =
                entries.into_iter().zip(0..).map(|(Entry { record, mut after }, position)| {
                    if let Some(row) = &mut after {
                        computed.iter().for_each(|field| drop(row.remove(field.as_str())));
                    }
                    Change { record, after, id: ChangeId { era, stamp, position }, version }
                });
            match verdict {
                Verdict::Keep => self.tables.keep(&table, stamp, changes.collect()),
                Verdict::Tell | Verdict::Skip => told.extend(changes),
            }
        }
        if version.is_some() {
            self.last_change = Some(now);
        }
        if told.is_empty() {
            return false;
        }
        self.look_for_marks(now, &told, effects);
        effects.push(Effect::Tell(Captured::Changes(told)));
        true
    }

    fn look_for_pulse(
        &mut self,
        now: Duration,
        entries: &[Entry],
        at: At,
        effects: &mut Vec<Effect>,
    ) {
        let own = entries.iter().filter(|entry| entry.record == self.tuning.own_mark);
        let back = own.filter_map(|entry| match entry.after.as_ref()?.get("n") {
            Some(Value::Number(Number::Int(n))) => Some(*n),
            _ => None,
        });
        // Only the feed's end shows that what is written comes behind what was read: whoever begins while the clock is
        // behind reads his first mark below what came before it.
        let next = match at {
            At::End => PULSE_EVERY,
            At::Inside => self.tuning.overlap,
        };
        if back.max().is_some_and(|n| self.pulse.met(now, n, next)) {
            self.recover(effects);
        }
    }
}

/// Parts a set's entries by table, both in their order.
fn by_table(entries: Vec<Entry>) -> Vec<(String, Vec<Entry>)> {
    let mut tables: Vec<(String, Vec<Entry>)> = Vec::new();
    for entry in entries {
        let table = entry.record.table.as_str();
        match tables.iter_mut().rev().find(|(name, _)| name == table) {
            Some((_, entries)) => entries.push(entry),
            None => tables.push((table.to_owned(), vec![entry])),
        }
    }
    tables
}
