//! The views by everything that one looks them up by.
//!
//! # Invariants
//! - A view is (user, id); two rows never stand for one view: the later registration has it.
//! - Numbers are never used twice in one life of a process.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{ChangeId, ViewKey};
use service::Moment;
use surreal::query_row::QueryRow;
use surrealdb_types::RecordId;
use view::delta::ViewNo;

use super::view::View;

#[derive(Debug, Default)]
pub(crate) struct Registry {
    views: BTreeMap<ViewNo, View>,
    by_key: BTreeMap<ViewKey, ViewNo>,
    by_row: BTreeMap<RecordId, ViewNo>,
    by_user: BTreeMap<RecordId, BTreeSet<ViewNo>>,
    last: u32,
}

impl Registry {
    /// Adds a view that nobody holds.
    pub(crate) fn add(&mut self, now: Moment, row: QueryRow, born: ChangeId) -> ViewNo {
        self.last += 1;
        let no = ViewNo(self.last);
        if let Some(user) = &row.view.auth {
            self.by_user.entry(user.clone()).or_default().insert(no);
        }
        let held = self.by_key.insert(row.view.clone(), no);
        assert!(held.is_none(), "{} is registered twice", row.view);
        self.by_row.insert(row.record.clone(), no);
        self.views.insert(no, View::new(now, no, row, born));
        no
    }

    pub(crate) fn remove(&mut self, no: ViewNo) -> Option<View> {
        let view = self.views.remove(&no)?;
        self.by_key.remove(&view.row.view);
        self.by_row.remove(&view.row.record);
        if let Some(user) = &view.row.view.auth
            && let Some(views) = self.by_user.get_mut(user)
        {
            views.remove(&no);
            if views.is_empty() {
                self.by_user.remove(user);
            }
        }
        Some(view)
    }

    pub(crate) fn get(&self, no: ViewNo) -> Option<&View> {
        self.views.get(&no)
    }

    pub(crate) fn get_mut(&mut self, no: ViewNo) -> Option<&mut View> {
        self.views.get_mut(&no)
    }

    pub(crate) fn find(&self, key: &ViewKey) -> Option<&View> {
        self.views.get(self.by_key.get(key)?)
    }

    /// Finds the view that a row of `_00_query` stands for.
    pub(crate) fn of_row(&self, record: &RecordId) -> Option<ViewNo> {
        self.by_row.get(record).copied()
    }

    /// Gives a view its registration as it is now.
    pub(crate) fn rewrite(&mut self, now: Moment, no: ViewNo, row: QueryRow) {
        let Some(view) = self.views.get_mut(&no) else { return };
        assert!(view.row.view == row.view, "{} became {}", view.row.view, row.view);
        if view.row.record != row.record {
            self.by_row.remove(&view.row.record);
            self.by_row.insert(row.record.clone(), no);
        }
        view.rewrite(now, row);
    }

    /// Returns the rows that nobody was seen to touch for their ttl.
    pub(crate) fn silent(&self, now: Moment) -> Vec<RecordId> {
        let silent = |view: &&View| now.since(view.touched) >= view.row.ttl;
        self.views.values().filter(silent).map(|view| view.row.record.clone()).collect()
    }

    pub(crate) fn of_user(&self, user: &RecordId) -> Vec<ViewNo> {
        self.by_user.get(user).into_iter().flatten().copied().collect()
    }

    pub(crate) fn has_user(&self, user: &RecordId) -> bool {
        self.by_user.contains_key(user)
    }

    pub(crate) fn numbers(&self) -> Vec<ViewNo> {
        self.views.keys().copied().collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &View> {
        self.views.values()
    }

    /// Returns the number that was given last.
    pub(crate) fn last(&self) -> ViewNo {
        ViewNo(self.last)
    }

    pub(crate) fn len(&self) -> usize {
        self.views.len()
    }
}
