//! Groups: what GROUP BY answers, and the door to the circuits that keep them (design D4).
//!
//! A group is a row of a table that nobody has: its id is a hash of what its rows have in common and a number among those
//! that share the hash, its content is what is shown of it. So it is told, kept and written like every other row.
//!
//! The sums are kept by relational circuits, which are built elsewhere: this crate builds for the browser, they do not.
//!
//! # Invariants
//! - Two rows are of one group when the database finds their keys equal, kinds of numbers aside; NONE and NULL are two.
//! - A group shows its keys as its first row has them, rows being in the order of their ids.

mod ids;
mod row;
pub(crate) mod sum;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use surrealdb_types::{Number, Value};

pub(crate) use ids::Ids;
pub(crate) use row::content;
pub use row::{GROUPS, GroupId, number_of, record, shown};
pub use sum::{add, addend};

use crate::fault::Fault;
use crate::index::{Entry, Order};
use crate::plan::{Grouping, Slot};
use crate::row::Row;

/// What builds relational circuits.
pub trait Circuits: fmt::Debug + Send {
    /// Builds one for all views of a shape: it is told which view's window each row is of. Fails with the system's words
    /// where there are no means for it.
    fn build(&mut self, grouping: &Arc<Grouping<Slot>>) -> Result<Box<dyn Circuit>, String>;
}

/// The groups of all windows of one shape. When it is dropped, nobody asks for it again.
pub trait Circuit: fmt::Debug + Send {
    /// Takes rows in and out, in one transaction. Returns the groups that it touched, each once.
    fn step(&mut self, fed: Vec<Fed>) -> Vec<Touched>;
}

/// A row that enters a window's groups, or leaves them.
#[derive(Clone, Debug)]
pub struct Fed {
    /// The window.
    pub window: u32,
    /// The row's group.
    pub group: GroupId,
    /// The row: to leave, the very image that entered.
    pub row: ById,
    /// The window's arguments.
    pub args: Arc<[Value]>,
    /// Whether it enters.
    pub enters: bool,
}

/// A group that a step touched.
#[derive(Clone, Debug)]
pub struct Touched {
    /// Its window.
    pub window: u32,
    /// Which.
    pub group: GroupId,
    /// What it is now; `None` if it has no row left.
    pub now: Option<Total>,
}

/// What is known of a group.
#[derive(Clone, Debug)]
pub struct Total {
    /// Its first row.
    pub first: Row,
    /// How many rows it has.
    pub count: i64,
    /// The sums, in the order of the grouping; or the row on which one of them has no value, and why.
    pub sums: Result<Vec<Number>, (Row, Fault)>,
}

/// A row at its place among others, by its id.
#[derive(Clone, Debug)]
pub struct ById(Entry);

impl ById {
    /// Finds a row's place.
    pub fn new(row: &Row) -> ById {
        ById(Order::by_id().place(row).expect("an order without keys raises nowhere"))
    }

    /// Returns the row.
    pub fn row(&self) -> &Row {
        &self.0.row
    }
}

impl Ord for ById {
    fn cmp(&self, other: &ById) -> Ordering {
        let images = || self.row().number.cmp(&other.row().number);
        Order::by_id().compare(&self.0, &other.0).then_with(images)
    }
}

impl PartialOrd for ById {
    fn partial_cmp(&self, other: &ById) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ById {
    fn eq(&self, other: &ById) -> bool {
        self.row() == other.row()
    }
}

impl Eq for ById {}

impl std::hash::Hash for ById {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.row().hash(state);
    }
}
