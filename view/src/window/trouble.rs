//! Views that the database's query would fail for (mechanism M7).
//!
//! # Invariants
//! - While a row fails, the answer that stood stands; what was deleted, or may no longer be
//!   selected, still leaves.
//! - The circuit steps on meanwhile, so that mending is one difference.

use surrealdb_types::RecordId;

use super::{Circuit, Concern, Faults, Scene, Window};
use crate::delta::StateChange;
use crate::family::Verdict;
use crate::fault::Fault;
use crate::index::Ordered;
use crate::router::Router;
use crate::row::Row;
use crate::store::Transition;

/// What fails, and what stands meanwhile.
#[derive(Debug, Default)]
pub struct Trouble {
    /// The records that the permission, the condition or the order fails on.
    pub failing: Faults,
    /// The records in the answer that the projection fails on.
    pub unshown: Faults,
    /// The answer that stands, in window order, once the views were told.
    pub standing: Option<Vec<Row>>,
}

impl Trouble {
    /// Of a window that fails whatever its rows are.
    pub fn of(record: RecordId, fault: Fault) -> Trouble {
        let mut trouble = Trouble::default();
        trouble.failing.insert(record, fault);
        trouble
    }

    /// Whether nothing fails.
    pub fn is_over(&self) -> bool {
        self.failing.is_empty() && self.unshown.is_empty()
    }
}

impl Window {
    /// Whether the database's query would fail.
    pub fn failed(&self) -> bool {
        self.trouble.as_ref().is_some_and(|trouble| !trouble.is_over()) || self.unsummed().is_some()
    }

    fn unsummed(&self) -> Option<(&RecordId, &Fault)> {
        match &self.circuit {
            Circuit::Grouped(grouped) => grouped.unsummed(),
            _ => None,
        }
    }

    /// Says on which row the database's query fails: on the first that it meets.
    pub fn failure(&self, scene: Scene<'_>) -> Option<StateChange> {
        let trouble = self.trouble.as_ref()?;
        let faults = if trouble.failing.is_empty() { &trouble.unshown } else { &trouble.failing };
        let stored: Vec<Row> =
            faults.kept().filter_map(|(record, _)| scene.rows.get(&record.key).cloned()).collect();
        let first = match &self.circuit {
            // A condition fails on the first of the list; what is shown, on the first of the order.
            Circuit::Listed(listed) if trouble.failing.is_empty() => {
                listed.arrange(stored).into_iter().next()
            }
            Circuit::Listed(listed) => {
                listed.stored(scene.rows).find(|row| faults.get(row.id()).is_some()).cloned()
            }
            _ if trouble.failing.is_empty() => {
                let shown = Ordered::of_rows(&self.order(), &stored);
                shown.iter().next().map(|entry| entry.row.clone())
            }
            _ => None,
        };
        let first = first.and_then(|row| faults.get(row.id()));
        let first = first.or_else(|| faults.kept().next());
        let (record, fault) = first.or_else(|| self.unsummed())?;
        let Fault { code, reason, of_permission } = fault.clone();
        Some(StateChange::Failed { code, record: record.clone(), reason, of_permission })
    }

    /// Keeps the rows that the permission, the condition or the order fails on.
    pub(super) fn note_failing(&mut self, concern: Concern<'_>) {
        if !self.family.fallible() || matches!(self.circuit, Circuit::Stalled) {
            return;
        }
        for (touch, Transition { old, new }) in concern.touched() {
            if let (true, Some(row), Some(trouble)) = (touch.old, old, &mut self.trouble) {
                trouble.failing.note(row, None);
            }
            let Some(row) = new.as_ref().filter(|_| touch.new) else { continue };
            // Keys collide: what they find may be another record.
            if matches!(&self.circuit, Circuit::Listed(listed) if !listed.lists(row)) {
                continue;
            }
            if let Verdict::Fails(fault) = self.family.judge(row.content(), &self.args) {
                self.trouble.get_or_insert_default().failing.note(row, Some(fault));
            }
        }
    }

    /// Keeps the rows in the answer that the projection fails on.
    pub(super) fn note_showing(&mut self, difference: &[Transition]) {
        for Transition { old, new } in difference {
            let fault = new.as_ref().and_then(|row| self.family.showing(row.content(), &self.args));
            match (new.as_ref().or(old.as_ref()), fault, &mut self.trouble) {
                (Some(row), None, Some(trouble)) => trouble.unshown.note(row, None),
                (Some(row), fault @ Some(_), trouble) => {
                    trouble.get_or_insert_default().unshown.note(row, fault);
                }
                _ => {}
            }
        }
    }

    /// The answer that the views were told begins to stand: all of it that may.
    pub fn stand(&mut self, scene: Scene<'_>, before: Vec<Row>) {
        let mut standing: Vec<Row> = match &self.circuit {
            Circuit::Listed(listed) => listed.arrange(before),
            _ => {
                let standing = Ordered::of_rows(&self.order(), &before);
                standing.iter().map(|entry| entry.row.clone()).collect()
            }
        };
        standing.retain(|row| self.may_stand(scene, row));
        self.trouble.get_or_insert_default().standing = Some(standing);
    }

    /// Whether a record that stands is still there and may still be selected; a group never stands.
    pub fn may_stand(&self, scene: Scene<'_>, row: &Row) -> bool {
        if matches!(self.circuit, Circuit::Grouped(_)) {
            return false;
        }
        let stored = self.stored(scene, row);
        stored.is_some_and(|stored| self.family.permits(stored.content(), &self.args))
    }

    /// A record as it is stored. One of another table, about which the view asked before, is none of the window's.
    pub(super) fn stored<'a>(&self, scene: Scene<'a>, row: &Row) -> Option<&'a Row> {
        let own = row.record().table() == self.family.shape.source.table().as_bytes();
        scene.rows.get(&row.id().key).filter(|_| own)
    }

    /// Returns the records that stand, which have to be watched.
    pub fn standing(&self) -> impl Iterator<Item = &Row> {
        self.trouble.iter().filter_map(|trouble| trouble.standing.as_ref()).flatten()
    }

    /// Watches what stands, or no longer.
    pub fn watch(&self, router: &mut Router, watching: bool) {
        for row in self.standing() {
            if watching {
                router.watch(&row.id(), self.number);
            } else {
                router.unwatch(&row.id(), self.number);
            }
        }
    }
}
