//! What the coordinator is told.

use std::collections::BTreeSet;

use protocol::{Problem, ViewKey};
use surreal::capture::Captured;
use surreal::query_row::Saying;
use surrealdb_types::RecordId;
use view::delta::ViewNo;

use super::effect::Ticket;
use super::questions::Question;

/// One thing that happened.
#[derive(Debug)]
pub(crate) enum Input {
    /// In the database.
    Captured(Captured),
    /// These views' edges are committed, each's up to its ticket.
    Written(Vec<(ViewNo, Ticket)>),
    /// The database refuses a view's edges.
    Unwritable { view: ViewKey, problem: Problem },
    /// What was to be said in these views' rows was said (or the row is gone, or another's).
    Told(Vec<(ViewNo, Saying)>),
    /// A user's edge table was seen to: it stands, with its rule, unless the user has no record.
    Welcomed { user: RecordId, stands: bool },
    /// An hour has passed since the last sweep.
    SweepDue,
    /// A sweep is done. It made these users' tables: nothing stands there any more.
    Swept { made: BTreeSet<RecordId> },
    /// A lane was closed by somebody: nothing may be written any more.
    Fenced,
    /// Somebody asks.
    Asked(Question),
    /// Time passed.
    Tick,
}
