//! One registered view, as the coordinator knows it.

use std::sync::Arc;

use protocol::{ChangeId, Code, Problem};
use service::Moment;
use surreal::query_row::{QueryRow, Saying, State};
use view::caller::Caller;
use view::delta::ViewNo;

use super::effect::{Ticket, Whose};
use super::plans::Query;

/// A registration and what became of it.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) no: ViewNo,
    /// The registration as its row last said it.
    pub(crate) row: Arc<QueryRow>,
    /// What its row says of its edges.
    pub(crate) whose: Arc<Whose>,
    /// When its row was last seen to be touched, by our own clock.
    pub(crate) touched: Moment,
    /// The change that registered this text: a deletion of the user that came later ends the view (M10).
    pub(crate) born: ChangeId,
    pub(crate) phase: Phase,
    /// How many records the engine's answer has.
    pub(crate) rows: u64,
    pub(crate) telling: Telling,
    /// Whether the database may hold edges of it that this process did not write.
    pub(crate) inherited: bool,
    /// Whether its answer is what the edges of an earlier life say, which nobody has read yet: its query failed as
    /// soon as it was hydrated, so that they stand.
    pub(crate) unread: bool,
    /// Whether it is one too many of its user: it is refused until another of his ends.
    pub(crate) surplus: bool,
    /// Why the engine does not maintain it any longer: what it shows became too much.
    pub(crate) outgrown: Option<Problem>,
    /// Whether its user's record is gone.
    pub(crate) ended: bool,
}

/// A view's life. A view that is waiting has no edges but those that it inherited.
#[derive(Debug)]
pub(crate) enum Phase {
    /// Tables that it reads are being loaded.
    Waiting(Planned),
    /// The engine maintains its answer.
    Live {
        planned: Planned,
        /// The last of its hydration's edges, while they are not known to be committed: so long it is not `ready`.
        hydrating: Option<Ticket>,
        /// Why the database's own query would fail, while it would.
        fault: Option<Problem>,
    },
    /// It is not maintained, and has no edges.
    Refused(Problem),
    /// The database refuses its edges: it is not maintained until it is registered otherwise.
    Broken(Problem),
}

/// A query that was accepted, under the permissions of its caller.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Planned {
    pub(crate) query: Query,
    pub(crate) caller: Caller,
}

/// What was said of a view in its row, and when.
#[derive(Debug, Default)]
pub(crate) struct Telling {
    /// Nothing yet, or nothing that may be relied upon.
    pub(crate) said: Option<Saying>,
    pub(crate) at: Option<Moment>,
    /// Whether a write is under way.
    pub(crate) writing: bool,
}

impl View {
    pub(crate) fn new(touched: Moment, no: ViewNo, row: QueryRow, born: ChangeId) -> View {
        let refused = Problem::new(protocol::Code::Internal, "not planned yet");
        let phase = Phase::Refused(refused);
        let telling = Telling::default();
        View {
            no,
            whose: Arc::new(whose(&row)),
            row: Arc::new(row),
            touched,
            born,
            phase,
            rows: 0,
            telling,
            inherited: false,
            unread: false,
            surplus: false,
            outgrown: None,
            ended: false,
        }
    }

    /// Gives it its registration as it is now.
    pub(crate) fn rewrite(&mut self, now: Moment, row: QueryRow) {
        if self.row.last_active_at != row.last_active_at || self.row.ttl != row.ttl {
            self.touched = now;
        }
        if self.row.client != row.client {
            self.whose = Arc::new(whose(&row));
        }
        self.row = Arc::new(row);
    }

    /// Returns what its row should say now.
    pub(crate) fn saying(&self) -> Saying {
        let (state, error) = match &self.phase {
            Phase::Waiting(_) => (State::Materializing, None),
            Phase::Live { fault: Some(problem), .. } => (State::Failed, Some(problem.clone())),
            Phase::Live { hydrating: Some(_), .. } => (State::Materializing, None),
            Phase::Live { .. } => (State::Ready, None),
            Phase::Refused(problem) => (State::Refused, Some(problem.clone())),
            Phase::Broken(problem) => (State::Failed, Some(problem.clone())),
        };
        let counted = matches!(state, State::Ready | State::Failed);
        Saying { state, error, row_count: counted.then_some(self.rows) }
    }

    /// Whether it has arrived where its registration takes it: hydrated and committed, or refused.
    pub(crate) fn is_settled(&self) -> bool {
        match &self.phase {
            Phase::Waiting(_) => false,
            Phase::Live { hydrating, .. } => hydrating.is_none(),
            Phase::Refused(_) | Phase::Broken(_) => true,
        }
    }

    /// Returns what it was planned to, unless it was refused.
    pub(crate) fn planned(&self) -> Option<&Planned> {
        match &self.phase {
            Phase::Waiting(planned) | Phase::Live { planned, .. } => Some(planned),
            Phase::Refused(_) | Phase::Broken(_) => None,
        }
    }

    /// Its text changed: it is not `ready` before its new answer is committed.
    pub(crate) fn begin_again(&mut self, last: Ticket) {
        if let Phase::Live { hydrating, .. } = &mut self.phase {
            *hydrating = Some(last);
        }
    }

    /// Whether what it needs is not there yet.
    pub(crate) fn waits(&self) -> bool {
        matches!(self.phase, Phase::Waiting(_))
    }

    /// Whether it is refused because its user has no record.
    pub(crate) fn lacks_its_user(&self) -> bool {
        matches!(&self.phase, Phase::Refused(problem) if problem.code == Code::NoSuchUser)
    }

    pub(crate) fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Live { .. })
    }
}

fn whose(row: &QueryRow) -> Whose {
    Whose { view: row.view.clone(), client: row.client.clone() }
}
