//! From the engine's steps to edges.
//!
//! # Invariants
//! - Everything that is handed to the writer carries a ticket; tickets rise in the order of the steps.
//! - A panic inside the engine reaches nobody else: see [`super::host`].

use std::sync::Arc;

use protocol::{Problem, ViewKey};
use service::Moment;
use surrealdb_types::ToSql;
use view::delta::{ChildDelta, RowDelta, StateChange, Step, ViewDelta, ViewNo};
use view::engine::Engine;

use super::Core;
use super::effect::{EdgeWork, Edges, Effect, Ticket};
use super::host::Panicked;
use super::view::Phase;
use super::wide::{apart, changed};

impl Core {
    /// Gives the engine an input that says nothing; `None` if it panicked.
    pub(super) fn engine_input<T>(
        &mut self,
        now: Moment,
        effects: &mut Vec<Effect>,
        input: impl FnOnce(&mut Engine) -> T,
    ) -> Option<T> {
        match self.host.run(input) {
            Ok(said) => Some(said),
            Err(Panicked(words)) => {
                self.rebuild(now, &words, effects);
                None
            }
        }
    }

    /// Gives the engine an input and delivers what it says.
    pub(super) fn engine_step(
        &mut self,
        now: Moment,
        effects: &mut Vec<Effect>,
        input: impl FnOnce(&mut Engine) -> Step,
    ) {
        if let Some(step) = self.engine_input(now, effects, input) {
            self.deliver(now, step, effects);
            self.refilling = true;
        }
    }

    /// Lets the engine do one bounded piece of what it still owes.
    pub(super) fn refill(&mut self, now: Moment, effects: &mut Vec<Effect>) {
        let Some((step, more)) = self.engine_input(now, effects, Engine::refill) else { return };
        self.refilling = more;
        self.deliver(now, step, effects);
    }

    pub(super) fn deliver(&mut self, now: Moment, step: Step, effects: &mut Vec<Effect>) {
        let (views, wide) = apart(step.views);
        self.deliver_to(now, views, effects);
        if !wide.is_empty() {
            // By itself, so that the others' edges do not go in pieces with it.
            effects.push(Effect::Write(Vec::with_capacity(wide.len())));
            self.deliver_to(now, wide, effects);
        }
    }

    fn deliver_to(&mut self, now: Moment, views: Vec<ViewDelta>, effects: &mut Vec<Effect>) {
        for delta in views {
            let no = delta.view;
            let tells = changed(&delta).is_none() || self.busy.contains(&no);
            let Some((rows, children)) = self.take_in(delta) else { continue };
            if let Some(problem) = self.outgrows(no) {
                self.refuse(now, no, problem, effects);
                continue;
            }
            if self.ends(no) {
                self.end_with_row(now, no, effects);
                continue;
            }
            if !rows.is_empty() || !children.is_empty() {
                self.hand_out(no, EdgeWork::Write(rows, children), effects);
            }
            if tells {
                self.look(now, no, effects);
            }
        }
    }

    /// Delivers a hydration whose view may have edges in the database already.
    pub(super) fn deliver_by_difference(
        &mut self,
        now: Moment,
        no: ViewNo,
        step: Step,
        effects: &mut Vec<Effect>,
    ) {
        let (own, others): (Vec<ViewDelta>, _) =
            step.views.into_iter().partition(|delta| delta.view == no);
        for delta in own {
            self.take_in(delta);
        }
        self.hand_out(no, EdgeWork::Reconcile, effects);
        self.deliver(now, Step { views: others }, effects);
    }

    /// Gives work to the writer.
    pub(super) fn hand_out(&mut self, no: ViewNo, what: EdgeWork, effects: &mut Vec<Effect>) {
        let Some(view) = self.registry.get(no) else { return };
        let whose = Arc::clone(&view.whose);
        let hydrates = matches!(view.phase, Phase::Live { hydrating: Some(Ticket::UNKNOWN), .. });
        let ticket = self.outstanding.hand_out(no);
        let edges = Edges { whose, no, what, hydrates, ticket };
        match effects.last_mut() {
            Some(Effect::Write(others)) => others.push(edges),
            _ => effects.push(Effect::Write(vec![edges])),
        }
    }

    /// Notes what a delta does to its view; returns its rows.
    fn take_in(&mut self, delta: ViewDelta) -> Option<(Vec<RowDelta>, Vec<ChildDelta>)> {
        let view = self.registry.get_mut(delta.view)?;
        for row in &delta.rows {
            match row {
                RowDelta::Enter(_) => view.rows += 1,
                RowDelta::Leave { .. } => view.rows = view.rows.saturating_sub(1),
                RowDelta::Change(_) => {}
            }
        }
        let told = (delta.rows, delta.children);
        let Phase::Live { fault, .. } = &mut view.phase else { return Some(told) };
        match delta.state {
            None => {}
            Some(StateChange::Ready) => (*fault, view.unread) = (None, false),
            Some(StateChange::Failed { code, record, reason, of_permission }) => {
                let record = record.to_sql();
                let message = if of_permission {
                    tracing::info!(view = %view.row.view, record, reason, "a permission raises");
                    // Which row it is, and what is in it, is not his to know.
                    "the table's select permission has no value for some row".to_owned()
                } else {
                    format!("{record}: {reason}")
                };
                let hint = "the view's answer stands until the row is mended";
                *fault = Some(Problem::new(code, message).hint(hint));
            }
            Some(StateChange::Refused(problem)) => view.outgrown = Some(problem),
            Some(StateChange::Ended) => view.ended = true,
        }
        Some(told)
    }

    fn outgrows(&mut self, no: ViewNo) -> Option<Problem> {
        self.registry.get_mut(no)?.outgrown.take()
    }

    fn ends(&self, no: ViewNo) -> bool {
        self.registry.get(no).is_some_and(|view| view.ended)
    }

    /// The writer committed a view's edges.
    pub(super) fn written(
        &mut self,
        now: Moment,
        no: ViewNo,
        ticket: Ticket,
        effects: &mut Vec<Effect>,
    ) {
        let ended = self.outstanding.committed(no, ticket);
        self.answer_whoever_waits_for_its_end(no);
        if let Some(user) = ended.and_then(|view| view.auth) {
            self.let_go(&user, effects);
        }
        self.look(now, no, effects);
    }

    /// The database refuses a view's edges: it keeps none, and says so.
    pub(super) fn unwritable(
        &mut self,
        now: Moment,
        view: &ViewKey,
        problem: Problem,
        effects: &mut Vec<Effect>,
    ) {
        let Some(no) = self.registry.find(view).map(|view| view.no) else { return };
        self.engine_input(now, effects, |engine| engine.unregister(no));
        self.outstanding.committed(no, self.outstanding.last());
        if let Some(view) = self.registry.get_mut(no) {
            view.phase = Phase::Broken(problem);
        }
        self.look(now, no, effects);
    }

    /// Begins anew after a panic; gives up if that happens again and again.
    pub(super) fn rebuild(&mut self, now: Moment, words: &str, effects: &mut Vec<Effect>) {
        tracing::error!(panic = words, "engine panicked, rows and views begin anew");
        effects.push(Effect::CountRebuild);
        if !self.host.may_rebuild(now) {
            let problem = Problem::new(
                protocol::Code::Internal,
                format!("the engine panicked again and again: {words}"),
            );
            return self.give_up(problem, effects);
        }
        self.begin_anew(now, effects);
    }

    /// Begins anew because somebody asked for it.
    pub(super) fn reset(&mut self, now: Moment, effects: &mut Vec<Effect>) {
        tracing::warn!("reset: rows and views begin anew");
        self.host.empty();
        self.begin_anew(now, effects);
    }

    /// The engine is empty: every table is loaded, every view registered again. Edges stand until then, and follow by
    /// difference.
    fn begin_anew(&mut self, now: Moment, effects: &mut Vec<Effect>) {
        self.refilling = false;
        self.posted.lose();
        self.tables.reload(effects);
        for no in self.registry.numbers() {
            let Some(view) = self.registry.get_mut(no) else { continue };
            if let Phase::Live { planned, .. } = &view.phase {
                view.phase = Phase::Waiting(planned.clone());
                (view.rows, view.inherited) = (0, true);
            }
            self.look(now, no, effects);
        }
        self.hydrate_what_waits(now, effects);
    }
}
