//! What the coordinator wants done. Whoever does it holds no decision.

use std::collections::BTreeSet;
use std::sync::Arc;

use protocol::{Problem, ViewKey};
use surreal::query_row::{QueryRow, Saying};
use surreal::schema::Schema;
use surrealdb_types::RecordId;
use view::delta::{ChildDelta, RowDelta, ViewNo};

/// Numbers what is handed to the writer, in order; with it comes back that it was committed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ticket(pub(crate) u64);

impl Ticket {
    /// Of a hydration's last edges, while they are being handed out.
    pub(crate) const UNKNOWN: Ticket = Ticket(u64::MAX);
}

/// Whose edges they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Whose {
    pub(crate) view: ViewKey,
    /// The client that they name.
    pub(crate) client: String,
}

/// Edges of one view.
#[derive(Clone, Debug)]
pub(crate) struct Edges {
    pub(crate) whose: Arc<Whose>,
    pub(crate) no: ViewNo,
    pub(crate) what: EdgeWork,
    /// Whether it is the view's hydration.
    pub(crate) hydrates: bool,
    /// Comes back when it is committed.
    pub(crate) ticket: Ticket,
}

/// What to do with edges.
#[derive(Clone, Debug)]
pub(crate) enum EdgeWork {
    /// Write the difference of the answer: of its rows, and of its subqueries'.
    Write(Vec<RowDelta>, Vec<ChildDelta>),
    /// Make what stands in the database be the answer, asked for when its turn comes.
    Reconcile,
    /// Remove all; of a view that ended, for good.
    Clear { ended: bool },
}

/// One thing to do. Those of one step are begun in order.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// Capture: load a table and tell its changes from now on.
    Follow { table: String },
    /// Capture: load a followed table again.
    Reload { table: String },
    /// Capture: a table is followed no longer.
    Forget { table: String },
    /// Capture: these records are held and the auditor's pass did not find them.
    LookFor { pass: u64, records: Vec<RecordId> },
    /// Capture: somebody wants these to be looked at.
    LookAt { no: u64, table: String, records: Vec<RecordId> },
    /// The auditor found so many changes that the feed did not tell of.
    CountMissed { table: String, changes: usize },
    /// The engine panicked, and begins anew.
    CountRebuild,
    /// Capture: so many views exist.
    Activity { views: usize },
    /// Definitions were read: tables that users sign up to get their event.
    Provide { schema: Arc<Schema> },
    /// Definitions are applied: what they take away has been handed to the writer.
    Adopted { digest: String },
    /// Edges: something to write, of one view after the other.
    Write(Vec<Edges>),
    /// Registration: say what became of it.
    Tell { no: ViewNo, row: Arc<QueryRow>, saying: Saying },
    /// Registration: remove it.
    Remove { row: Arc<QueryRow> },
    /// A user is there: his edge table has to be, with its rule.
    Welcome { user: RecordId },
    /// A user went: his edge table has to go, unless he is there (again).
    Dismiss { user: RecordId },
    /// Mark: everything before it is visible.
    Settle { asker: RecordId, n: i64 },
    /// Edges of views that are none of these, tables of users that are none, go.
    Sweep { views: BTreeSet<ViewKey> },
    /// Find out who took over.
    FindSuperseder,
    /// What stands in the database has to be read again: this tenure ends, and the next one does.
    BeginAgain,
    /// Nothing more can be done.
    Fail { problem: Problem },
}
