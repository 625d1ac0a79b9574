//! Windows of groups: what a commit does to their rows is fed to the circuits of their families.
//!
//! # Invariants
//! - A family's circuit is stepped once by a commit, whatever windows of it the commit concerns.
//! - Nothing is told before the last piece of a hydration is fed.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::limits::GROUPS_FED_MAX;
use protocol::{Change, Code, Problem};

use super::Engine;
use crate::delta::{ViewDelta, ViewNo};
use crate::family::Family;
use crate::group::{Circuit, Circuits, Fed, Touched};
use crate::row::Row;
use crate::shape::Shape;
use crate::store::Transition;
use crate::window::{self, Concern, Mint};

/// What windows of groups are to be fed: each window once.
pub(super) type Gathered = Vec<(u32, Vec<Fed>)>;

impl Engine {
    /// An engine without tables that keeps groups, too.
    pub fn with_groups(circuits: Box<dyn Circuits>) -> Engine {
        Engine { circuits: Some(circuits), ..Engine::new() }
    }

    /// Notes how new changes are: what groups become by them is as new.
    pub(super) fn hear(&mut self, changes: &[Change]) {
        if self.circuits.is_some() {
            let newest = changes.iter().map(|change| change.version).max();
            self.stamp = self.stamp.max(newest.unwrap_or_default());
        }
    }

    pub(super) fn is_grouped(&self, window: u32) -> bool {
        let open = self.windows[window as usize].as_ref();
        open.is_some_and(|open| matches!(open.window.circuit, window::Circuit::Grouped(_)))
    }

    /// Finds what a commit does to the rows of a window's groups.
    pub(super) fn gather(&mut self, number: u32, concern: Concern<'_>) -> (u32, Vec<Fed>) {
        let open = self.windows[number as usize].as_mut();
        (number, open.map_or_else(Vec::new, |open| open.window.gather(concern)))
    }

    /// Feeds what was gathered, and says what it does to the groups.
    pub(super) fn step_groups(&mut self, gathered: Gathered, out: &mut Vec<ViewDelta>) {
        if gathered.is_empty() {
            return;
        }
        let mut families: BTreeMap<u64, (Arc<Shape>, Vec<Fed>)> = BTreeMap::new();
        let mut touched: BTreeMap<u32, Vec<Touched>> = BTreeMap::new();
        for (number, fed) in gathered {
            let shape = self.open(number).window.family.shape.clone();
            let Some(known) = self.families.get(&shape) else { continue };
            families
                .entry(known.family.number)
                .or_insert_with(|| (shape, Vec::new()))
                .1
                .extend(fed);
            touched.insert(number, Vec::new());
        }
        for (shape, fed) in families.into_values() {
            for group in self.feed(&shape, fed) {
                touched.entry(group.window).or_default().push(group);
            }
        }
        for (number, touched) in touched {
            let mut mint = Mint { version: self.stamp, images: &mut self.images };
            let Some(open) = self.windows[number as usize].as_mut() else { continue };
            let difference = open.window.absorb(touched, &mut mint);
            let concern = Concern { transitions: &[], touches: &[] };
            self.with_window(number, concern, out, |_, _| difference);
        }
        self.stamp = self.stamp.next();
    }

    fn feed(&mut self, shape: &Shape, fed: Vec<Fed>) -> Vec<Touched> {
        let Some(known) = self.families.get_mut(shape) else { return Vec::new() };
        match &mut known.circuit {
            Some(circuit) if !fed.is_empty() => circuit.step(fed),
            _ => Vec::new(),
        }
    }

    /// Feeds the rows that a new window of groups begins with.
    pub(super) fn hydrate_groups(&mut self, number: u32) {
        let rows = self.matches(number);
        let mut touched = BTreeMap::new();
        let entering = |row: &Row| Transition { old: None, new: Some(row.clone()) };
        for piece in rows.chunks(GROUPS_FED_MAX) {
            let entering: Vec<Transition> = piece.iter().map(entering).collect();
            // A group that several pieces touch is as the last one leaves it.
            touched
                .extend(self.feed_window(number, &entering).into_iter().map(|it| (it.group, it)));
        }
        let mut mint = Mint { version: self.stamp, images: &mut self.images };
        if let Some(open) = self.windows[number as usize].as_mut() {
            open.window.absorb(touched.into_values().collect(), &mut mint);
        }
        self.stamp = self.stamp.next();
    }

    /// Takes a window's rows out of its family's circuit. A circuit that ends with its last window goes as it is, unless
    /// it is small: what is empty can be used again.
    pub(super) fn retract_groups(&mut self, number: u32) {
        let window = &self.open(number).window;
        let window::Circuit::Grouped(grouped) = &window.circuit else { return };
        let last = self.families.get(&window.family.shape).is_none_or(|known| known.windows == 1);
        if last && grouped.fed() > GROUPS_FED_MAX {
            return;
        }
        let leaving = |row: &Row| Transition { old: Some(row.clone()), new: None };
        for piece in self.matches(number).chunks(GROUPS_FED_MAX) {
            let leaving: Vec<Transition> = piece.iter().map(leaving).collect();
            self.feed_window(number, &leaving);
        }
    }

    /// Of a view with groups: how many rows its circuit holds, and how many match. `None` for every other view.
    pub fn fed(&self, view: ViewNo) -> Option<(usize, usize)> {
        let number = self.views.get(&view)?.window;
        let window::Circuit::Grouped(grouped) = &self.open(number).window.circuit else {
            return None;
        };
        Some((grouped.fed(), self.matches(number).len()))
    }

    fn matches(&self, number: u32) -> Vec<Row> {
        let open = self.open(number);
        open.window.matches(self.tables[open.table].scene())
    }

    fn feed_window(&mut self, number: u32, matched: &[Transition]) -> Vec<Touched> {
        let Some(open) = self.windows[number as usize].as_mut() else { return Vec::new() };
        let fed = open.window.feed(matched);
        let shape = open.window.family.shape.clone();
        self.feed(&shape, fed)
    }

    /// Builds what keeps a family's groups, if it has any.
    pub(super) fn circuit_of(
        &mut self,
        family: &Family,
    ) -> Result<Option<Box<dyn Circuit>>, Problem> {
        let Some(grouping) = &family.grouping else { return Ok(None) };
        match &mut self.circuits {
            Some(circuits) => {
                let failed = |words| Problem::new(Code::Internal, words);
                circuits.build(grouping).map(Some).map_err(failed)
            }
            None => Err(Problem::new(Code::Unsupported, "nobody keeps groups here")),
        }
    }
}
