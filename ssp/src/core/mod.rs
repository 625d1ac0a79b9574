//! The coordinator: what is registered, what is loaded, what the row of a registration says, when a mark is settled.
//!
//! Synchronous and total (design D10): it is told an [`Input`] and says [`Effect`]s, and knows no socket. It owns the
//! engine, so that a change and a registration meet in one order. Each subject has its file; this one dispatches.
//!
//! # Invariants
//! - Nothing hydrates before the tables that it reads stand and, for a user's view, his edge table has its rule.
//! - A view that is waiting or refused keeps no edge (mechanism M5).
//! - `ready` is said after the last edge of the hydration is committed; a mark is settled after everything before it is.
//!
//! # Absent on purpose
//! No I/O, no timer, no lock. Edges' order, lanes and batches belong to [`surreal::edge`].

mod answer;
mod audits;
mod captured;
mod definitions;
mod delivery;
mod effect;
mod held;
mod host;
mod hydration;
mod input;
mod ledger;
mod marks;
pub(crate) mod planning;
mod plans;
mod posted;
mod questions;
mod registrations;
mod registry;
mod standing;
mod startup;
mod surplus;
mod tables;
mod telling;
#[cfg(test)]
mod tests;
mod users;
mod view;
mod wide;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ::view::delta::ViewNo;
use service::Moment;
use surreal::schema::Schema;
use surrealdb_types::{Datetime, RecordId};

pub(crate) use answer::Answer;
pub(crate) use effect::{EdgeWork, Edges, Effect, Ticket, Whose};
pub(crate) use held::Comparison;
pub(crate) use input::Input;
pub(crate) use questions::{Overview, Question, Wish};

use crate::pulse::Pulse;
use host::Host;
use ledger::Ledger;
use marks::Marks;
pub(crate) use plans::Plans;
use posted::Posted;
use registry::Registry;
use startup::Stage;
use tables::Tables;
use users::Users;
use written::Outstanding;

/// What the coordinator depends on beside its inputs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// Whether each user has an edge table of his own, which must stand before his views hydrate.
    pub(crate) dedicated: bool,
    /// Views that one user may hold.
    pub(crate) views_per_user_max: usize,
    /// Whether the tables of the database are fed by posts too.
    pub(crate) posts_only: bool,
    /// By which posters know this life.
    pub(crate) memory: u64,
}

/// See the module.
pub(crate) struct Core {
    rules: Rules,
    host: Host,
    schema: Arc<Schema>,
    plans: Plans,
    tables: Tables,
    posted: Posted,
    registry: Registry,
    registrations: Ledger,
    /// Rows of registrations that are being removed, by when they were registered. Their deletion takes them out.
    removed: BTreeMap<RecordId, Datetime>,
    marks: Marks,
    users: Users,
    stage: Stage,
    /// Views of which something is under way: what the start and the marks wait for.
    busy: BTreeSet<ViewNo>,
    /// Views whose count is to be told when a second has passed.
    restless: BTreeSet<ViewNo>,
    /// Users a view of whom ended, and of whom another was one too many.
    roomy: BTreeSet<RecordId>,
    questions: questions::Waiting,
    /// Whether the engine has more to refill.
    refilling: bool,
    /// Whether the feed brings back what is written.
    stalled: bool,
    outstanding: Outstanding,
    /// The last view that the sweep knows of.
    swept_from: ViewNo,
    /// How many views capture knows of.
    views_told: usize,
}

impl Core {
    pub(crate) fn new(rules: Rules) -> Core {
        Core {
            rules,
            host: Host::new(),
            schema: Arc::default(),
            plans: Plans::default(),
            tables: Tables::new(rules.posts_only),
            posted: Posted::new(rules.posts_only, rules.memory),
            registry: Registry::default(),
            registrations: Ledger::default(),
            removed: BTreeMap::new(),
            marks: Marks::default(),
            users: Users::default(),
            stage: Stage::Loading,
            busy: BTreeSet::new(),
            restless: BTreeSet::new(),
            roomy: BTreeSet::new(),
            questions: questions::Waiting::default(),
            refilling: false,
            stalled: false,
            outstanding: Outstanding::default(),
            swept_from: ViewNo(0),
            views_told: 0,
        }
    }

    /// Takes one input; what it wants done is added to `effects`, in order.
    pub(crate) fn step(&mut self, now: Moment, input: Input, effects: &mut Vec<Effect>) {
        match input {
            Input::Captured(captured) => self.captured(now, captured, effects),
            Input::Written(views) => {
                for (no, ticket) in views {
                    self.written(now, no, ticket, effects);
                }
            }
            Input::Unwritable { view, problem } => self.unwritable(now, &view, problem, effects),
            Input::Told(sayings) => {
                for (no, saying) in sayings {
                    self.told(now, no, saying, effects);
                }
            }
            Input::Welcomed { user, stands } => self.welcomed(now, user, stands, effects),
            Input::SweepDue => self.sweep(effects),
            Input::Swept { made } => self.swept(&made, effects),
            Input::Fenced => self.fenced(effects),
            Input::Asked(question) => self.asked(now, question, effects),
            Input::Tick => self.tick(now, effects),
        }
        self.fill_rooms(now, effects);
        self.proceed(effects);
        if self.registry.len() != self.views_told {
            self.views_told = self.registry.len();
            effects.push(Effect::Activity { views: self.views_told });
        }
    }

    /// The next input is timed.
    pub(crate) fn sample(&mut self) {
        self.host.sample();
    }

    /// The input that was timed took so long: it decides nothing, and is shown to whoever asks.
    pub(crate) fn charge(&mut self, nanos: u64) {
        self.host.charge(nanos);
    }

    /// Whether there is work that waits for no input.
    pub(crate) fn is_refilling(&self) -> bool {
        self.refilling
    }

    fn tick(&mut self, now: Moment, effects: &mut Vec<Effect>) {
        if self.refilling {
            self.refill(now, effects);
        }
        self.tell_the_restless(now, effects);
    }

    /// Returns what is to be seen from outside.
    pub(crate) fn pulse(&self) -> Pulse {
        let known = !self.schema.digest.is_empty();
        Pulse {
            status: self.stage.status(),
            problem: self.has_failed(),
            views: self.registry.len(),
            tables: self.tables.len(),
            stalled: self.stalled,
            over: false,
            posted: self.posted.told(),
            schema: known.then(|| Arc::clone(&self.schema)),
        }
    }
}
