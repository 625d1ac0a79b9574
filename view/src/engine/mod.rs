//! The engine: rows in, deltas out. The one door of this crate for whoever maintains views.
//!
//! # Invariants
//! - Synchronous and deterministic: the same inputs in the same order give the same steps.
//! - After every input, for every view: the folded deltas are its answer, and that is what
//!   [`crate::reference`] gives, unless the view is `failed` or waits for a refill.
//! - An input costs what it changes. No input walks more than a bounded number of index entries for
//!   what existed before it; what is left, [`Engine::refill`] does.
//!
//! # Absent on purpose
//! No I/O, clock or thread; no notion of users beyond their records, of edges, or of who reads the
//! deltas.

mod audit;
mod commit;
mod cost;
mod describe;
mod groups;
mod held;
mod input;
mod nest;
mod open;
mod prepare;
mod register;
#[cfg(all(test, feature = "surrealql"))]
mod tests;
mod users;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Weak};

use foldhash::fast::RandomState;
use protocol::limits::{CHILDREN_PER_VIEW_MAX, REFILL_ENTRIES_PER_STEP};
use protocol::{ChangeId, RowVersion};
use surrealdb_types::RecordId;

pub use cost::Measured;
pub use describe::Description;
pub use held::Sum;
pub use input::Input;

use crate::delta::{ChildRow, Step, ViewNo};
use crate::digest::Digest;
use crate::family::Family;
use crate::group::{Circuit, Circuits};
use crate::plan::Plan;
use crate::router::Router;
use crate::row::Row;
use crate::shape::Shape;
use crate::store::Rows;
use crate::window::{Scene, Window};
use nest::{Nest, Turn};
use prepare::Identity;
use users::Reads;

/// Rows, indexes, families, windows and views of one database.
#[derive(Debug)]
pub struct Engine {
    tables: Vec<Table>,
    names: HashMap<String, usize, RandomState>,
    families: HashMap<Arc<Shape>, Known>,
    windows: Vec<Option<Open>>,
    free: Vec<u32>,
    identical: HashMap<Identity, u32, RandomState>,
    views: HashMap<ViewNo, View, RandomState>,
    users: HashMap<RecordId, Vec<ViewNo>>,
    refilling: BTreeSet<u32>,
    images: u64,
    /// The version of what groups become by the next step.
    stamp: RowVersion,
    circuits: Option<Box<dyn Circuits>>,
    families_made: u64,
    /// Index entries that refills walk in one input.
    refill_entries: usize,
    /// Rows that the subqueries of a view may show.
    children_max: usize,
    sample: Option<Box<cost::Sample>>,
}

/// One table.
#[derive(Debug, Default)]
struct Table {
    followed: bool,
    rows: Rows,
    router: Router,
}

/// A family and how many windows it has.
#[derive(Debug)]
struct Known {
    family: Arc<Family>,
    /// Its windows; and the families whose subquery it is.
    windows: usize,
    /// The plans of its views that read their users' rows: most are the same.
    plans: Vec<Weak<Plan>>,
    timed: cost::Timed,
    /// What keeps the groups of all its windows.
    circuit: Option<Box<dyn Circuit>>,
}

/// A window and where it belongs.
#[derive(Debug)]
struct Open {
    window: Window,
    table: usize,
    /// By what the next view finds it, if it may share it.
    identity: Option<Identity>,
    /// Whether it is a subquery's, which rows hold instead of views.
    is_subquery: bool,
    /// What it holds of subqueries, and who holds it.
    nest: Option<Box<Nest>>,
}

#[derive(Debug)]
struct View {
    window: u32,
    user: Option<RecordId>,
    reads: Option<Box<Reads>>,
}

impl Table {
    fn scene(&self) -> Scene<'_> {
        Scene { rows: &self.rows, router: &self.router }
    }
}

impl Default for Engine {
    fn default() -> Engine {
        Engine::new()
    }
}

impl Engine {
    /// An engine without tables. It keeps no groups: see [`Engine::with_groups`].
    pub fn new() -> Engine {
        Engine {
            tables: Vec::new(),
            names: HashMap::default(),
            families: HashMap::new(),
            windows: Vec::new(),
            free: Vec::new(),
            identical: HashMap::default(),
            views: HashMap::default(),
            users: HashMap::new(),
            refilling: BTreeSet::new(),
            images: 0,
            stamp: RowVersion::default(),
            circuits: None,
            families_made: 0,
            refill_entries: REFILL_ENTRIES_PER_STEP,
            children_max: CHILDREN_PER_VIEW_MAX,
            sample: None,
        }
    }

    /// Returns every followed table with its rows' number and digest, by name.
    pub fn tables(&self) -> Vec<(&str, usize, Digest)> {
        let followed = self.names.iter().filter(|(_, at)| self.tables[**at].followed);
        let mut tables: Vec<_> = followed
            .map(|(name, at)| {
                let rows = &self.tables[*at].rows;
                (name.as_str(), rows.len(), rows.digest())
            })
            .collect();
        tables.sort_unstable_by_key(|(name, ..)| *name);
        tables
    }

    /// Returns how many rows of a table are held.
    pub fn len(&self, table: &str) -> usize {
        self.held(table).map_or(0, Rows::len)
    }

    /// Whether changes of a table are heard.
    pub fn follows(&self, table: &str) -> bool {
        self.names.get(table).is_some_and(|at| self.tables[*at].followed)
    }

    /// Returns a record's row.
    pub fn row(&self, record: &RecordId) -> Option<&Row> {
        let at = self.names.get(record.table.as_str())?;
        self.tables[*at].rows.get(&record.key)
    }

    /// Returns a view's answer, as it was told, in window order.
    pub fn answer(&self, view: ViewNo) -> Vec<Row> {
        match self.views.get(&view) {
            Some(view) => self.told(view.window),
            None => Vec::new(),
        }
    }

    /// Returns the rows of a view's subqueries, as they were told: each once, a row before what is
    /// shown under it, those under one row and name in window order.
    pub fn children(&self, view: ViewNo) -> Vec<ChildRow> {
        match self.views.get(&view) {
            Some(view) => self.told_children(view.window),
            None => Vec::new(),
        }
    }

    /// Returns the digest of a view's rows, those of its subqueries among them.
    pub fn digest(&self, view: ViewNo) -> Digest {
        let mut digest = Digest::default();
        self.answer(view).iter().for_each(|row| digest.add(row.digest()));
        self.children(view).iter().for_each(|child| digest.add(child.row.digest()));
        digest
    }

    /// Drops the tombstones of deletions below `floor`.
    pub fn forget_before(&mut self, floor: ChangeId) {
        self.tables.iter_mut().for_each(|table| table.rows.forget_before(floor));
    }

    /// Walks one piece of what windows wait for. Returns whether there is more.
    pub fn refill(&mut self) -> (Step, bool) {
        let mut step = Step::default();
        let mut turn = Turn::new(self.children_max, self.refill_entries);
        while let Some(number) = self.refilling.first().copied() {
            if self.is_nested(number) {
                self.refill_nested(number, &mut turn);
            } else {
                self.refill_window(number, &mut turn.budget, &mut step.views);
            }
            if turn.budget == 0 {
                break;
            }
        }
        self.settle_turn(turn, &mut step.views);
        step.views.sort_by_key(|delta| delta.view);
        (step, !self.refilling.is_empty())
    }

    fn told(&self, window: u32) -> Vec<Row> {
        self.open(window).window.answer(self.scene(window))
    }

    fn open(&self, window: u32) -> &Open {
        self.windows[window as usize].as_ref().expect("a view's window is open")
    }

    fn opened(&mut self, window: u32) -> &mut Open {
        self.windows[window as usize].as_mut().expect("a window that is looked after is open")
    }

    /// An open window, to be changed, with what it sees of its table.
    fn at_work(&mut self, window: u32) -> (&mut Open, Scene<'_>) {
        let open = self.windows[window as usize].as_mut();
        let open = open.expect("a window that is at work is open");
        let scene = self.tables[open.table].scene();
        (open, scene)
    }

    /// What a window sees of its table.
    fn scene(&self, window: u32) -> Scene<'_> {
        self.tables[self.open(window).table].scene()
    }

    /// Finds a table, which from then on is known.
    fn table(&mut self, name: &str) -> usize {
        if let Some(at) = self.names.get(name) {
            return *at;
        }
        self.tables.push(Table::default());
        self.names.insert(name.to_owned(), self.tables.len() - 1);
        self.tables.len() - 1
    }
}
