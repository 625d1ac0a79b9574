//! The child rows of a view: those that it is told of, and those that stand while it is failed (mechanism M7).

use std::collections::BTreeSet;
use std::sync::Arc;

use protocol::{Code, Problem};
use surrealdb_types::{Object, RecordId, Value};

use super::hold::under_row;
use super::news::{difference, in_order, undo};
use super::{Lines, Turn};
use crate::delta::{ChildDelta, ChildRow, RowDelta, StateChange, Under, ViewDelta, ViewNo};
use crate::engine::Engine;
use crate::eval;
use crate::family::Family;
use crate::row::Row;
use crate::store::Transition;
use crate::value::address::{Address, Key};
use crate::window::{self, Report};

/// What may be selected under one alias: a family, with arguments of which only those count that no row gives.
pub(super) struct Reader {
    alias: Arc<str>,
    parents: String,
    pub(super) family: Arc<Family>,
    pub(super) args: Arc<[Value]>,
}

impl Engine {
    /// The rows of a new window hold the windows of their subqueries.
    pub(in crate::engine) fn hold_rows(&mut self, number: u32, around: &mut Turn) {
        let open = self.open(number);
        let (flat, rows) = (is_flat(&open.window.family), self.live(number));
        let max = self.children_max;
        let mut turn = around.beside();
        if flat {
            turn.lines(number).only_count();
        }
        let mut overflows = rows.len() > max;
        for row in rows {
            if overflows {
                break;
            }
            self.hold(number, &row, &mut turn);
            overflows = turn.lines(number).has_outgrown(0, max);
        }
        around.budget = turn.budget;
        let lines = turn.take(number);
        if let Some(nest) = self.nest(number) {
            nest.failing = usize::try_from(lines.failing).unwrap_or(0);
            nest.ways = usize::try_from(lines.ways).unwrap_or(0);
            nest.overflows = overflows;
            // Whoever joins is told of the whole answer.
            nest.weigh(lines, flat);
        }
    }

    /// Says what a commit comes to for the views of a window.
    pub(super) fn settle_root(
        &mut self,
        number: u32,
        rows: Vec<Transition>,
        lines: Lines,
        out: &mut Vec<ViewDelta>,
    ) {
        self.watch(number, false);
        let flat = is_flat(&self.open(number).window.family);
        let failing = lines.failing;
        let max = self.children_max;
        let nest = self.nest(number).expect("the window has subqueries");
        if lines.has_outgrown(nest.ways, max) {
            return self.refuse_views(number, out);
        }
        nest.ways = nest.ways.checked_add_signed(lines.ways).expect("what goes had come");
        nest.failing = nest.failing.checked_add_signed(failing).expect("what mends had failed");
        let told = nest.weigh(lines, flat);
        let (open, scene) = self.at_work(number);
        open.window.look_after(scene);
        let stood = open.window.trouble.as_mut().and_then(|trouble| trouble.standing.take());
        let report = match (stood, self.has_failed(number)) {
            (None, false) => {
                Report { rows: self.lines_of(number, rows), children: in_order(told), state: None }
            }
            (None, true) => {
                let before = window::undo(&rows, self.live(number));
                let children = undo(&told, self.live_children(number));
                let (rows, children) = self.stand(number, before, children);
                Report { rows, children, state: self.failure(number) }
            }
            (Some(standing), true) => {
                let nest = self.nest(number).expect("as above");
                let children = nest.standing.take().unwrap_or_default();
                let (rows, children) = self.stand(number, standing, children);
                Report { rows, children, state: None }
            }
            (Some(standing), false) => {
                self.opened(number).window.trouble = None;
                let children = self.nest(number).and_then(|nest| nest.standing.take());
                let mended = window::difference(&standing, &self.live(number));
                Report {
                    rows: self.lines_of(number, mended),
                    children: self.child_difference(number, &children.unwrap_or_default()),
                    state: Some(StateChange::Ready),
                }
            }
        };
        self.watch(number, true);
        if !report.is_empty() {
            self.open(number).window.tell(report, out);
        }
    }

    /// More belongs to the views of a window than they may have.
    fn refuse_views(&mut self, number: u32, out: &mut Vec<ViewDelta>) {
        let views: Vec<ViewNo> = self.open(number).window.views.iter().copied().collect();
        for view in views {
            self.unregister(view);
            out.push(ViewDelta::only(view, StateChange::Refused(self.too_many_children())));
        }
    }

    /// Refuses a window whose subqueries show too much.
    pub(in crate::engine) fn admit_children(&self, number: u32) -> Result<(), Problem> {
        match &self.open(number).nest {
            Some(nest) if nest.overflows => Err(self.too_many_children()),
            _ => Ok(()),
        }
    }

    fn too_many_children(&self) -> Problem {
        let message =
            format!("the subqueries show, or are asked for, more than {} rows", self.children_max);
        Problem::new(Code::LimitExceeded, message)
            .hint("show fewer rows, or fewer of each: LIMIT in the query and in its subqueries")
    }

    /// Lets stand what may of an answer. Returns what leaves.
    pub(in crate::engine) fn stand(
        &mut self,
        number: u32,
        rows: Vec<Row>,
        children: Vec<ChildRow>,
    ) -> (Vec<RowDelta>, Vec<ChildDelta>) {
        let (open, scene) = self.at_work(number);
        open.window.stand(scene, rows.clone());
        let standing: Vec<Row> = open.window.standing().cloned().collect();
        let left = self.lines_of(number, window::difference(&rows, &standing));
        if self.open(number).nest.is_none() {
            return (left, Vec::new());
        }
        let readers = self.readers(number);
        let mut stay = children.clone();
        stay.retain(|child| self.may_stand(&readers, child));
        // A row that is gone takes along what was shown under it.
        loop {
            let tops = standing.iter().map(Row::id);
            let there: BTreeSet<Address> =
                tops.chain(stay.iter().map(|child| child.row.id())).map(Address).collect();
            let before = stay.len();
            stay.retain(|child| there.contains(&Address(child.under.parent.clone())));
            if stay.len() == before {
                break;
            }
        }
        let revoked = |child: &ChildRow| self.is_child_revoked(&readers, child);
        let gone = difference(&children, &stay, revoked);
        if let Some(nest) = self.nest(number) {
            nest.standing = Some(stay);
        }
        (left, gone)
    }

    /// Returns what leads from some child rows to those of a window.
    pub(in crate::engine) fn child_difference(
        &self,
        number: u32,
        before: &[ChildRow],
    ) -> Vec<ChildDelta> {
        if self.open(number).nest.is_none() && before.is_empty() {
            return Vec::new();
        }
        let readers = self.readers(number);
        let revoked = |child: &ChildRow| self.is_child_revoked(&readers, child);
        difference(before, &self.told_children(number), revoked)
    }

    /// Returns the child rows that the views of a window have been told of, each once, a row before what is
    /// shown under it.
    pub(in crate::engine) fn told_children(&self, number: u32) -> Vec<ChildRow> {
        match self.open(number).nest.as_ref().and_then(|nest| nest.standing.as_ref()) {
            Some(standing) => standing.clone(),
            None => self.live_children(number),
        }
    }

    fn live_children(&self, number: u32) -> Vec<ChildRow> {
        let flat = is_flat(&self.open(number).window.family);
        let (mut found, mut known) = (Vec::new(), BTreeSet::new());
        let mut visit = |under: Under, row: Row| {
            let Under { parent, alias } = &under;
            let place = || (Address(parent.clone()), Arc::clone(alias), Address(row.id()));
            if flat || known.insert(place()) {
                found.push(ChildRow { under, row });
            }
        };
        if self.open(number).nest.is_some() {
            self.live(number).iter().for_each(|row| self.walk_below(number, row, &mut visit));
        }
        found
    }

    /// Visits what is shown under a row of a window, each row before what is under it.
    fn walk_below(&self, number: u32, row: &Row, visit: &mut dyn FnMut(Under, Row)) {
        let open = self.open(number);
        let family = &open.window.family;
        let key = Key(row.id().key);
        let Some(held) = open.nest.as_ref().and_then(|nest| nest.held.get(&key)) else { return };
        for (child, held) in family.children.iter().zip(held) {
            let Some(held) = *held else { continue };
            for shown in self.live(held) {
                visit(under_row(family, &key, child), shown.clone());
                self.walk_below(held, &shown, visit);
            }
        }
    }

    /// Says on which row the database's query fails: on one of its own, else on the first of a subquery.
    pub(in crate::engine) fn failure(&self, number: u32) -> Option<StateChange> {
        let open = self.open(number);
        let own = open.window.failure(self.scene(number));
        if own.is_some() || open.nest.is_none() {
            return own;
        }
        let nest = open.nest.as_ref()?;
        let mut held = self.live(number).into_iter().flat_map(|row| {
            let held = nest.held.get(&Key(row.id().key));
            held.into_iter().flat_map(|held| held.iter().flatten().copied())
        });
        held.find_map(|held| self.failure(held))
    }

    /// Whether the database's query fails for the views of a window.
    pub(in crate::engine) fn has_failed(&self, number: u32) -> bool {
        let open = self.open(number);
        open.window.failed() || open.nest.as_ref().is_some_and(|nest| nest.failing > 0)
    }

    /// Watches what stands, or no longer.
    pub(in crate::engine) fn watch(&mut self, number: u32, watching: bool) {
        let Engine { windows, tables, names, .. } = self;
        let Some(open) = windows[number as usize].as_ref() else { return };
        open.window.watch(&mut tables[open.table].router, watching);
        for child in open.nest.iter().filter_map(|nest| nest.standing.as_ref()).flatten() {
            let record = child.row.id();
            let Some(at) = names.get(record.table.as_str()) else { continue };
            match watching {
                true => tables[*at].router.watch(&record, number),
                false => tables[*at].router.unwatch(&record, number),
            }
        }
    }

    /// Says what a difference of a window's rows comes to.
    pub(in crate::engine) fn lines_of(
        &self,
        number: u32,
        difference: Vec<Transition>,
    ) -> Vec<RowDelta> {
        self.open(number).window.lines(self.scene(number), difference)
    }

    pub(super) fn live(&self, number: u32) -> Vec<Row> {
        self.open(number).window.live(self.scene(number))
    }

    // -- who may select what stands --------------------------------------------------------------------------

    pub(super) fn readers(&self, number: u32) -> Vec<Reader> {
        let window = &self.open(number).window;
        let mut found = Vec::new();
        readers(&window.family, &window.args, &mut found);
        found
    }

    fn may_stand(&self, readers: &[Reader], child: &ChildRow) -> bool {
        let record = child.row.id();
        let Some(stored) = self.row(&record) else { return false };
        let permits = |reader: &Reader| reader.family.permits(stored.content(), &reader.args);
        readers.iter().filter(|reader| reader.reads(child, &record)).any(permits)
    }

    fn is_child_revoked(&self, readers: &[Reader], child: &ChildRow) -> bool {
        let record = child.row.id();
        let mut its = readers.iter().filter(|reader| reader.reads(child, &record)).peekable();
        let Some(stored) = self.row(&record) else { return false };
        its.peek().is_some()
            && its.all(|reader| {
                reader.family.restricted() && !reader.family.permits(stored.content(), &reader.args)
            })
    }
}

impl Reader {
    fn reads(&self, child: &ChildRow, record: &RecordId) -> bool {
        self.alias == child.under.alias
            && self.parents == child.under.parent.table.as_str()
            && self.family.shape.source.table() == record.table.as_str()
    }
}

fn readers(family: &Family, args: &[Value], found: &mut Vec<Reader>) {
    let no_row = Object::new();
    for child in &family.children {
        let value = |expr| eval::eval(expr, &no_row, args).map(|value| value.into_owned());
        let inner: Arc<[Value]> =
            child.arguments.iter().map(|expr| value(expr).unwrap_or_default()).collect();
        readers(&child.family, &inner, found);
        found.push(Reader {
            alias: Arc::clone(&child.alias),
            parents: family.shape.source.table().to_owned(),
            family: Arc::clone(&child.family),
            args: inner,
        });
    }
}

/// Whether there is one way at most to each child row.
fn is_flat(family: &Family) -> bool {
    family.children.iter().all(|child| child.family.children.is_empty())
}
