//! What is due of one view, in the order in which it goes: what a revocation takes away, `-`, `+`, `~`.
//!
//! # Invariants
//! - An edge is in it once.
//! - Whatever is asked costs the logarithm of what waits: a view may wait with all the edges of a hydration, and is
//!   asked for some of them with every flush.

use std::collections::BTreeMap;

use super::Moment;
use super::counted::Counted;
use super::view::Waiting;
use crate::edge::{EdgeKey, EdgeOp};

const CLASSES: usize = 4;
const REVOKED: usize = 0;
const CHANGED: usize = 3;

#[derive(Debug, Default)]
pub(super) struct Due {
    classes: [BTreeMap<EdgeKey, Waiting>; CLASSES],
    /// Since when each waits.
    since: Counted<Moment>,
}

pub(in crate::edge) fn class(op: &EdgeOp) -> usize {
    match op {
        EdgeOp::Leave { revoked: true } => REVOKED,
        EdgeOp::Leave { revoked: false } => 1,
        EdgeOp::Enter(_) => 2,
        EdgeOp::Change(_) => CHANGED,
    }
}

impl Due {
    /// Takes an edge in, which must not be there.
    pub(super) fn insert(&mut self, key: EdgeKey, waiting: Waiting) {
        debug_assert!(!self.contains(&key));
        self.since.add(waiting.since);
        self.classes[class(&waiting.op)].insert(key, waiting);
    }

    pub(super) fn remove(&mut self, key: &EdgeKey) -> Option<Waiting> {
        let waiting = self.classes.iter_mut().find_map(|class| class.remove(key))?;
        self.since.remove(waiting.since);
        Some(waiting)
    }

    /// Takes the edge out that goes first.
    pub(super) fn pop_first(&mut self) -> Option<(EdgeKey, Waiting)> {
        let (key, waiting) = self.classes.iter_mut().find_map(BTreeMap::pop_first)?;
        self.since.remove(waiting.since);
        Some((key, waiting))
    }

    /// Takes an edge out that a revocation takes away.
    pub(super) fn pop_revoked(&mut self) -> Option<(EdgeKey, Waiting)> {
        let (key, waiting) = self.classes[REVOKED].pop_first()?;
        self.since.remove(waiting.since);
        Some((key, waiting))
    }

    /// Since when the one that waits longest does.
    pub(super) fn since(&self) -> Option<Moment> {
        self.since.first()
    }

    pub(super) fn contains(&self, key: &EdgeKey) -> bool {
        self.classes.iter().any(|class| class.contains_key(key))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &EdgeKey> {
        self.classes.iter().flat_map(BTreeMap::keys)
    }

    /// The change of an edge, if one waits.
    pub(super) fn change_mut(&mut self, key: &EdgeKey) -> Option<&mut Waiting> {
        self.classes[CHANGED].get_mut(key)
    }

    /// None of them is fresh any more. Returns how many were.
    pub(super) fn mature(&mut self) -> usize {
        let all = self.classes.iter_mut().flat_map(BTreeMap::values_mut);
        all.map(|waiting| usize::from(std::mem::take(&mut waiting.fresh))).sum()
    }

    pub(super) fn len(&self) -> usize {
        self.classes.iter().map(BTreeMap::len).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.classes.iter().all(BTreeMap::is_empty)
    }

    /// Whether a revocation takes any away.
    pub(super) fn has_revoked(&self) -> bool {
        !self.classes[REVOKED].is_empty()
    }
}
