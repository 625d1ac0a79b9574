//! What is held, for whoever compares it with the database, and putting a view's edges right.

use std::collections::BTreeSet;

use protocol::ViewKey;
use protocol::limits::VERIFY_ROWS_MAX;
use surreal::query_row::State;
use surrealdb_types::RecordId;
use tokio::sync::oneshot;
use view::engine::Sum;
use view::row::Row;

use super::Core;
use super::answer::Answer;
use super::effect::{EdgeWork, Effect};

/// A question of whoever compares.
#[derive(Debug)]
pub(crate) enum Comparison {
    /// What are the sums of a table's rows, by bucket? `None` where it is not followed.
    Sums { table: String, buckets: u32, reply: oneshot::Sender<Option<Vec<Sum>>> },
    /// Which rows are in these buckets? And are there more?
    RowsIn {
        table: String,
        buckets: u32,
        only: BTreeSet<u32>,
        reply: oneshot::Sender<(Vec<Row>, bool)>,
    },
    /// What should a view's edges be?
    View { key: ViewKey, reply: oneshot::Sender<Option<HeldView>> },
    /// Would you have records looked at in the database, and say when what differs is applied?
    LookAt { table: String, records: Vec<RecordId>, reply: oneshot::Sender<()> },
    /// Would you sweep edges of nobody's views, and say when that is done?
    Sweep { reply: oneshot::Sender<()> },
    /// Would you make a view's edges what they should be? `false` where there is no such view.
    Reconcile { key: ViewKey, reply: oneshot::Sender<bool> },
}

/// A view's answer as it is held.
#[derive(Clone, Debug)]
pub(crate) struct HeldView {
    pub(crate) state: State,
    /// Whether the answer is what its edges should be.
    pub(crate) settled: bool,
    pub(crate) answer: Answer,
}

impl Core {
    pub(super) fn compared(&mut self, comparison: Comparison, effects: &mut Vec<Effect>) {
        // Who asked may have gone: then nobody minds that the answer is lost.
        match comparison {
            Comparison::Sums { table, buckets, reply } => {
                let _ = reply.send(self.host.engine().sums(&table, buckets));
            }
            Comparison::RowsIn { table, buckets, only, reply } => {
                let engine = self.host.engine();
                let _ = reply.send(engine.rows_in(&table, buckets, &only, VERIFY_ROWS_MAX));
            }
            Comparison::View { key, reply } => {
                let _ = reply.send(self.held_view(&key));
            }
            Comparison::LookAt { table, records, reply } => {
                let no = self.questions.looks.last_key_value().map_or(0, |(no, _)| no + 1);
                self.questions.looks.insert(no, reply);
                effects.push(Effect::LookAt { no, table, records });
            }
            Comparison::Sweep { reply } => {
                self.questions.sweeps.push(reply);
                self.sweep(effects);
            }
            Comparison::Reconcile { key, reply } => {
                let _ = reply.send(self.reconcile(&key, effects));
            }
        }
    }

    fn held_view(&self, key: &ViewKey) -> Option<HeldView> {
        let view = self.registry.find(key)?;
        let answer = match view.is_live() {
            true => Answer::of(self.host.engine(), view.no),
            // It keeps no edge while it is refused or waits.
            false => Answer::default(),
        };
        let settled = view.is_settled() && !view.unread;
        Some(HeldView { state: view.saying().state, settled, answer })
    }

    /// Has a view's edges read and made what its answer is; `false` if it has none to make.
    fn reconcile(&mut self, key: &ViewKey, effects: &mut Vec<Effect>) -> bool {
        let Some(view) = self.registry.find(key) else { return false };
        let (no, live) = (view.no, view.is_live());
        let work = if live { EdgeWork::Reconcile } else { EdgeWork::Clear { ended: false } };
        self.hand_out(no, work, effects);
        true
    }
}
