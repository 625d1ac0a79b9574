//! A slice of matches that no index has: of a residual, of inexact keys, of several arms.
//!
//! The first matches are kept, up to twice START + LIMIT, so that some may go before the index has
//! to be walked again.
//!
//! # Invariants
//! - `kept` has exactly the matches up to the frontier; without a frontier, all there are.
//! - While a refill is pending, the slice is not told of: `held` is what it was, and the difference
//!   to that is told when the refill is done.

use surrealdb_types::Value;

use super::merge::{Merge, partitions};
use super::positions::Moved;
use super::{Concern, Positions, Scene, difference, merge};
use crate::family::{Family, Verdict};
use crate::index::{Entry, Order, Ordered};
use crate::router::Access;
use crate::row::Row;
use crate::store::Transition;

/// The kept matches and the slice of them.
#[derive(Debug)]
pub struct Kept {
    order: Order,
    /// Whether the indexes have this order, so that they can be walked in it.
    walkable: bool,
    kept: Ordered,
    frontier: Frontier,
    slice: Positions,
    held: Option<Vec<Row>>,
}

/// How far the candidates were looked at.
#[derive(Debug)]
enum Frontier {
    /// Not at all.
    Before,
    /// Up to this place.
    At(Entry),
    /// To the end.
    Passed,
}

impl Kept {
    /// A slice of which nothing is known yet. Unless the order is `walkable`, all matches are kept.
    pub fn new(order: Order, slice: Positions, walkable: bool) -> Kept {
        let kept = Ordered::default();
        Kept { order, walkable, kept, frontier: Frontier::Before, slice, held: None }
    }

    /// Finds the first matches, `told` being those that were told so far. Where the budget does not suffice, a refill is
    /// pending.
    pub fn hydrate(
        &mut self,
        family: &Family,
        args: &[Value],
        ways: &[Access],
        scene: Scene<'_>,
        budget: &mut usize,
        told: impl FnOnce() -> Vec<Row>,
    ) {
        if self.walkable {
            self.walk(family, args, ways, scene, budget);
            if self.is_short() {
                self.held = Some(told());
                return;
            }
        } else {
            let mut found = Vec::new();
            merge::each_candidate(ways, scene.router, &mut |row| {
                if family.judge(row.content(), args) == Verdict::In {
                    found.push(row.clone());
                }
            });
            self.kept = Ordered::of_rows(&self.order, &found);
            self.frontier = Frontier::Passed;
        }
        self.slice.hydrate(&self.kept);
    }

    /// Returns the slice's rows, as they were told.
    pub fn rows(&self) -> Vec<Row> {
        match &self.held {
            Some(held) => held.clone(),
            None => self.slice.rows(&self.kept, &self.order).cloned().collect(),
        }
    }

    /// Whether a refill is pending.
    pub fn refilling(&self) -> bool {
        self.held.is_some()
    }

    /// Whether nothing is told of until a pending refill is done.
    pub fn tells_nothing_yet(&self) -> bool {
        self.held.as_ref().is_some_and(Vec::is_empty)
    }

    /// Returns about how many bytes it uses.
    pub fn bytes(&self) -> usize {
        self.kept.bytes()
    }

    /// Steps the kept matches and the slice.
    pub fn step(
        &mut self,
        family: &Family,
        args: &[Value],
        ways: &[Access],
        scene: Scene<'_>,
        concern: Concern<'_>,
        budget: &mut usize,
    ) -> Vec<Transition> {
        let placed = |row: &Option<Row>, reached: bool| {
            let row = row.as_ref().filter(|_| reached)?;
            let entry = self.order.place(row).ok()?;
            let matching = family.judge(row.content(), args) == Verdict::In;
            (matching && self.covers(&entry)).then_some(entry)
        };
        let moved: Vec<(Option<Entry>, Option<Entry>)> = concern
            .touched()
            .map(|(touch, change)| (placed(&change.old, touch.old), placed(&change.new, touch.new)))
            .collect();
        for (old, new) in &moved {
            if let (Some(old), Some(new)) = (old, new)
                && self.kept.replace(&self.order, old, new)
            {
                continue;
            }
            if let Some(old) = old {
                self.kept.remove(&self.order, old);
            }
            if let Some(new) = new {
                self.kept.insert(&self.order, new.clone());
            }
        }
        if self.held.is_some() {
            return self.refill(family, args, ways, scene, budget);
        }
        let moved: Vec<Moved<'_>> =
            moved.iter().map(|(old, new)| (old.as_ref(), new.as_ref())).collect();
        let difference = self.slice.step(&self.kept, &self.order, &moved);
        self.trim();
        if self.is_short() {
            let now = self.slice.rows(&self.kept, &self.order).cloned().collect();
            self.held = Some(difference::undo(&difference, now));
            return self.refill(family, args, ways, scene, budget);
        }
        difference
    }

    /// Goes on with a refill. Returns the difference when it is done, and nothing before.
    pub fn refill(
        &mut self,
        family: &Family,
        args: &[Value],
        ways: &[Access],
        scene: Scene<'_>,
        budget: &mut usize,
    ) -> Vec<Transition> {
        let Some(held) = self.held.take() else { return Vec::new() };
        if self.is_short() {
            self.walk(family, args, ways, scene, budget);
        }
        if self.is_short() {
            self.held = Some(held);
            return Vec::new();
        }
        self.trim();
        self.slice.hydrate(&self.kept);
        difference::difference(&held, &self.rows())
    }

    fn walk(
        &mut self,
        family: &Family,
        args: &[Value],
        ways: &[Access],
        scene: Scene<'_>,
        budget: &mut usize,
    ) {
        let place = match &self.frontier {
            Frontier::Before => None,
            Frontier::At(entry) => Some(entry),
            Frontier::Passed => return,
        };
        let candidates = partitions(ways, scene.router);
        let mut merge = Merge::behind(&self.order, candidates, place);
        let mut last = None;
        while self.kept.len() < self.most() {
            if *budget == 0 {
                break;
            }
            let Some(entry) = merge.next() else {
                self.frontier = Frontier::Passed;
                return;
            };
            *budget -= 1;
            if family.judge(entry.row.content(), args) == Verdict::In {
                self.kept.insert(&self.order, entry.clone());
            }
            last = Some(entry);
        }
        if let Some(last) = last {
            self.frontier = Frontier::At(last.clone());
        }
    }

    fn covers(&self, entry: &Entry) -> bool {
        match &self.frontier {
            Frontier::Before => false,
            Frontier::At(frontier) => self.order.compare(entry, frontier).is_le(),
            Frontier::Passed => true,
        }
    }

    fn most(&self) -> usize {
        if self.walkable { self.slice.reach().saturating_mul(2) } else { usize::MAX }
    }

    fn is_short(&self) -> bool {
        let all = matches!(self.frontier, Frontier::Passed);
        !all && self.kept.len() < self.slice.reach()
    }

    fn trim(&mut self) {
        let most = self.most();
        if self.kept.len() <= most {
            return;
        }
        if let Some(last) = self.kept.get(self.kept.nth(most.saturating_sub(1))).cloned() {
            self.kept.truncate(self.kept.nth(most));
            self.frontier = Frontier::At(last);
        }
    }
}
