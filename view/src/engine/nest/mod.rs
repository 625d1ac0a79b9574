//! Windows of subqueries, and what ties them to the windows that they are shown in.
//!
//! What a subquery asks for one row is a window like any other: of the subquery's family, with arguments that are taken
//! from the row. Rows that give the same arguments share one, in whichever views they stand. So a change costs a
//! subquery's window one step, and each view one line for every row that the window is shown under.
//!
//! # Invariants
//! - A window is held by each row that it is shown under, and closes with the last one.
//! - A view's child rows weigh as many as there are ways down to them; they are told of while that is not zero.
//! - Weights are those of the windows as they are held, whatever is still to be turned: so the order in which windows
//!   are turned is of no matter.
//! - A view fails while a window under it does.

mod hold;
mod news;
mod pin;
mod stand;
mod turn;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use foldhash::fast::RandomState;

use news::Lines;
use pin::Pin;
pub(super) use turn::Turn;

use crate::delta::ChildRow;
use crate::value::address::Key;

/// What a window holds of its rows' subqueries, and who holds it.
#[derive(Debug, Default)]
pub(super) struct Nest {
    /// For which rows it is asked; a view's own window for none.
    holders: BTreeSet<Holder>,
    /// The windows that each of its rows holds, in the order of the family's subqueries; none where the row gives no
    /// arguments: then the row fails.
    held: BTreeMap<Key, Box<[Option<u32>]>>,
    /// Whether those above it count it among the failed ones.
    failed: bool,
    /// Of a view's window: how many ways there are down to a failed one.
    pub(super) failing: usize,
    /// Of a view's window: how many ways there are to rows below it, and to the windows that show them.
    ways: usize,
    /// These are more than a view may have.
    pub(super) overflows: bool,
    /// Of a view's window: in how many ways each child row is there, where that may be several.
    weights: HashMap<Weighed, u32, RandomState>,
    /// Of a view's window: the ways that its subqueries' windows go, kept open while there are none.
    pins: Vec<Pin>,
    /// Of a view's window: the child rows that stand while it is failed.
    standing: Option<Vec<ChildRow>>,
}

/// What a child row is weighed by.
type Weighed = [u8; 32];

/// A row that a window is shown under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Holder {
    window: u32,
    row: Key,
    /// Which of the family's subqueries.
    child: usize,
}

impl Nest {
    /// How many rows it is shown under.
    pub(super) fn holders(&self) -> usize {
        self.holders.len()
    }

    /// The windows that its rows hold, each as often as rows hold it.
    pub(super) fn held(&self) -> impl Iterator<Item = u32> {
        self.held.values().flatten().copied().flatten()
    }

    /// About how many bytes it uses.
    pub(super) fn bytes(&self) -> usize {
        let rows = self.held.len() * (size_of::<Key>() + 32);
        let holders = self.holders.len() * (size_of::<Holder>() + 16);
        size_of::<Nest>() + rows + holders + self.weights.len() * (size_of::<Weighed>() + 8)
    }
}
