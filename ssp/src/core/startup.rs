//! From nothing to ready: control tables, users and every view's tables load; the views hydrate, each by difference to
//! the edges that stand; what belongs to nobody is swept away; then, and not before, the processor is ready.

use std::collections::BTreeSet;

use protocol::wire::Status;
use protocol::{Code, Problem};
use surreal::{mark, names};
use surrealdb_types::RecordId;

use super::Core;
use super::effect::{EdgeWork, Effect};
use super::view::View;

/// How far the start is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stage {
    /// Rows are being loaded.
    Loading,
    /// Views are hydrated, by difference to what stands.
    Reconciling,
    /// Edges and tables of nobody are removed.
    Sweeping,
    /// Edges follow the rows.
    Ready,
    /// Nothing is done any more.
    Failed(Problem),
}

impl Stage {
    /// Returns the phase that the wire knows.
    pub(crate) fn status(&self) -> Status {
        match self {
            Stage::Loading => Status::Bootstrapping,
            Stage::Reconciling | Stage::Sweeping => Status::Replaying,
            Stage::Ready => Status::Ready,
            Stage::Failed(_) => Status::Failed,
        }
    }
}

impl Core {
    /// Whether views that are registered now may have edges from an earlier life.
    pub(super) fn is_starting(&self) -> bool {
        !matches!(self.stage, Stage::Ready)
    }

    /// Goes on to whatever has nothing left to wait for.
    pub(super) fn proceed(&mut self, effects: &mut Vec<Effect>) {
        if self.stage == Stage::Loading && self.has_loaded() {
            tracing::info!(views = self.registry.len(), tables = self.tables.len(), "rows loaded");
            self.stage = Stage::Reconciling;
        }
        if self.stage == Stage::Reconciling && self.busy.is_empty() {
            self.sweep(effects);
            self.stage = Stage::Sweeping;
        }
        self.settle_marks(effects);
    }

    /// Has what belongs to no view and no user removed.
    pub(super) fn sweep(&mut self, effects: &mut Vec<Effect>) {
        self.swept_from = self.registry.last();
        let views = self.registry.iter().map(|view| view.row.view.clone()).collect();
        effects.push(Effect::Sweep { views });
    }

    fn has_loaded(&self) -> bool {
        let control = [names::QUERY, mark::TABLE];
        control.iter().all(|table| self.tables.is_current(table)) && self.tables.all_current()
    }

    pub(super) fn swept(&mut self, made: &BTreeSet<RecordId>, effects: &mut Vec<Effect>) {
        // Registered meanwhile: the sweep may have taken edges of theirs for those of an earlier view of that name.
        let from = self.swept_from;
        let of_made =
            |view: &View| view.row.view.auth.as_ref().is_some_and(|user| made.contains(user));
        let lost = |view: &&View| view.is_live() && (view.no > from || of_made(view));
        for no in self.registry.iter().filter(lost).map(|view| view.no).collect::<Vec<_>>() {
            self.hand_out(no, EdgeWork::Reconcile, effects);
        }
        for reply in self.questions.sweeps.drain(..) {
            let _ = reply.send(());
        }
        if self.stage == Stage::Sweeping {
            tracing::info!(views = self.registry.len(), "ready");
            self.stage = Stage::Ready;
        }
    }

    /// Somebody closed a lane of ours; who, is found out.
    pub(super) fn fenced(&mut self, effects: &mut Vec<Effect>) {
        if !matches!(self.stage, Stage::Failed(_)) {
            self.fail(Problem::new(Code::Superseded, "another single SSP took over"));
            effects.push(Effect::FindSuperseder);
        }
    }

    /// Why nothing is done any more.
    pub(super) fn has_failed(&self) -> Option<Problem> {
        match &self.stage {
            Stage::Failed(problem) => Some(problem.clone()),
            _ => None,
        }
    }

    /// The database has lost what it had: edges and registrations too, for all we know. Everything begins anew.
    pub(super) fn undone(&mut self, effects: &mut Vec<Effect>) {
        if !matches!(self.stage, Stage::Failed(_)) {
            self.fail(Problem::new(Code::FeedBehind, "the database has lost its newest history"));
            effects.push(Effect::BeginAgain);
        }
    }

    /// Ends all doing: from here on nothing is written.
    pub(super) fn fail(&mut self, problem: Problem) {
        tracing::error!(%problem, "processor failed");
        self.stage = Stage::Failed(problem);
    }
}
