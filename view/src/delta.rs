//! What a step says.
//!
//! # Invariants
//! - Consolidated: one line for a record in a view and a step, and none where nothing of it changed.
//! - Lines of a view come in the order `-`, `~`, `+`, each sorted by id in the database's order; those of its subqueries'
//!   rows likewise, then by the row around them, then by name.

use std::sync::Arc;

use protocol::{Code, Problem};
use serde::{Deserialize, Serialize};
use surrealdb_types::RecordId;

use crate::row::Row;

/// A registered view's number in one engine, given by whoever registers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ViewNo(pub u32);

/// All that one input did to the views, in the order of their numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// At most one for a view.
    pub views: Vec<ViewDelta>,
}

/// What happened to one view.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewDelta {
    /// Which.
    pub view: ViewNo,
    /// Its rows.
    pub rows: Vec<RowDelta>,
    /// The rows of its subqueries.
    pub children: Vec<ChildDelta>,
    /// Its state, where that changed.
    pub state: Option<StateChange>,
}

impl ViewDelta {
    /// Nothing but a new state.
    pub fn only(view: ViewNo, state: StateChange) -> ViewDelta {
        ViewDelta { view, rows: Vec::new(), children: Vec::new(), state: Some(state) }
    }
}

/// Where a subquery's row stands: under which row of the query around it, as what.
#[derive(Clone, Debug, PartialEq)]
pub struct Under {
    /// The row's record.
    pub parent: RecordId,
    /// The name under which the subquery is shown.
    pub alias: Arc<str>,
}

/// A subquery's row in an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ChildRow {
    /// Where it stands.
    pub under: Under,
    /// The row.
    pub row: Row,
}

/// What happened to a subquery's row: one line, however many ways lead to it.
#[derive(Clone, Debug, PartialEq)]
pub struct ChildDelta {
    /// Where it stands.
    pub under: Under,
    /// What happened.
    pub row: RowDelta,
}

/// The records of an answer, as somebody holds it who is not the engine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// Its rows.
    pub rows: Vec<RecordId>,
    /// The rows of its subqueries: the row around each, the name, the record.
    pub children: Vec<(RecordId, String, RecordId)>,
}

/// What happened to one record of a view.
#[derive(Clone, Debug, PartialEq)]
pub enum RowDelta {
    /// `-`: it left.
    Leave {
        /// The record.
        record: RecordId,
        /// The user may no longer select it: such edges go ahead of everything else.
        revoked: bool,
    },
    /// `~`: it stays, with new content.
    Change(Row),
    /// `+`: it entered.
    Enter(Row),
}

/// A new state of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateChange {
    /// Its answer is maintained (again); the rows beside it are the difference to the answer that stood.
    Ready,
    /// The database's query would fail: the answer stands, except what was deleted or is no longer permitted.
    Failed {
        /// `ROW_FAILED`, `LINK_IN_PATH`.
        code: Code,
        /// The record that it fails on.
        record: RecordId,
        /// What was raised.
        reason: String,
        /// Whether the select permission raises: of the record nothing may be told to the view's user then.
        of_permission: bool,
    },
    /// It outgrew a limit: it is maintained no longer, and none of its rows stands.
    Refused(Problem),
    /// Its user's record was deleted: it says nothing more and is gone.
    Ended,
}
