//! Which windows a row holds, and the ways down to them.

use std::sync::Arc;

use surrealdb_types::{RecordId, Value};

use super::turn::Ways;
use super::{Holder, Nest, Turn};
use crate::delta::{Under, ViewNo};
use crate::engine::Engine;
use crate::engine::open::route;
use crate::engine::prepare::{Extent, identity};
use crate::eval;
use crate::family::{self, Family};
use crate::fault::Fault;
use crate::plan;
use crate::row::Row;
use crate::value::address::Key;
use crate::window::{Circuit, Trouble};

/// Keeps windows of subqueries from being those of views: these stand still while they are failed.
const SUBQUERY: u64 = 1 << 63;

/// … and those of which only the first row is shown from the others.
const FIRST: u64 = 1 << 62;

/// Whether what is told of goes, or comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goes {
    Yes,
    No,
}

impl Engine {
    /// A row stands in a window: it holds the windows of its subqueries.
    pub(super) fn hold(&mut self, window: u32, row: &Row, turn: &mut Turn) {
        let family = Arc::clone(&self.open(window).window.family);
        let mut held = Vec::with_capacity(family.children.len());
        for child in 0..family.children.len() {
            held.push(self.held_by(window, row, child, turn));
        }
        if let Some(nest) = self.nest(window) {
            nest.held.insert(Key(row.id().key), held.into());
        }
    }

    /// A row's content changed, and with it may have what its subqueries ask.
    pub(super) fn hold_anew(&mut self, window: u32, row: &Row, turn: &mut Turn) {
        let key = Key(row.id().key);
        let Some(mut held) = self.nest(window).and_then(|nest| nest.held.remove(&key)) else {
            return self.hold(window, row, turn);
        };
        for (child, held) in held.iter_mut().enumerate() {
            let arguments = self.arguments(window, row, child);
            let asks_the_same = |number: &u32| {
                let asked = &self.open(*number).window.args;
                arguments.as_ref().is_some_and(|now| identity(0, asked) == identity(0, now))
            };
            if !held.as_ref().is_some_and(asks_the_same) {
                self.let_go(window, &key, child, *held, turn);
                *held = self.held_by(window, row, child, turn);
            }
        }
        if let Some(nest) = self.nest(window) {
            nest.held.insert(key, held);
        }
    }

    /// A row left a window: it lets go of the windows of its subqueries.
    pub(super) fn release(&mut self, window: u32, row: &Row, turn: &mut Turn) {
        let key = Key(row.id().key);
        let held = self.nest(window).and_then(|nest| nest.held.remove(&key));
        for (child, held) in held.into_iter().flatten().enumerate() {
            self.let_go(window, &key, child, held, turn);
        }
    }

    /// A window closes: nothing is told of what it holds.
    pub(in crate::engine) fn release_all(&mut self, nest: Nest, window: u32, turn: &mut Turn) {
        for (row, held) in nest.held {
            for (child, held) in held.iter().enumerate() {
                if let Some(held) = held {
                    self.leave_held(*held, &Holder { window, row: row.clone(), child }, turn);
                }
            }
        }
    }

    fn held_by(&mut self, window: u32, row: &Row, child: usize, turn: &mut Turn) -> Option<u32> {
        let arguments = self.arguments(window, row, child)?;
        let family = Arc::clone(&self.open(window).window.family);
        let held = self.window_of(&family.children[child], arguments, &row.id(), turn);
        let holder = Holder { window, row: Key(row.id().key), child };
        if let Some(nest) = self.nest(held) {
            nest.holders.insert(holder);
        }
        self.tell_below(window, &Key(row.id().key), child, held, turn, Goes::No);
        Some(held)
    }

    fn let_go(&mut self, window: u32, row: &Key, child: usize, held: Option<u32>, turn: &mut Turn) {
        let Some(held) = held else { return };
        self.tell_below(window, row, child, held, turn, Goes::Yes);
        self.leave_held(held, &Holder { window, row: row.clone(), child }, turn);
    }

    /// Tells the views that what is below a row comes or goes.
    fn tell_below(
        &self,
        window: u32,
        row: &Key,
        child: usize,
        held: u32,
        turn: &mut Turn,
        goes: Goes,
    ) {
        let family = &self.open(window).window.family;
        let roots = self.roots(window);
        let under = under_row(family, row, &family.children[child]);
        self.tell_all(held, &under, &roots, turn, goes);
        turn.lead(&roots, self.ways_below(held), if goes == Goes::Yes { -1 } else { 1 });
    }

    fn leave_held(&mut self, held: u32, holder: &Holder, turn: &mut Turn) {
        let Some(nest) = self.nest(held) else { return };
        nest.holders.remove(holder);
        if nest.holders.is_empty() {
            turn.forget(held);
            self.close(held, turn);
        }
    }

    /// What a row gives a subquery; `None` where it meets a record link: then the row fails.
    fn arguments(&self, window: u32, row: &Row, child: usize) -> Option<Arc<[Value]>> {
        let window = &self.open(window).window;
        let arguments = window.family.children[child].arguments.iter();
        let value = |expr| eval::eval(expr, row.content(), &window.args).map(|it| it.into_owned());
        arguments.map(value).collect::<Result<_, Fault>>().ok()
    }

    /// Finds the window of a subquery with these arguments, or opens it.
    fn window_of(
        &mut self,
        child: &family::Child,
        args: Arc<[Value]>,
        asking: &RecordId,
        turn: &mut Turn,
    ) -> u32 {
        let family = Arc::clone(&child.family);
        let kind = if child.first { SUBQUERY | FIRST } else { SUBQUERY };
        let identity = identity(family.number | kind, &args);
        let known = self.identical.get(&identity).copied();
        // One that waits for a refill shows what was: whoever comes now must not be told of that.
        let joinable = |known: &u32| {
            let window = &self.open(*known).window;
            !window.refilling() || window.tells_nothing_yet() && !turn.at_once
        };
        if let Some(known) = known.filter(joinable) {
            return known;
        }
        let table = self.table(family.shape.source.table());
        let window = self.unrouted(Arc::clone(&family), args);
        let extent = extent(&family, &window.args, child.first);
        let (window, refused) = match route(&mut self.tables[table], window, extent) {
            Ok(window) => (window, None),
            Err((mut window, problem)) => {
                window.circuit = Circuit::Stalled;
                (window, Some(problem))
            }
        };
        let identity = known.is_none().then_some(identity);
        let number = self.keep(window, table, identity, true, turn);
        if let Some(problem) = refused {
            let trouble = Trouble::of(asking.clone(), problem.into());
            self.opened(number).window.trouble = Some(Box::new(trouble));
        }
        let failed = self.open(number).window.failed();
        if let Some(nest) = self.nest(number) {
            nest.failed = failed;
        }
        number
    }

    /// Returns the views' windows that a window is shown in, each as often as there are ways.
    pub(super) fn roots(&self, window: u32) -> Vec<u32> {
        let open = self.open(window);
        let Some(nest) = open.nest.as_ref().filter(|_| open.is_subquery) else {
            return vec![window];
        };
        nest.holders.iter().flat_map(|holder| self.roots(holder.window)).collect()
    }

    /// Tells that every row of a window comes or goes, and of the windows that it holds.
    fn tell_all(&self, window: u32, under: &Under, roots: &[u32], turn: &mut Turn, goes: Goes) {
        if turn.overflows(roots) {
            return;
        }
        let open = self.open(window);
        if open.nest.as_ref().is_some_and(|nest| nest.overflows) {
            roots.iter().for_each(|root| turn.lines(*root).overflows = true);
            return;
        }
        for row in self.live(window) {
            match goes {
                Goes::No => roots.iter().for_each(|root| turn.lines(*root).come(under, &row)),
                Goes::Yes => {
                    let revoked = self.is_revoked(window, &row);
                    roots.iter().for_each(|root| turn.lines(*root).go(under, &row, revoked));
                }
            }
        }
        let family = &open.window.family;
        for (key, held) in open.nest.iter().flat_map(|nest| &nest.held) {
            for (child, held) in family.children.iter().zip(held) {
                let Some(held) = held else { continue };
                self.tell_all(*held, &under_row(family, key, child), roots, turn, goes);
            }
        }
    }

    /// How many windows, and failed ones, there are at and below one, by as many ways as lead to them.
    fn ways_below(&self, window: u32) -> Ways {
        let mut ways = Ways { windows: 1, failed: 0 };
        let Some(nest) = &self.open(window).nest else { return ways };
        ways.failed = isize::from(nest.failed);
        for held in nest.held() {
            let below = self.ways_below(held);
            ways.windows += below.windows;
            ways.failed += below.failed;
        }
        ways
    }

    /// Of a view with subqueries: how many ways are counted down to rows and windows, and to failed ones; and how many
    /// there are. `None` for every other view.
    pub fn ways(&self, view: ViewNo) -> Option<[(usize, usize); 2]> {
        let number = self.views.get(&view)?.window;
        let nest = self.open(number).nest.as_ref()?;
        let mut below = Ways { windows: 0, failed: 0 };
        let mut rows = 0;
        for held in nest.held() {
            let ways = self.ways_below(held);
            below.windows += ways.windows;
            below.failed += ways.failed;
            rows += self.rows_below(held);
        }
        let there = |ways: isize| usize::try_from(ways).unwrap_or_default();
        let (all, failed) = (there(below.windows) + rows, there(below.failed));
        Some([(nest.ways, all), (nest.failing, failed)])
    }

    fn rows_below(&self, window: u32) -> usize {
        let own = self.live(window).len();
        let below = self.open(window).nest.iter().flat_map(|nest| nest.held());
        own + below.map(|held| self.rows_below(held)).sum::<usize>()
    }

    /// Whether the reader of a window may no longer select a row that left it.
    pub(super) fn is_revoked(&self, window: u32, row: &Row) -> bool {
        let open = self.open(window);
        let window = &open.window;
        let stored = || self.tables[open.table].rows.get(&row.id().key);
        window.family.restricted()
            && stored().is_some_and(|row| !window.family.permits(row.content(), &window.args))
    }

    /// Whether a window is a subquery's.
    pub(super) fn is_held(&self, window: u32) -> bool {
        self.open(window).is_subquery
    }

    /// Whether a window that is shown in a view's waits for a refill.
    pub(in crate::engine) fn waits_below(&self, root: u32) -> bool {
        let held = self.refilling.iter().filter(|window| self.is_held(**window));
        held.copied().any(|window| self.roots(window).contains(&root))
    }

    pub(super) fn nest(&mut self, window: u32) -> Option<&mut Nest> {
        self.windows[window as usize].as_mut()?.nest.as_deref_mut()
    }
}

/// Where the rows of a subquery stand that a family's row asks.
pub(super) fn under_row(family: &Family, row: &Key, child: &family::Child) -> Under {
    let parent = RecordId::new(family.shape.source.table(), row.0.clone());
    Under { parent, alias: Arc::clone(&child.alias) }
}

/// Which part of the matches is shown. What cannot be a window was refused when the view was registered.
fn extent(family: &Family, args: &[Value], first: bool) -> Extent {
    let value = |slot: Option<plan::Slot>| slot.map(|slot| &args[usize::from(slot.0)]);
    let window = plan::window(value(family.shape.limit), value(family.shape.start));
    let (limit, start) = window.unwrap_or((Some(0), 0));
    let limit = limit.unwrap_or(usize::MAX);
    Extent { limit: if first { limit.min(1) } else { limit }, start, records: None }
}
