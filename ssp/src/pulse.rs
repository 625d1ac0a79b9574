//! What is known of a processor without asking its engine: the coordinator publishes it after every step that changed
//! it, so that a probe is answered while the engine works.

use std::sync::Arc;

use protocol::Problem;
use protocol::wire::{PostedRows, Status};
use surreal::schema::Schema;

/// The present state, in short.
#[derive(Clone, Debug)]
pub(crate) struct Pulse {
    pub(crate) status: Status,
    pub(crate) problem: Option<Problem>,
    pub(crate) views: usize,
    pub(crate) tables: usize,
    /// Whether the feed does not bring back what is written.
    pub(crate) stalled: bool,
    /// Whether nothing will ever change again.
    pub(crate) over: bool,
    /// What is held of posted rows.
    pub(crate) posted: PostedRows,
    /// The definitions that views are planned under; `None` before they were read.
    pub(crate) schema: Option<Arc<Schema>>,
}

impl Pulse {
    pub(crate) fn beginning() -> Pulse {
        Pulse {
            status: Status::Bootstrapping,
            problem: None,
            views: 0,
            tables: 0,
            stalled: false,
            over: false,
            posted: PostedRows::default(),
            schema: None,
        }
    }

    /// Notes that it cannot go on.
    pub(crate) fn fail(&mut self, problem: Problem) {
        self.status = Status::Failed;
        self.problem = Some(problem);
        self.over = true;
    }

    /// Whether the process has nothing left to do: unlike one that was superseded, which answers that it was.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// Whether both look the same from outside; definitions are compared by their digests.
    pub(crate) fn is_like(&self, other: &Pulse) -> bool {
        let digest = |pulse: &Pulse| pulse.schema.as_ref().map(|schema| schema.digest.clone());
        self.status == other.status
            && self.problem == other.problem
            && self.views == other.views
            && self.tables == other.tables
            && self.stalled == other.stalled
            && self.over == other.over
            && self.posted == other.posted
            && digest(self) == digest(other)
    }
}
