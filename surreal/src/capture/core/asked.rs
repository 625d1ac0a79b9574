//! Looks at records that somebody asks for: the auditor's own way of looking, begun at once.
//!
//! *A load by difference cannot tell a row that was changed in silence from one that it loaded before at the same floor.* A
//! look can: what differs from what is held, and is not on its way, is told as a change.
//!
//! # Invariants
//! - One ends when all that it found is told, or when its records cannot be read; a load in between has it begin again.
//! - It takes the auditor's place: the pass that was under way begins again later.

use std::collections::VecDeque;
use std::time::Duration;

use protocol::ChangeId;
use surrealdb_types::RecordId;

use super::super::Captured;
use super::{Core, Effect};

/// Records that somebody wants to have looked at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AskedFor {
    pub(crate) no: u64,
    pub(crate) table: String,
    pub(crate) records: Vec<RecordId>,
}

/// What is asked for, in its order.
#[derive(Debug, Default)]
pub(super) struct Queue(VecDeque<AskedFor>);

impl Core {
    pub(super) fn look_at(&mut self, asked: AskedFor) {
        self.asked.0.push_back(asked);
    }

    /// Begins the next one, if nothing that was asked for is under way.
    pub(super) fn begin_asked(
        &mut self,
        now: Duration,
        since: ChangeId,
        effects: &mut Vec<Effect>,
    ) {
        if self.auditor.asked().is_some() {
            return;
        }
        while let Some(asked) = self.asked.0.front() {
            if self.tables.is_followed(&asked.table) && !asked.records.is_empty() {
                if self.tables.is_settled(&asked.table) {
                    self.auditor.begin_asked(now, asked, since);
                }
                return;
            }
            effects.push(Effect::Tell(Captured::LookedAt { no: asked.no }));
            self.asked.0.pop_front();
        }
    }

    /// Ends the one that is under way, once all that it found is told.
    pub(super) fn end_asked(&mut self, effects: &mut Vec<Effect>) {
        let Some(no) = self.auditor.take_asked() else { return };
        self.asked.0.retain(|asked| asked.no != no);
        effects.push(Effect::Tell(Captured::LookedAt { no }));
    }
}
