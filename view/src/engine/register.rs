//! Views come and go.

use std::collections::BTreeSet;

use protocol::{Code, Problem};
use surrealdb_types::{RecordId, ToSql};

use super::users::{Reads, reads_user};
use super::{Engine, View};
use crate::caller::Caller;
use crate::delta::{
    ChildDelta, ChildRow, Held, RowDelta, StateChange, Step, Under, ViewDelta, ViewNo,
};
use crate::plan::Plan;
use crate::row::Row;
use crate::window::difference;

/// What a view was told: its rows, and those of its subqueries.
pub(super) type Told = (Vec<Row>, Vec<ChildRow>);

impl Engine {
    /// Returns the tables that have to be loaded before a view is registered.
    pub fn needs(plan: &Plan, caller: &Caller) -> BTreeSet<String> {
        let user = caller.auth.iter().map(|auth| auth.table.as_str().to_owned());
        user.chain(plan.tables().into_iter().map(str::to_owned)).collect()
    }

    /// Registers a view. The step is its first answer, or, if the number was known, the difference
    /// to the answer that stood. A view that is refused changes nothing.
    pub fn register(&mut self, no: ViewNo, plan: &Plan, caller: Caller) -> Result<Step, Problem> {
        self.enter(no, plan, caller, &Held::default())
    }

    /// Registers a view of which somebody still holds the answer `shown`, by an engine before this
    /// one. The step is the difference to the rows of it that exist; where the view is failed,
    /// these stand.
    pub fn reinstate(
        &mut self,
        no: ViewNo,
        plan: &Plan,
        caller: Caller,
        shown: &Held,
    ) -> Result<Step, Problem> {
        self.enter(no, plan, caller, shown)
    }

    fn enter(
        &mut self,
        no: ViewNo,
        plan: &Plan,
        caller: Caller,
        shown: &Held,
    ) -> Result<Step, Problem> {
        if let Some(user) = caller.auth.as_ref().filter(|user| self.row(user).is_none()) {
            let message = format!("the user {} has no record", user.to_sql());
            return Err(Problem::new(Code::NoSuchUser, message));
        }
        let prepared = self.prepare(plan, &caller);
        let (window, new) = self.window_for(prepared)?;
        let old = self.views.remove(&no);
        let before = match &old {
            Some(old) => {
                self.forget_user(no, old.user.as_ref());
                self.all_told(old.window)
            }
            None => self.found(shown),
        };
        let reads = reads_user(plan);
        let user = caller.auth.clone();
        if let Some(user) = &user {
            self.users.entry(user.clone()).or_default().push(no);
        }
        let reads = reads.then(|| Box::new(Reads { plan: self.keep_plan(window, plan), caller }));
        self.views.insert(no, View { window, user, reads });
        let (rows, children, failed) = self.join(no, window, new, before);
        // Not before: the window may be the one that it joins.
        if let Some(old) = old {
            self.leave(old.window, no);
        }
        let state = Some(failed.unwrap_or(StateChange::Ready));
        Ok(Step { views: vec![ViewDelta { view: no, rows, children, state }] })
    }

    /// Ends a view, without a word.
    pub fn unregister(&mut self, no: ViewNo) {
        if let Some(view) = self.views.remove(&no) {
            self.leave(view.window, no);
            self.forget_user(no, view.user.as_ref());
        }
    }

    /// A view joins a window. Returns the difference to what it had been told, and whether the
    /// window is failed.
    pub(super) fn join(
        &mut self,
        no: ViewNo,
        window: u32,
        new: bool,
        (rows, children): Told,
    ) -> (Vec<RowDelta>, Vec<ChildDelta>, Option<StateChange>) {
        self.opened(window).window.views.push(no);
        let failed = self.failure(window);
        if new && failed.is_some() {
            self.stand(window, rows.clone(), children.clone());
            self.watch(window, true);
        }
        let rows = self.lines_of(window, difference(&rows, &self.told(window)));
        (rows, self.child_difference(window, &children), failed)
    }

    /// Returns what the views of a window have been told.
    pub(super) fn all_told(&self, window: u32) -> Told {
        (self.told(window), self.told_children(window))
    }

    /// Returns those rows of an answer that exist.
    fn found(&self, held: &Held) -> Told {
        let rows = held.rows.iter().filter_map(|record| self.row(record).cloned());
        let children = held.children.iter().filter_map(|(parent, alias, record)| {
            let row = self.row(record)?.clone();
            let under = Under { parent: parent.clone(), alias: alias.as_str().into() };
            Some(ChildRow { under, row })
        });
        (rows.collect(), children.collect())
    }

    fn forget_user(&mut self, no: ViewNo, user: Option<&RecordId>) {
        let Some(user) = user else { return };
        let Some(views) = self.users.get_mut(user) else { return };
        views.retain(|known| *known != no);
        if views.is_empty() {
            self.users.remove(user);
        }
    }
}
