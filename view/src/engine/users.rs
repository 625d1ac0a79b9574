//! Views follow their users' records: `$auth.x` is read again when the record changes, and a view
//! ends with it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use protocol::Change;
use surrealdb_types::RecordId;

use super::Engine;
use super::commit::Moved;
use super::prepare::identity;
use super::register::Told;
use crate::caller::Caller;
use crate::delta::{StateChange, Step, ViewDelta, ViewNo};
use crate::plan::{Expr, Plan};
use crate::window::{Circuit, Trouble};

/// What it takes to evaluate a view's arguments again.
#[derive(Debug)]
pub struct Reads {
    /// The plan.
    pub plan: Arc<Plan>,
    /// The caller.
    pub caller: Caller,
}

/// What a view had been told before a commit that may move it to another window.
#[derive(Debug)]
pub struct Stood {
    view: ViewNo,
    told: Told,
    failed: bool,
}

impl Engine {
    /// Returns what those views stand for that read one of these records as their user's.
    pub(super) fn stood<'a>(&self, records: impl Iterator<Item = &'a RecordId>) -> Vec<Stood> {
        if self.users.is_empty() {
            return Vec::new();
        }
        let views = records.filter_map(|record| self.users.get(record)).flatten();
        let mut stood: Vec<Stood> = views.filter_map(|view| self.stood_of(*view)).collect();
        stood.sort_by_key(|stood| stood.view);
        stood.dedup_by_key(|stood| stood.view);
        stood
    }

    /// The same for all users of a table.
    pub(super) fn stood_of_table(&self, table: &str) -> Vec<Stood> {
        let users = self.users.keys().filter(|user| user.table.as_str() == table);
        self.stood(users)
    }

    fn stood_of(&self, view: ViewNo) -> Option<Stood> {
        let known = self.views.get(&view).filter(|known| known.reads.is_some())?;
        let told = self.all_told(known.window);
        Some(Stood { view, told, failed: self.has_failed(known.window) })
    }

    /// Ends the views of deleted users, and moves those whose arguments changed.
    pub(super) fn follow_users(
        &mut self,
        moved: &Moved,
        stood: Vec<Stood>,
        out: &mut Vec<ViewDelta>,
    ) {
        if self.users.is_empty() {
            return;
        }
        let transitions = moved.iter().flat_map(|(_, transitions)| transitions);
        let gone = transitions.filter(|change| change.new.is_none());
        let gone = gone.filter_map(|change| self.users.get(&change.row().id()));
        let ended: Vec<ViewNo> = gone.flatten().copied().collect();
        let mut said: HashMap<ViewNo, Option<ViewDelta>> = HashMap::new();
        for view in ended {
            self.unregister(view);
            said.insert(view, Some(ViewDelta::only(view, StateChange::Ended)));
        }
        for stood in stood {
            if let Some((view, delta)) = self.reread(stood) {
                said.insert(view, delta);
            }
        }
        if said.is_empty() {
            return;
        }
        out.retain(|delta| !said.contains_key(&delta.view));
        out.extend(said.into_values().flatten());
    }

    /// Finds the users of views whom these changes delete, be their records back at the end of the
    /// commit or not.
    pub(super) fn deleted_users(&self, changes: &[Change]) -> Vec<RecordId> {
        if self.users.is_empty() {
            return Vec::new();
        }
        let deletions = changes.iter().filter(|change| change.after.is_none());
        let news = |change: &&Change| {
            let table = self.names.get(change.record.table.as_str());
            let known = self.users.contains_key(&change.record);
            known
                && table
                    .is_some_and(|at| self.tables[*at].rows.is_news(&change.record.key, change.id))
        };
        let deleted: BTreeSet<RecordId> =
            deletions.filter(news).map(|change| change.record.clone()).collect();
        deleted.into_iter().collect()
    }

    /// Ends what is left of the views of deleted users: a record that is back is another user's.
    pub(super) fn end_views_of(&mut self, deleted: Vec<RecordId>, step: &mut Step) {
        let ended: Vec<ViewNo> =
            deleted.iter().filter_map(|user| self.users.get(user)).flatten().copied().collect();
        if ended.is_empty() {
            return;
        }
        step.views.retain(|delta| !ended.contains(&delta.view));
        for view in ended {
            self.unregister(view);
            step.views.push(ViewDelta::only(view, StateChange::Ended));
        }
        step.views.sort_by_key(|delta| delta.view);
    }

    /// Evaluates a view's arguments again. Returns what it is told if that moved it to another
    /// window.
    fn reread(&mut self, stood: Stood) -> Option<(ViewNo, Option<ViewDelta>)> {
        let Stood { view: no, told: before, failed: failed_before } = stood;
        let view = self.views.get(&no)?;
        let (old, reads) = (view.window, view.reads.as_ref()?);
        let prepared = self.prepare(&reads.plan, &reads.caller);
        let window = &self.open(old).window;
        let stalled = matches!(window.circuit, Circuit::Stalled);
        let unmoved = *window.family.shape == prepared.shape
            && identity(0, &window.args) == identity(0, &prepared.args);
        if unmoved && stalled == prepared.extent.is_err() {
            return None;
        }
        let user = reads.caller.auth.clone()?;
        let again = self.prepare(&reads.plan, &reads.caller);
        let (new, fresh) = match self.window_for(prepared) {
            Ok(found) => found,
            Err(problem) => {
                let number = self.stalled(again);
                let trouble = Trouble::of(user, problem.into());
                self.opened(number).window.trouble = Some(Box::new(trouble));
                (number, true)
            }
        };
        self.leave(old, no);
        self.views.get_mut(&no)?.window = new;
        let (rows, children, failed) = self.join(no, new, fresh, before);
        let state = match (failed_before, failed) {
            (false, failed) => failed,
            (true, None) => Some(StateChange::Ready),
            (true, Some(_)) => None,
        };
        let silent = rows.is_empty() && children.is_empty() && state.is_none();
        Some((no, (!silent).then_some(ViewDelta { view: no, rows, children, state })))
    }
}

/// Whether a plan reads its user's row.
pub fn reads_user(plan: &Plan) -> bool {
    let reads = |plan: &Plan| plan.parts().chain(&plan.permission).any(Expr::reads_user);
    plan.levels().any(reads)
}
