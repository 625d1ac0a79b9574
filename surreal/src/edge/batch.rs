//! What goes out in one transaction.

use std::collections::BTreeSet;
use std::sync::Arc;

use protocol::ViewKey;

use super::pending::{Moment, class};
use super::{EdgeKey, EdgeOp, Target};

/// One edge on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Whose edge, and where.
    pub target: Arc<Target>,
    /// Which.
    pub key: EdgeKey,
    /// What becomes of it.
    pub op: EdgeOp,
    pub(super) since: Moment,
    pub(super) position: u64,
    pub(super) generation: u64,
    pub(super) hot: bool,
    pub(super) fresh: bool,
}

/// The edges of one transaction, in the order in which they are written: what a revocation takes away, `-`, `+`, `~`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// In order; no edge twice.
    pub items: Vec<Item>,
}

impl Batch {
    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The views that it writes.
    pub fn views(&self) -> BTreeSet<&ViewKey> {
        self.items.iter().map(|item| &item.target.view).collect()
    }

    /// The tables that it writes.
    pub fn tables(&self) -> BTreeSet<&str> {
        self.items.iter().map(|item| item.target.table.as_str()).collect()
    }

    /// Takes out the edges of one table.
    pub fn without_table(self, table: &str) -> (Batch, Batch) {
        let (of_table, rest) =
            self.items.into_iter().partition(|item: &Item| item.target.table == table);
        (Batch { items: rest }, Batch { items: of_table })
    }

    /// Cuts it between two views; `None` if it writes one view only.
    pub fn halves(self) -> Result<(Batch, Batch), Batch> {
        let views: Vec<ViewKey> = self.views().into_iter().cloned().collect();
        if views.len() < 2 {
            return Err(self);
        }
        let first: BTreeSet<&ViewKey> = views[..views.len() / 2].iter().collect();
        let (one, other) =
            self.items.into_iter().partition(|item| first.contains(&item.target.view));
        Ok((Batch { items: one }, Batch { items: other }))
    }

    /// Puts the items in the order of their classes, keeping their order within a class.
    pub(super) fn sort(&mut self) {
        self.items.sort_by_key(|item| class(&item.op));
    }
}
