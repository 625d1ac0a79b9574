//! Marks that others raised, and the reader's own pulse (mechanisms M1, M12).
//!
//! A mark that is met asks for one whole sweep and one reading of the definitions, both begun after it was met; then it
//! waits for the loads that hold changes back, and
//! for what was announced. The pulse is a mark of the reader itself: one that does not come back although polls are answered means that the feed
//! cannot be trusted.

use std::collections::BTreeSet;
use std::time::Duration;

use protocol::{Change, ChangeId};
use surrealdb_types::{Number, Value};

use super::super::Captured;
use super::announced::Announced;
use super::tables::Tables;
use super::{Core, Effect};
use crate::mark;

pub(super) const PULSE_EVERY: Duration = Duration::from_secs(60);
const PULSE_AGAIN: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
struct Asked {
    at: ChangeId,
    met: Duration,
    /// The sweep that it waits for.
    request: u64,
    swept: bool,
    defined: bool,
    /// Whether everything is told that was announced before it was met, and is committed.
    announced: bool,
    /// Once both are done: tables whose loads hold changes back.
    held_back: Option<BTreeSet<String>>,
}

impl Asked {
    fn is_done(&self) -> bool {
        self.announced && self.held_back.as_ref().is_some_and(BTreeSet::is_empty)
    }
}

#[derive(Debug, Default)]
pub(super) struct Marks {
    asked: Vec<Asked>,
}

impl Marks {
    /// Forgets whoever asked.
    pub(super) fn forget(&mut self) {
        self.asked.clear();
    }

    /// Everything was loaded since the marks were met.
    pub(super) fn loaded(&mut self) {
        self.asked.iter_mut().for_each(|mark| mark.swept = true);
    }

    pub(super) fn swept(&mut self, request: u64) {
        for mark in self.asked.iter_mut().filter(|mark| mark.request <= request) {
            mark.swept = true;
        }
    }

    pub(super) fn defined(&mut self, began: Duration) {
        for mark in self.asked.iter_mut().filter(|mark| mark.met <= began) {
            mark.defined = true;
        }
    }

    /// Marks that have been swept wait for the loads that are under way then.
    fn hold(&mut self, tables: &Tables, announced: &Announced) {
        for mark in &mut self.asked {
            mark.announced |= announced.is_settled(mark.met, tables);
            match &mut mark.held_back {
                Some(held_back) => held_back.retain(|table| !tables.is_settled(table)),
                None if mark.swept && mark.defined => {
                    mark.held_back = Some(tables.unsettled().cloned().collect());
                }
                None => {}
            }
        }
    }

    /// Takes the greatest change up to which every mark has what it asked for.
    fn take(&mut self) -> Option<ChangeId> {
        let open = self.asked.iter().filter(|mark| !mark.is_done()).map(|mark| mark.at).min();
        let ready = |mark: &&Asked| mark.is_done() && open.is_none_or(|open| mark.at < open);
        let upto = self.asked.iter().filter(ready).map(|mark| mark.at).max()?;
        self.asked.retain(|mark| mark.at > upto);
        Some(upto)
    }
}

impl Core {
    /// Asks for what a raised mark among the changes wants.
    pub(super) fn look_for_marks(
        &mut self,
        now: Duration,
        changes: &[Change],
        effects: &mut Vec<Effect>,
    ) {
        let own = &self.tuning.own_mark;
        let raised = |change: &&Change| {
            change.record.table.as_str() == mark::TABLE
                && change.record != *own
                && is_raised(change)
        };
        let Some(at) = changes.iter().filter(raised).map(|change| change.id).max() else { return };
        let Some(position) = &mut self.position else { return };
        let request = position.floor.request();
        let (swept, defined, announced, held_back) = (false, false, false, None);
        let mark = Asked { at, met: now, request, swept, defined, announced, held_back };
        self.marks.asked.push(mark);
        self.announced.hurry(now);
        effects.push(Effect::ReadDefinitions);
    }

    /// Says up to where marks have what they asked for.
    pub(super) fn tell_swept(&mut self, effects: &mut Vec<Effect>) {
        self.marks.hold(&self.tables, &self.announced);
        if let Some(upto) = self.marks.take() {
            effects.push(Effect::Tell(Captured::Swept { upto }));
        }
    }
}

fn is_raised(change: &Change) -> bool {
    let Some(row) = &change.after else { return false };
    let number = |field| match row.get(field) {
        Some(Value::Number(Number::Int(n))) => Some(*n),
        _ => None,
    };
    number("n") > number("flushed").or(Some(0))
}

/// The reader's own mark.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    stage: Stage,
    /// What came back since it was raised.
    seen: Option<i64>,
    behind: Option<Behind>,
}

/// The feed is not trusted.
#[derive(Clone, Copy, Debug, Default)]
struct Behind {
    /// The first mark that was raised since.
    from: Option<i64>,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Resting {
        until: Duration,
    },
    Raising,
    /// `swept`: a sweep that began since has ended.
    Awaited {
        n: i64,
        raised: Duration,
        by: Duration,
        swept: bool,
    },
}

impl Default for Stage {
    fn default() -> Stage {
        Stage::Resting { until: Duration::ZERO }
    }
}

impl Pulse {
    /// Whether it is to be raised now.
    pub(super) fn is_due(&mut self, now: Duration) -> bool {
        let due = matches!(self.stage, Stage::Resting { until } if until <= now);
        if due {
            self.stage = Stage::Raising;
            self.seen = None;
        }
        due
    }

    /// The connection may have been another one: raise it soon.
    pub(super) fn doubt(&mut self, now: Duration) {
        if let Stage::Resting { until } = self.stage {
            self.stage = Stage::Resting { until: until.min(now + PULSE_AGAIN) };
        }
    }

    /// It is acknowledged, and has to be seen within `patience` from now. Returns whether the feed was not trusted until
    /// now: it had come back already.
    pub(super) fn raised(&mut self, now: Duration, n: i64, patience: Duration) -> bool {
        let seen = self.seen >= Some(n);
        self.stage = match &mut self.behind {
            _ if seen => Stage::Resting { until: now + PULSE_EVERY },
            Some(behind) => {
                behind.from = behind.from.or(Some(n));
                Stage::Resting { until: now + PULSE_AGAIN }
            }
            None => Stage::Awaited { n, raised: now, by: now + patience, swept: false },
        };
        seen && self.behind.take().is_some()
    }

    pub(super) fn failed(&mut self, now: Duration) {
        self.stage = Stage::Resting { until: now + PULSE_AGAIN };
    }

    /// A sweep that began then has ended.
    pub(super) fn swept(&mut self, began: Duration) {
        if let Stage::Awaited { raised, swept, .. } = &mut self.stage {
            *swept |= *raised <= began;
        }
    }

    /// It came back; the next one is due so long after. Returns whether the feed was not trusted until now.
    pub(super) fn met(&mut self, now: Duration, n: i64, next: Duration) -> bool {
        self.seen = self.seen.max(Some(n));
        if let Some(Behind { from: Some(from) }) = self.behind
            && n >= from
        {
            (self.behind, self.stage) = (None, Stage::Resting { until: now + next });
            return true;
        }
        let back = match self.stage {
            Stage::Awaited { n: awaited, .. } => n >= awaited,
            Stage::Raising => false,
            Stage::Resting { .. } => return false,
        };
        if back {
            self.stage = Stage::Resting { until: now + next };
        }
        false
    }

    /// Whether a round of the tail that began then had to bring it and did not. Told once.
    pub(super) fn is_missed(&mut self, now: Duration, round_began: Duration) -> bool {
        let Stage::Awaited { by, swept, .. } = self.stage else { return false };
        if round_began < by || !swept {
            return false;
        }
        self.stage = Stage::Resting { until: now + PULSE_AGAIN };
        self.behind.replace(Behind::default()).is_none()
    }
}
