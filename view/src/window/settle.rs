//! From a circuit's difference to what a window's views are told.

use std::collections::HashSet;

use super::{Circuit, Concern, Scene, Window, difference};
use crate::delta::{ChildDelta, RowDelta, StateChange};
use crate::index::{Order, Ordered};
use crate::row::Row;
use crate::store::Transition;
use crate::value::packed::PackedKey;

/// What all views of a window are told of one input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The rows: `-`, `~`, `+`, each sorted by id.
    pub rows: Vec<RowDelta>,
    /// The rows of its subqueries, likewise.
    pub children: Vec<ChildDelta>,
    /// The state, where it changed.
    pub state: Option<StateChange>,
}

impl Report {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.children.is_empty() && self.state.is_none()
    }
}

impl Window {
    /// Says what the views are told of a circuit's difference. Whoever calls this looks after the
    /// watches.
    pub fn settle(
        &mut self,
        scene: Scene<'_>,
        concern: Concern<'_>,
        told: Vec<Transition>,
    ) -> Report {
        self.find_others(scene);
        let standing = self.trouble.as_mut().and_then(|trouble| trouble.standing.take());
        match (standing, self.failed()) {
            (None, false) => {
                self.trouble = None;
                Report { rows: self.lines(scene, told), ..Report::default() }
            }
            (None, true) => {
                let before = difference::undo(&told, self.live(scene));
                let left = before.iter().filter(|row| !self.may_stand(scene, row));
                let left =
                    left.map(|row| Transition { old: Some(row.clone()), new: None }).collect();
                let rows = self.lines(scene, left);
                self.stand(scene, before);
                let state = self.failure(scene);
                Report { rows, state, ..Report::default() }
            }
            (Some(standing), true) => {
                let touched: HashSet<PackedKey<'_>> =
                    concern.touched().map(|(_, change)| change.row().key()).collect();
                let leaves =
                    |row: &Row| touched.contains(&row.key()) && !self.may_stand(scene, row);
                let (left, standing): (Vec<Row>, Vec<Row>) = standing.into_iter().partition(leaves);
                let left = left.into_iter().map(|row| Transition { old: Some(row), new: None });
                let rows = self.lines(scene, left.collect());
                self.trouble.get_or_insert_default().standing = Some(standing);
                Report { rows, ..Report::default() }
            }
            (Some(standing), false) => {
                self.trouble = None;
                let mended = difference::difference(&standing, &self.live(scene));
                let (rows, state) = (self.lines(scene, mended), Some(StateChange::Ready));
                Report { rows, state, ..Report::default() }
            }
        }
    }

    /// Prints a difference in the order of [`crate::delta`].
    pub fn lines(&self, scene: Scene<'_>, difference: Vec<Transition>) -> Vec<RowDelta> {
        let (mut left, mut changed, mut entered) = (Vec::new(), Vec::new(), Vec::new());
        for Transition { old, new } in difference {
            match (old, new) {
                (Some(old), None) => left.push(old),
                (Some(_), Some(new)) => changed.push(new),
                (None, Some(new)) => entered.push(new),
                (None, None) => {}
            }
        }
        let leave = |row: Row| {
            let permits = |row: &Row| self.family.permits(row.content(), &self.args);
            // Which of a group's rows left it is not known any more.
            let taken = || match &self.circuit {
                Circuit::Grouped(_) => true,
                _ => self.stored(scene, &row).is_some_and(|row| !permits(row)),
            };
            let revoked = self.family.restricted() && taken();
            RowDelta::Leave { record: row.id(), revoked }
        };
        let left = by_id(left).into_iter().map(leave);
        let changed = by_id(changed).into_iter().map(RowDelta::Change);
        let entered = by_id(entered).into_iter().map(RowDelta::Enter);
        left.chain(changed).chain(entered).collect()
    }
}

/// Sorts rows by id.
fn by_id(rows: Vec<Row>) -> Vec<Row> {
    if rows.len() < 2 {
        return rows;
    }
    Ordered::of_rows(&Order::by_id(), &rows).iter().map(|entry| entry.row.clone()).collect()
}
