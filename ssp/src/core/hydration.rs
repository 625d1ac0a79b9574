//! A registration's way to an answer: planned, waiting for its tables, live; or refused.
//!
//! # Invariants
//! - A view that loses its plan, or has to wait again, loses its edges first.

use protocol::{Code, Problem};
use service::Moment;
use view::caller::Caller;
use view::delta::ViewNo;

use super::effect::{EdgeWork, Effect, Ticket};
use super::host::Panicked;
use super::tables::is_captured;
use super::view::{Phase, Planned, View};
use super::{Core, planning};

impl Core {
    /// Plans a view under the present definitions, and takes it as far as it can go.
    pub(super) fn plan_view(&mut self, now: Moment, no: ViewNo, effects: &mut Vec<Effect>) {
        let Some(view) = self.registry.get(no) else { return };
        if !planning::has_access(&self.schema, &view.row.view, view.row.access.as_deref()) {
            return self.end_with_row(now, no, effects);
        }
        if let Some(plan) = self.plan_of(no) {
            self.adopt(now, no, plan, effects);
        }
    }

    /// Plans a view under the present definitions.
    pub(super) fn plan_of(&mut self, no: ViewNo) -> Option<Result<Planned, Problem>> {
        let View { row, surplus, .. } = self.registry.get(no)?;
        if *surplus {
            return Some(Err(self.too_many()));
        }
        let (auth, access) = (row.view.auth.clone(), row.access.clone());
        let caller = Caller { auth, access, params: row.params.clone() };
        Some(planning::plan(&mut self.plans, &self.schema, caller, &row.surql))
    }

    /// Takes a view as far as its new plan can go.
    pub(super) fn adopt(
        &mut self,
        now: Moment,
        no: ViewNo,
        plan: Result<Planned, Problem>,
        effects: &mut Vec<Effect>,
    ) {
        let planned = match plan {
            Ok(planned) => planned,
            Err(problem) => return self.refuse(now, no, problem, effects),
        };
        let Some(view) = self.registry.get(no) else { return };
        // A table that the database has only now is to be loaded, also for a view that was live over its posted rows.
        let stands = self.tables.stand(&planned.query.tables, &self.schema);
        if stands && view.is_live() && view.planned() == Some(&planned) {
            return self.look(now, no, effects);
        }
        for table in planned.query.tables.iter().filter(|name| is_captured(&self.schema, name)) {
            self.tables.follow(table, effects);
        }
        if self.rules.dedicated
            && let Some(user) = &view.row.view.auth
        {
            self.users.welcome(user, effects);
        }
        self.take_up(now, no, planned, effects);
    }

    /// Hydrates a planned view, or lets it wait.
    fn take_up(&mut self, now: Moment, no: ViewNo, planned: Planned, effects: &mut Vec<Effect>) {
        if self.can_hydrate(no, &planned) {
            return self.hydrate(now, no, planned, effects);
        }
        if self.registry.get(no).is_some_and(View::is_live) {
            self.retire(now, no, effects);
        }
        if let Some(view) = self.registry.get_mut(no) {
            view.phase = Phase::Waiting(planned);
        }
        self.look(now, no, effects);
    }

    fn can_hydrate(&self, no: ViewNo, planned: &Planned) -> bool {
        let user = self.registry.get(no).and_then(|view| view.row.view.auth.as_ref());
        let housed = !self.rules.dedicated || user.is_none_or(|user| self.users.is_welcomed(user));
        housed && self.tables.stand(&planned.query.tables, &self.schema)
    }

    /// Hydrates every view that waited for what stands now.
    pub(super) fn hydrate_what_waits(&mut self, now: Moment, effects: &mut Vec<Effect>) {
        for no in self.busy.clone() {
            self.hydrate_if_it_waited(now, no, effects);
        }
    }

    /// Hydrates a view if it waited for what stands now.
    pub(super) fn hydrate_if_it_waited(
        &mut self,
        now: Moment,
        no: ViewNo,
        effects: &mut Vec<Effect>,
    ) {
        let Some(View { phase: Phase::Waiting(planned), .. }) = self.registry.get(no) else {
            return;
        };
        if self.can_hydrate(no, planned) {
            let planned = planned.clone();
            self.hydrate(now, no, planned, effects);
        }
    }

    fn hydrate(&mut self, now: Moment, no: ViewNo, planned: Planned, effects: &mut Vec<Effect>) {
        let caller = planned.caller.clone();
        let step = match self.host.run(|engine| engine.register(no, &planned.query.plan, caller)) {
            Ok(Ok(step)) => step,
            Ok(Err(problem)) => return self.refuse(now, no, problem, effects),
            Err(Panicked(words)) => {
                let problem = Problem::new(Code::Internal, format!("the view panicked: {words}"))
                    .hint("report it with the query and its rows");
                // The engine is an empty one by now.
                self.refuse(now, no, problem, effects);
                return self.rebuild(now, &words, effects);
            }
        };
        let Some(view) = self.registry.get_mut(no) else { return };
        let was_live = view.is_live();
        let inherited = std::mem::take(&mut view.inherited);
        let (ready, fault) = match &mut view.phase {
            Phase::Live { hydrating, fault, .. } => (hydrating.is_none(), fault.take()),
            Phase::Waiting(_) | Phase::Refused(_) | Phase::Broken(_) => (false, None),
        };
        // Not ready while its edges are handed out; the last one's ticket is known below.
        view.phase = Phase::Live { planned, hydrating: Some(Ticket::UNKNOWN), fault };
        tracing::debug!(view = %view.row.view, "view hydrated");
        if inherited && !was_live {
            self.deliver_by_difference(now, no, step, effects);
            self.note_unread(no);
        } else {
            self.deliver(now, step, effects);
        }
        let last = self.outstanding.last();
        if let Some(View { phase: Phase::Live { hydrating, .. }, .. }) = self.registry.get_mut(no) {
            *hydrating = (!ready).then_some(last);
        }
        self.look(now, no, effects);
    }

    /// Refuses a view: it is not maintained, and its edges go.
    pub(super) fn refuse(
        &mut self,
        now: Moment,
        no: ViewNo,
        problem: Problem,
        effects: &mut Vec<Effect>,
    ) {
        // He was deleted while nobody listened.
        if problem.code == Code::NoSuchUser && self.is_starting() {
            return self.end_with_row(now, no, effects);
        }
        let before = self.registry.get(no).map(|view| &view.phase);
        if matches!(before, Some(Phase::Refused(said)) if *said == problem) {
            return self.look(now, no, effects);
        }
        self.retire(now, no, effects);
        let Some(view) = self.registry.get_mut(no) else { return };
        tracing::info!(view = %view.row.view, %problem, "view refused");
        view.phase = Phase::Refused(problem);
        self.look(now, no, effects);
    }

    /// Takes a view's answer away, if it may have one: out of the engine, and out of the database.
    fn retire(&mut self, now: Moment, no: ViewNo, effects: &mut Vec<Effect>) {
        let Some(view) = self.registry.get(no) else { return };
        let live = view.is_live();
        if !live && !view.inherited {
            return;
        }
        if live {
            self.engine_input(now, effects, |engine| engine.unregister(no));
        }
        if let Some(view) = self.registry.get_mut(no) {
            (view.rows, view.inherited) = (0, false);
        }
        self.hand_out(no, EdgeWork::Clear { ended: false }, effects);
    }
}
