//! One commit's way through the windows that have subqueries, or are asked by them.
//!
//! First every window's own rows are told to those that hold it; then rows that came and went take hold of the windows
//! below them, or let go; then the views' windows say what that comes to.

use std::collections::{BTreeMap, BTreeSet};

use super::Lines;
use super::hold::under_row;
use crate::delta::ViewDelta;
use crate::engine::Engine;
use crate::store::Transition;
use crate::window::Concern;

/// What a commit did so far.
#[derive(Debug)]
pub(in crate::engine) struct Turn {
    /// What it did to each window's rows.
    windows: BTreeMap<u32, Vec<Transition>>,
    /// What that does to the views' windows.
    news: BTreeMap<u32, Lines>,
    /// How many child rows a view may have.
    children_max: usize,
    /// How many index entries may still be walked.
    pub(in crate::engine) budget: usize,
    /// Whether what is asked must be answered at once, whatever it takes.
    pub(super) at_once: bool,
}

/// What there is at and below a window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ways {
    /// Windows, each as often as it is reached.
    pub(super) windows: isize,
    /// Those of them that are failed.
    pub(super) failed: isize,
}

impl Turn {
    /// Nothing has happened yet, and so many index entries may be walked.
    pub(in crate::engine) fn new(children_max: usize, budget: usize) -> Turn {
        let (windows, news) = (BTreeMap::new(), BTreeMap::new());
        Turn { windows, news, children_max, budget, at_once: false }
    }

    /// A view comes, which is told of its whole answer, or goes.
    pub(in crate::engine) fn at_once(children_max: usize) -> Turn {
        Turn { at_once: true, ..Turn::new(children_max, usize::MAX) }
    }

    /// A window opens, of which nothing is told to those above yet.
    pub(super) fn beside(&self) -> Turn {
        Turn { at_once: self.at_once, ..Turn::new(self.children_max, self.budget) }
    }

    /// Notes what a commit did to a window's rows.
    pub(in crate::engine) fn note(&mut self, window: u32, difference: Vec<Transition>) {
        self.windows.entry(window).or_default().extend(difference);
    }

    /// Of a view's window, the lines.
    pub(super) fn lines(&mut self, root: u32) -> &mut Lines {
        let max = self.children_max;
        self.news.entry(root).or_insert_with(|| Lines::new(max))
    }

    /// Takes the lines of a view's window.
    pub(super) fn take(&mut self, root: u32) -> Lines {
        self.news.remove(&root).unwrap_or_else(|| Lines::new(self.children_max))
    }

    /// Ways to failed windows came, or went.
    pub(super) fn fail(&mut self, roots: &[u32], by: isize) {
        if by != 0 {
            roots.iter().for_each(|root| self.lines(*root).failing += by);
        }
    }

    /// Ways to windows came, or went.
    pub(super) fn lead(&mut self, roots: &[u32], ways: Ways, by: isize) {
        self.fail(roots, by * ways.failed);
        roots.iter().for_each(|root| self.lines(*root).ways += by * ways.windows);
    }

    /// Whether nothing more need be told of these.
    pub(super) fn overflows(&mut self, roots: &[u32]) -> bool {
        roots.iter().all(|root| self.lines(*root).overflows)
    }

    /// A window closed.
    pub(super) fn forget(&mut self, window: u32) {
        self.windows.remove(&window);
    }
}

impl Engine {
    /// Whether a window has subqueries, or is one's.
    pub(in crate::engine) fn is_nested(&self, window: u32) -> bool {
        self.windows[window as usize].as_ref().is_some_and(|open| open.nest.is_some())
    }

    /// Steps a window that a commit concerns in one table.
    pub(in crate::engine) fn turn_window(
        &mut self,
        number: u32,
        table: usize,
        concern: Concern<'_>,
        turn: &mut Turn,
    ) {
        let (open, scene) = self.at_work(number);
        let difference = match open.table == table {
            true => open.window.step(scene, concern, &mut turn.budget),
            // In another table it has child rows that stand.
            false => Vec::new(),
        };
        turn.note(number, difference);
        self.note_refilling(number);
    }

    /// Goes on with a window's refill.
    pub(in crate::engine) fn refill_nested(&mut self, number: u32, turn: &mut Turn) {
        let (open, scene) = self.at_work(number);
        let difference = open.window.refill(scene, &mut turn.budget);
        turn.note(number, difference);
        self.note_refilling(number);
    }

    /// Says what a commit does to views with subqueries.
    pub(in crate::engine) fn settle_turn(&mut self, mut turn: Turn, out: &mut Vec<ViewDelta>) {
        if turn.windows.is_empty() {
            return;
        }
        let turned: Vec<u32> = turn.windows.keys().copied().collect();
        for window in &turned {
            if self.is_held(*window) {
                self.tell_own(*window, &mut turn);
            }
        }
        for window in turned {
            // It may have closed by now.
            let Some(difference) = turn.windows.get(&window).cloned() else { continue };
            for change in &difference {
                match (&change.old, &change.new) {
                    (_, Some(new)) => self.hold_anew(window, new, &mut turn),
                    (Some(old), None) => self.release(window, old, &mut turn),
                    (None, None) => {}
                }
            }
        }
        let told = turn.news.keys().chain(turn.windows.keys()).copied();
        let roots: BTreeSet<u32> = told.filter(|window| !self.is_held(*window)).collect();
        for root in roots {
            let difference = turn.windows.remove(&root).unwrap_or_default();
            let lines = turn.take(root);
            self.settle_root(root, difference, lines, out);
        }
    }

    /// Tells those that hold a window what became of its rows.
    fn tell_own(&mut self, window: u32, turn: &mut Turn) {
        let (open, scene) = self.at_work(window);
        open.window.look_after(scene);
        let failed = open.window.failed();
        let nest = open.nest.as_mut().expect("it is a subquery's");
        let by = isize::from(failed) - isize::from(std::mem::replace(&mut nest.failed, failed));
        let difference = turn.windows.get(&window).cloned().unwrap_or_default();
        let revoked: Vec<bool> = difference
            .iter()
            .map(|change| change.old.as_ref().is_some_and(|old| self.is_revoked(window, old)))
            .collect();
        let nest = self.open(window).nest.as_ref().expect("it is a subquery's");
        for holder in &nest.holders {
            let family = &self.open(holder.window).window.family;
            let under = under_row(family, &holder.row, &family.children[holder.child]);
            let roots = self.roots(holder.window);
            turn.fail(&roots, by);
            for root in roots {
                let lines = turn.lines(root);
                for (change, revoked) in difference.iter().zip(&revoked) {
                    change.old.iter().for_each(|old| lines.go(&under, old, *revoked));
                    change.new.iter().for_each(|new| lines.come(&under, new));
                }
            }
        }
    }
}
