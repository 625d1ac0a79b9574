//! What the coordinator is told.

use std::collections::BTreeSet;

use protocol::{Problem, ViewKey};
use surreal::capture::Captured;
use surrealdb_types::RecordId;
use view::delta::ViewNo;

use super::effect::Ticket;
use super::questions::Question;
use super::view::Saying;

/// One thing that happened.
#[derive(Debug)]
pub(crate) enum Input {
    /// In the database.
    Captured(Captured),
    /// These views' edges are committed, each's up to its ticket.
    Written(Vec<(ViewNo, Ticket)>),
    /// The database refuses a view's edges.
    Unwritable { view: ViewKey, problem: Problem },
    /// What was to be said in a row was said (or the row is gone, or another's).
    Told { no: ViewNo, saying: Saying, landed: bool },
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
