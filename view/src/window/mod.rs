//! Window circuits: from what a commit did to a table to what it did to an answer (mechanism M9).
//!
//! A window is what all views of one shape with the same arguments share. Its circuit holds as
//! little as its kind allows: a predicate alone, two places of an index, or some matches more than
//! it shows.
//!
//! # Invariants
//! - A circuit's difference is consolidated: a record stands in it once, with its image before and
//!   after.
//! - Circuits do not know of failing rows in the answer: they go on, and [`trouble`] holds back
//!   what they say.

mod difference;
mod faults;
mod grouped;
mod kept;
mod listed;
mod members;
mod merge;
mod positions;
mod settle;
mod trouble;

use std::sync::Arc;

use surrealdb_types::Value;

pub use difference::{difference, undo};
use faults::Faults;
pub use grouped::{FED_ROW_BYTES, Grouped, Mint};
pub use kept::Kept;
pub use listed::Listed;
pub use positions::Positions;
pub use settle::Report;
pub use trouble::Trouble;

use crate::delta::ViewNo;
use crate::family::{Family, Verdict};
use crate::few::Few;
use crate::group::{Fed, Touched};
use crate::index::{Order, Touch};
use crate::router::{Access, Router};
use crate::row::Row;
use crate::store::{Rows, Transition};

/// What all views of one shape with the same arguments share.
#[derive(Debug)]
pub struct Window {
    /// Its number.
    pub number: u32,
    /// Its family.
    pub family: Arc<Family>,
    /// The arguments.
    pub args: Arc<[Value]>,
    /// Where its rows are found.
    pub ways: Few<Access>,
    /// How its answer is maintained.
    pub circuit: Circuit,
    /// What keeps it from saying so.
    pub trouble: Option<Box<Trouble>>,
    /// Whose answer it is.
    pub views: Few<ViewNo>,
}

/// How a window's answer is maintained.
#[derive(Debug)]
pub enum Circuit {
    /// Neither LIMIT nor START: each row by itself.
    Members,
    /// A slice of an index's partition.
    Positions(Positions),
    /// A slice of the matches that it keeps.
    Kept(Box<Kept>),
    /// The rows of a list of records.
    Listed(Box<Listed>),
    /// What the matches come to, by groups: a relational circuit of the family keeps that.
    Grouped(Box<Grouped>),
    /// Its LIMIT, START or list has no value: it says nothing, and has no rows.
    Stalled,
}

/// What a window sees of its table.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The rows, after the commit.
    pub rows: &'a Rows,
    /// The indexes, after the commit.
    pub router: &'a Router,
}

/// A commit, as far as it concerns one window.
#[derive(Clone, Copy, Debug)]
pub struct Concern<'a> {
    /// The commit's transitions.
    pub transitions: &'a [Transition],
    /// Those of them that concern the window.
    pub touches: &'a [Touch],
}

impl<'a> Concern<'a> {
    /// Returns the transitions that concern the window.
    pub fn touched(&self) -> impl Iterator<Item = (&'a Touch, &'a Transition)> {
        self.touches.iter().map(|touch| (touch, &self.transitions[touch.transition]))
    }
}

impl Window {
    /// Returns the window's order: of the answer, and of what the circuit keeps.
    pub fn order(&self) -> Order {
        Order::new(self.family.order.clone(), self.args.clone())
    }

    /// Reads ahead what a step will need.
    pub fn read_ahead(&self) {
        if let Circuit::Positions(positions) = &self.circuit {
            positions.read_ahead();
        }
    }

    /// Computes the whole answer's circuit, as at registration, and finds the rows that fail. Where the budget does not
    /// suffice, a refill is pending.
    pub fn hydrate(&mut self, scene: Scene<'_>, budget: &mut usize) {
        let mut trouble = Trouble::default();
        self.find_failing(scene, &mut trouble);
        match &mut self.circuit {
            Circuit::Members | Circuit::Listed(_) | Circuit::Grouped(_) | Circuit::Stalled => {}
            Circuit::Positions(positions) => {
                if let Some(partition) = merge::partition(&self.ways, scene.router) {
                    positions.hydrate(partition);
                }
            }
            Circuit::Kept(kept) => {
                kept.hydrate(&self.family, &self.args, &self.ways, scene, budget, Vec::new);
            }
        }
        self.find_unshown(scene, &mut trouble);
        self.trouble = (!trouble.is_over()).then(|| Box::new(trouble));
    }

    /// Looks after the rows that fail, of a window whose views are told elsewhere.
    pub fn look_after(&mut self, scene: Scene<'_>) {
        self.find_others(scene);
        self.trouble.take_if(|trouble| trouble.is_over() && trouble.standing.is_none());
    }

    /// Looks for the rows that fail where those are mended that were known of.
    fn find_others(&mut self, scene: Scene<'_>) {
        let Some(mut trouble) = self.trouble.take() else { return };
        if trouble.failing.are_used_up() {
            trouble.failing = Faults::default();
            self.find_failing(scene, &mut trouble);
        }
        if trouble.unshown.are_used_up() {
            trouble.unshown = Faults::default();
            self.find_unshown(scene, &mut trouble);
        }
        self.trouble = Some(trouble);
    }

    fn find_unshown(&self, scene: Scene<'_>, trouble: &mut Trouble) {
        let shown = match &self.circuit {
            _ if !self.family.showing_fallible() => Vec::new(),
            Circuit::Grouped(_) => self.matches(scene),
            _ => self.live(scene),
        };
        for row in shown {
            if let Some(fault) = self.family.showing(row.content(), &self.args) {
                trouble.unshown.insert(row.id(), fault);
            }
        }
    }

    fn find_failing(&self, scene: Scene<'_>, trouble: &mut Trouble) {
        if !self.family.fallible() {
            return;
        }
        let mut judge = |row: &Row| {
            if let Verdict::Fails(fault) = self.family.judge(row.content(), &self.args) {
                trouble.failing.insert(row.id(), fault);
            }
        };
        match &self.circuit {
            Circuit::Listed(listed) => listed.stored(scene.rows).for_each(judge),
            _ => merge::each_candidate(&self.ways, scene.router, &mut judge),
        }
    }

    /// Steps the circuit. Returns the difference, and whether a refill is pending: then it is not
    /// all of it.
    pub fn step(
        &mut self,
        scene: Scene<'_>,
        concern: Concern<'_>,
        budget: &mut usize,
    ) -> Vec<Transition> {
        self.note_failing(concern);
        if matches!(self.circuit, Circuit::Positions(_)) && self.has_loose(scene.router) {
            return self.demote(scene, concern, budget);
        }
        let difference = match &mut self.circuit {
            Circuit::Members => members::step(&self.family, &self.args, concern),
            Circuit::Positions(positions) => match &self.ways[..] {
                [way] => positions.step_in(way, scene.router, concern),
                _ => Vec::new(),
            },
            Circuit::Kept(kept) => {
                kept.step(&self.family, &self.args, &self.ways, scene, concern, budget)
            }
            Circuit::Listed(listed) => listed.step(&self.family, &self.args, scene.rows, concern),
            // They step together with the other windows of their family: see `gather`.
            Circuit::Grouped(_) | Circuit::Stalled => Vec::new(),
        };
        self.note_showing(&difference);
        difference
    }

    /// Finds what a commit does to the rows of a window's groups; what that does to the groups, [`Window::absorb`] is told.
    pub fn gather(&mut self, concern: Concern<'_>) -> Vec<Fed> {
        self.note_failing(concern);
        let matched = members::step(&self.family, &self.args, concern);
        self.note_showing(&matched);
        self.feed(&matched)
    }

    /// Finds the groups of rows that enter and leave.
    pub fn feed(&mut self, matched: &[Transition]) -> Vec<Fed> {
        match &mut self.circuit {
            Circuit::Grouped(grouped) => grouped.feed(self.number, &self.args, matched),
            _ => Vec::new(),
        }
    }

    /// Takes what its circuit says of the groups. Returns the difference.
    pub fn absorb(&mut self, touched: Vec<Touched>, mint: &mut Mint<'_>) -> Vec<Transition> {
        let Circuit::Grouped(grouped) = &mut self.circuit else { return Vec::new() };
        let difference = grouped.absorb(&self.args, touched, mint);
        if grouped.unsummed().is_some() {
            self.trouble.get_or_insert_default();
        }
        difference
    }

    /// Finds all rows that match, in the order of their ids or of the answer.
    pub fn matches(&self, scene: Scene<'_>) -> Vec<Row> {
        members::rows(&self.family, &self.args, &self.ways, scene, &self.order())
    }

    /// Walks one piece of a pending refill. Returns the difference when it is done.
    pub fn refill(&mut self, scene: Scene<'_>, budget: &mut usize) -> Vec<Transition> {
        let Circuit::Kept(kept) = &mut self.circuit else { return Vec::new() };
        let difference = kept.refill(&self.family, &self.args, &self.ways, scene, budget);
        self.note_showing(&difference);
        difference
    }

    /// Whether a refill is pending.
    pub fn refilling(&self) -> bool {
        matches!(&self.circuit, Circuit::Kept(kept) if kept.refilling())
    }

    /// Whether its views have been told of nothing, and will be when a refill is done.
    pub fn tells_nothing_yet(&self) -> bool {
        matches!(&self.circuit, Circuit::Kept(kept) if kept.tells_nothing_yet())
    }

    /// Returns the answer that the circuit stands for, in window order.
    pub fn live(&self, scene: Scene<'_>) -> Vec<Row> {
        match &self.circuit {
            Circuit::Members => self.matches(scene),
            Circuit::Grouped(grouped) => grouped.rows(),
            Circuit::Positions(positions) => match merge::partition(&self.ways, scene.router) {
                Some(partition) => {
                    let order = merge::order_of(&self.ways, scene.router);
                    positions.rows(partition, order).cloned().collect()
                }
                None => Vec::new(),
            },
            Circuit::Kept(kept) => kept.rows(),
            Circuit::Listed(listed) => {
                listed.rows(&self.family, &self.args, |id| scene.rows.get(&id.key).cloned())
            }
            Circuit::Stalled => Vec::new(),
        }
    }

    /// Returns the answer that its views have been told, in window order.
    pub fn answer(&self, scene: Scene<'_>) -> Vec<Row> {
        match self.trouble.as_ref().and_then(|trouble| trouble.standing.as_ref()) {
            Some(standing) => standing.clone(),
            None => self.live(scene),
        }
    }

    /// Whether a row stands in its indexes that no key finds.
    pub fn has_loose(&self, router: &Router) -> bool {
        self.ways.iter().any(|way| router.index(way.index).has_loose())
    }

    /// A row that no key finds came: from now on the window keeps its own matches.
    fn demote(
        &mut self,
        scene: Scene<'_>,
        concern: Concern<'_>,
        budget: &mut usize,
    ) -> Vec<Transition> {
        let Circuit::Positions(positions) = &mut self.circuit else { return Vec::new() };
        let slice = positions.fresh();
        let stepped = match &self.ways[..] {
            [way] => positions.step_in(way, scene.router, concern),
            _ => Vec::new(),
        };
        let without = self.live(scene);
        let before = undo(&stepped, without);
        let order = merge::order_of(&self.ways, scene.router).clone();
        let mut kept = Kept::new(order, slice, true);
        kept.hydrate(&self.family, &self.args, &self.ways, scene, budget, || before.clone());
        self.circuit = Circuit::Kept(Box::new(kept));
        let difference = difference(&before, &self.live(scene));
        self.note_showing(&difference);
        difference
    }
}
