//! Marks: everything acknowledged before one was raised is visible once it is settled (mechanism M12).
//!
//! A mark that was met waits for the sweep that capture begins then; after it, for every view that is known to have
//! nothing under way and for the engine to owe nothing; after that, for all edges until then to be committed.

use std::collections::BTreeMap;

use protocol::{Change, ChangeId};
use surrealdb_types::{Number, RecordId, Value};
use view::delta::ViewNo;

use super::Core;
use super::effect::{Effect, Ticket};
use super::ledger::Ledger;

#[derive(Debug, Default)]
pub(super) struct Marks {
    pub(super) ledger: Ledger,
    /// By who asks.
    met: BTreeMap<RecordId, Mark>,
}

#[derive(Debug)]
struct Mark {
    n: i64,
    /// The change that raised it.
    at: ChangeId,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// For capture to have swept.
    Sweep,
    /// For the views up to this one.
    Views(ViewNo),
    /// For the edges up to this ticket.
    Edges(Ticket),
}

impl Marks {
    /// Rows of `_00_mark` changed.
    pub(super) fn met(&mut self, changes: impl IntoIterator<Item = Change>) {
        for change in self.ledger.admit(changes) {
            let raised = change.after.as_ref().and_then(|row| {
                let number = |field| match row.get(field) {
                    Some(Value::Number(Number::Int(n))) => Some(*n),
                    _ => None,
                };
                let n = number("n")?;
                (n > number("flushed").unwrap_or(0)).then_some(n)
            });
            match raised {
                Some(n) if self.met.get(&change.record).is_some_and(|mark| mark.n == n) => {}
                Some(n) => {
                    let mark = Mark { n, at: change.id, stage: Stage::Sweep };
                    self.met.insert(change.record, mark);
                }
                None => {
                    self.met.remove(&change.record);
                }
            }
        }
    }

    pub(super) fn load_end(&mut self, at: ChangeId) {
        for record in self.ledger.load_end(at) {
            self.met.remove(&record);
        }
    }

    /// Capture has swept all that is not newer than `upto`.
    pub(super) fn swept(&mut self, upto: ChangeId, last: ViewNo) {
        for mark in self.met.values_mut() {
            if mark.stage == Stage::Sweep && mark.at <= upto {
                mark.stage = Stage::Views(last);
            }
        }
    }
}

impl Core {
    pub(super) fn settle_marks(&mut self, effects: &mut Vec<Effect>) {
        if self.refilling || self.is_starting() {
            return;
        }
        let busy = self.busy.first().copied();
        let last_ticket = self.outstanding.last();
        for mark in self.marks.met.values_mut() {
            if let Stage::Views(last) = mark.stage
                && busy.is_none_or(|first| first > last)
            {
                mark.stage = Stage::Edges(last_ticket);
            }
        }
        let outstanding = &self.outstanding;
        let waits = |mark: &Mark| matches!(mark.stage, Stage::Edges(last) if outstanding.is_committed(last));
        let done: Vec<RecordId> = self
            .marks
            .met
            .iter()
            .filter(|(_, mark)| waits(mark))
            .map(|(asker, _)| asker.clone())
            .collect();
        for asker in done {
            if let Some(mark) = self.marks.met.remove(&asker) {
                effects.push(Effect::Settle { asker, n: mark.n });
            }
        }
    }
}
