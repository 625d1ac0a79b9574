//! Changes in, steps out.

use std::collections::HashMap;

use protocol::{Change, ChangeId};
use surrealdb_types::RecordId;

use super::groups::Gathered;
use super::nest::Turn;
use super::users::Stood;
use super::{Engine, Open, Table};
use crate::delta::{Step, ViewDelta, ViewNo};
use crate::row::Row;
use crate::store::Transition;
use crate::value::address::Address;
use crate::window::{Concern, Report};

/// What a commit did to the followed tables.
pub(super) type Moved = Vec<(usize, Vec<Transition>)>;

impl Engine {
    /// A load of a table starts: the first one, or one by difference where rows are held.
    pub fn load_begin(&mut self, table: &str) {
        let at = self.table(table);
        self.tables[at].followed = true;
        self.tables[at].rows.load_begin();
    }

    /// Hears changes of a table that is not loaded: its rows are those that are told.
    pub fn follow(&mut self, table: &str) {
        let at = self.table(table);
        self.tables[at].followed = true;
    }

    /// Applies loaded rows.
    pub fn load_rows(&mut self, table: &str, rows: Vec<Change>) -> Step {
        self.hear(&rows);
        let at = self.table(table);
        let rows = newest(rows);
        let stood = self.stood(rows.iter().map(|change| &change.record));
        let (store, images) = (&mut self.tables[at].rows, &mut self.images);
        let loaded = rows.into_iter().filter_map(|change| store.load_row(change, images));
        let moved = vec![(at, loaded.collect())];
        self.step(&moved, stood)
    }

    /// A load ends: rows that it did not meet, and that nothing since `at` has made, are deleted.
    pub fn load_end(&mut self, table: &str, at: ChangeId) -> Step {
        let number = self.table(table);
        let missed = self.tables[number].rows.missed(at);
        let records: Vec<RecordId> = missed.iter().map(Row::id).collect();
        let stood = self.stood(records.iter());
        let moved = vec![(number, self.tables[number].rows.delete_missed(&missed, at))];
        self.step(&moved, stood)
    }

    /// Applies one commit. What redelivers a change does nothing; tables that are not followed are
    /// ignored.
    pub fn apply(&mut self, changes: Vec<Change>) -> Step {
        self.hear(&changes);
        let deleted = self.deleted_users(&changes);
        let changes = newest(changes);
        let stood = self.stood(changes.iter().map(|change| &change.record));
        let mut moved = Moved::new();
        for change in changes {
            let Some(at) = self.names.get(change.record.table.as_str()).copied() else { continue };
            let table = &mut self.tables[at];
            if !table.followed {
                continue;
            }
            table.read_ahead(&change, &self.windows);
            let Some(transition) = table.rows.apply(change, &mut self.images) else { continue };
            match moved.iter_mut().find(|(known, _)| *known == at) {
                Some((_, transitions)) => transitions.push(transition),
                None => moved.push((at, vec![transition])),
            }
        }
        let mut step = self.step(&moved, stood);
        self.end_views_of(deleted, &mut step);
        step
    }

    /// Drops a table's rows, and no longer hears of it. The views of users whose records it had
    /// end.
    pub fn drop_table(&mut self, table: &str) -> Step {
        let Some(at) = self.names.get(table).copied() else { return Step::default() };
        let stood = self.stood_of_table(table);
        let moved = vec![(at, self.tables[at].rows.clear())];
        self.tables[at].followed = false;
        self.step(&moved, stood)
    }

    fn step(&mut self, moved: &Moved, stood: Vec<Stood>) -> Step {
        let mut views = Vec::new();
        let mut gathered = Gathered::new();
        let mut turn = Turn::new(self.children_max, self.refill_entries);
        for (at, transitions) in moved {
            let touches = self.tables[*at].router.apply(transitions);
            for touches in touches.chunk_by(|a, b| a.window == b.window) {
                let concern = Concern { transitions, touches };
                if let Some(sample) = &mut self.sample {
                    sample.note(touches[0].window);
                }
                let number = touches[0].window;
                if self.is_grouped(number) {
                    gathered.push(self.gather(number, concern));
                } else if self.is_nested(number) {
                    self.turn_window(number, *at, concern, &mut turn);
                } else {
                    self.step_window(number, concern, &mut turn.budget, &mut views);
                }
            }
            self.tables[*at].router.settle();
        }
        self.step_groups(gathered, &mut views);
        self.settle_turn(turn, &mut views);
        self.follow_users(moved, stood, &mut views);
        views.sort_by_key(|delta: &ViewDelta| delta.view);
        Step { views }
    }

    fn step_window(
        &mut self,
        number: u32,
        concern: Concern<'_>,
        budget: &mut usize,
        out: &mut Vec<ViewDelta>,
    ) {
        self.with_window(number, concern, out, |open, scene| {
            open.window.step(scene, concern, budget)
        });
    }

    /// Goes on with one window's refill.
    pub(super) fn refill_window(
        &mut self,
        number: u32,
        budget: &mut usize,
        out: &mut Vec<ViewDelta>,
    ) {
        let concern = Concern { transitions: &[], touches: &[] };
        self.with_window(number, concern, out, |open, scene| open.window.refill(scene, budget));
    }

    pub(super) fn with_window(
        &mut self,
        number: u32,
        concern: Concern<'_>,
        out: &mut Vec<ViewDelta>,
        step: impl FnOnce(&mut Open, crate::window::Scene<'_>) -> Vec<Transition>,
    ) {
        let Some(open) = self.windows[number as usize].as_mut() else { return };
        let table = &mut self.tables[open.table];
        let troubled = open.window.trouble.is_some();
        if troubled {
            open.window.watch(&mut table.router, false);
        }
        let difference = step(open, table.scene());
        let report = if difference.is_empty() && !troubled && open.window.trouble.is_none() {
            Report::default()
        } else {
            open.window.settle(table.scene(), concern, difference)
        };
        if open.window.trouble.is_some() {
            open.window.watch(&mut table.router, true);
        }
        if !report.is_empty() {
            open.window.tell(report, out);
        }
        self.note_refilling(number);
    }

    /// Notes whether a window waits for a refill.
    pub(super) fn note_refilling(&mut self, number: u32) {
        if self.open(number).window.refilling() {
            self.refilling.insert(number);
        } else if !self.refilling.is_empty() {
            self.refilling.remove(&number);
        }
    }
}

impl Table {
    /// Reads what a change is about to need: its row, where it will stand in the indexes, a window that it may concern.
    /// The steps that follow would wait for one after the other; so they wait for all at once. It decides nothing.
    fn read_ahead(&mut self, change: &Change, windows: &[Option<Open>]) {
        let Some(content) = &change.after else { return };
        // Before anything that waits: a processor looks but some hundred instructions ahead.
        self.router.aim(content.into());
        self.rows.read_ahead(&change.record.key);
        let window = self.router.read_ahead();
        if let Some(open) = window.and_then(|number| windows.get(number as usize)?.as_ref()) {
            open.window.read_ahead();
        }
    }
}

/// Keeps of each record's changes the newest: what a commit did to a record is one transition.
fn newest(changes: Vec<Change>) -> Vec<Change> {
    if changes.len() < 2 {
        return changes;
    }
    let mut last: HashMap<Address<&RecordId>, usize> = HashMap::with_capacity(changes.len());
    for (at, change) in changes.iter().enumerate() {
        let known = last.entry(Address(&change.record)).or_insert(at);
        if changes[*known].id <= change.id {
            *known = at;
        }
    }
    if last.len() == changes.len() {
        return changes;
    }
    let mut kept: Vec<usize> = last.into_values().collect();
    kept.sort_unstable();
    let mut kept = kept.into_iter().peekable();
    let wanted = |(at, change)| kept.next_if_eq(&at).map(|_| change);
    changes.into_iter().enumerate().filter_map(wanted).collect()
}

impl crate::window::Window {
    /// Tells every view of the window.
    pub(super) fn tell(&self, report: Report, out: &mut Vec<ViewDelta>) {
        let Some((last, others)) = self.views.split_last() else { return };
        let delta = |view: &ViewNo, Report { rows, children, state }| ViewDelta {
            view: *view,
            rows,
            children,
            state,
        };
        out.extend(others.iter().map(|view| delta(view, report.clone())));
        out.push(delta(last, report));
    }
}
