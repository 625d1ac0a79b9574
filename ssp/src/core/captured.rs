//! What capture tells, each to whom it concerns.
//!
//! # Invariants
//! - Of one commit, users' deletions come first, then the rows, then registrations, then marks: a registration that
//!   stands in the commit of its user's sign-up finds him.

use protocol::{Change, Problem};
use service::Moment;
use surreal::capture::Captured;
use surreal::{mark, names};

use super::Core;
use super::effect::Effect;

impl Core {
    pub(super) fn captured(&mut self, now: Moment, said: Captured, effects: &mut Vec<Effect>) {
        match said {
            Captured::Definitions(schema) => self.defined(now, schema, effects),
            Captured::LoadBegin { table } => self.load_begin(now, &table, effects),
            Captured::LoadRows { table, rows } => self.load_rows(now, &table, rows, effects),
            Captured::LoadEnd { table, at } => self.load_end(now, &table, at, effects),
            Captured::Changes(changes) => self.committed(now, changes, effects),
            Captured::Posted { changes, captured, receipt } => {
                self.posted(now, changes, captured, &receipt, effects);
            }
            Captured::CaughtUp { table } => self.caught_up(now, &table, effects),
            Captured::AuditBegin { table } => self.audit_begin(now, &table, effects),
            Captured::Sighted { table, sightings, expected } => {
                self.sighted(now, &table, sightings, expected, effects);
            }
            Captured::AuditEnd { table, pass, since } => {
                self.audit_end(now, &table, pass, since, effects);
            }
            Captured::LookedAt { no } => {
                if let Some(reply) = self.questions.looks.remove(&no) {
                    let _ = reply.send(());
                }
            }
            Captured::Floor(floor) => {
                self.registrations.forget_before(floor);
                self.marks.ledger.forget_before(floor);
                self.engine_input(now, effects, |engine| engine.forget_before(floor));
            }
            Captured::Swept { upto } => self.marks.swept(upto, self.registry.last()),
            Captured::Undone => self.undone(effects),
            // Loads take the feed's place: answers are late, and right.
            Captured::Behind => self.stalled = true,
            Captured::Recovered => self.stalled = false,
            Captured::Failed(problem) => self.give_up(problem, effects),
        }
    }

    fn load_begin(&mut self, now: Moment, table: &str, effects: &mut Vec<Effect>) {
        match table {
            names::QUERY => self.registrations.load_begin(),
            mark::TABLE => self.marks.ledger.load_begin(),
            _ => {
                self.engine_input(now, effects, |engine| engine.load_begin(table));
            }
        }
    }

    fn load_rows(
        &mut self,
        now: Moment,
        table: &str,
        rows: Vec<Change>,
        effects: &mut Vec<Effect>,
    ) {
        match table {
            names::QUERY => self.registered(now, rows, effects),
            mark::TABLE => self.marks.met(rows),
            _ => self.engine_step(now, effects, |engine| engine.load_rows(table, rows)),
        }
    }

    fn load_end(
        &mut self,
        now: Moment,
        table: &str,
        at: protocol::ChangeId,
        effects: &mut Vec<Effect>,
    ) {
        match table {
            names::QUERY => {
                for record in self.registrations.load_end(at) {
                    self.unregistered(now, &record, effects);
                }
            }
            mark::TABLE => self.marks.load_end(at),
            _ => {
                self.engine_step(now, effects, |engine| engine.load_end(table, at));
                self.users_loaded(now, table, effects);
            }
        }
    }

    /// Whether a commit may be applied in one step with others of which that holds: nothing in it concerns registrations,
    /// marks or users, whose order counts.
    pub(crate) fn may_merge(&self, changes: &[Change]) -> bool {
        let is_plain = |change: &Change| {
            let table = change.record.table.as_str();
            !table.starts_with(names::OURS)
                && !self.schema.user_tables.contains(table)
                && !self.registry.has_user(&change.record)
        };
        changes.iter().all(is_plain)
    }

    pub(super) fn committed(
        &mut self,
        now: Moment,
        changes: Vec<Change>,
        effects: &mut Vec<Effect>,
    ) {
        let of = |change: &Change| change.record.table.as_str().to_owned();
        let (ours, theirs): (Vec<Change>, Vec<Change>) =
            changes.into_iter().partition(|change| of(change).starts_with(names::OURS));
        if !theirs.is_empty() {
            let users = self.users_changed(now, &theirs, effects);
            self.engine_step(now, effects, |engine| engine.apply(theirs));
            self.found_again(now, users, effects);
        }
        let (registrations, others): (Vec<Change>, Vec<Change>) =
            ours.into_iter().partition(|change| of(change) == names::QUERY);
        if !registrations.is_empty() {
            self.registered(now, registrations, effects);
        }
        self.marks.met(others.into_iter().filter(|change| of(change) == mark::TABLE));
    }

    /// Ends the process: whoever looks after it starts it again.
    pub(super) fn give_up(&mut self, problem: Problem, effects: &mut Vec<Effect>) {
        effects.push(Effect::Fail { problem: problem.clone() });
        self.fail(problem);
    }

    fn caught_up(&mut self, now: Moment, table: &str, effects: &mut Vec<Effect>) {
        self.tables.caught_up(table);
        self.hydrate_what_waits(now, effects);
    }
}
