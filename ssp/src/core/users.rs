//! Users: their edge tables, and the end of their views.
//!
//! # Invariants
//! - A deletion ends the views whose registration is older, whether the record is back or not (mechanism M10). Where
//!   another has an answer, he is back, and his table with its edges is not touched.
//! - His table goes when his edges are gone, and is seen to for his next life after that. *A flush of them that was under
//!   way while the table went is written all the same: the database sees no conflict. They would stand in the next table
//!   of that name, and be the next user's.*
//! - Only the newest answer about a user's table counts: an older one may be of a life of his that is over.
//! - No edge is written before its user's table has its rule. The table gets it with the user's first registration,
//!   not with his sign-up: giving it rewrites the table's definition, and so does the client's first LIVE, which would
//!   then be refused with a conflict. A client that follows his table before he registers meets nobody.
//!
//! # Absent on purpose
//! Whether a record is there now is not decided here: whoever makes or drops a table looks at the database.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{Change, Code, Problem};
use service::Moment;
use surrealdb_types::{RecordId, ToSql};

use view::delta::ViewNo;

use super::Core;
use super::effect::Effect;
use super::view::View;

#[derive(Debug, Default)]
pub(super) struct Users {
    asked: BTreeSet<RecordId>,
    welcomed: BTreeSet<RecordId>,
    /// How many answers are to come. They come in the order in which they were asked for.
    unanswered: BTreeMap<RecordId, u32>,
    /// They were deleted, and their edges are on their way out.
    leaving: BTreeSet<RecordId>,
}

impl Users {
    /// Sees to a user's table, once; while an earlier life's edges stand in it, that has to wait.
    pub(super) fn welcome(&mut self, user: &RecordId, effects: &mut Vec<Effect>) {
        if !self.leaving.contains(user) && self.asked.insert(user.clone()) {
            *self.unanswered.entry(user.clone()).or_default() += 1;
            effects.push(Effect::Welcome { user: user.clone() });
        }
    }

    pub(super) fn is_welcomed(&self, user: &RecordId) -> bool {
        self.welcomed.contains(user)
    }

    /// An answer came. Returns whether it is of his present life, and the newest.
    fn answered(&mut self, user: &RecordId) -> bool {
        let unanswered = self.unanswered.get_mut(user).map_or(0, |unanswered| {
            *unanswered -= 1;
            *unanswered
        });
        if unanswered == 0 {
            self.unanswered.remove(user);
        }
        unanswered == 0 && !self.leaving.contains(user)
    }

    fn dismiss(&mut self, user: &RecordId) {
        self.asked.remove(user);
        self.welcomed.remove(user);
        self.leaving.insert(user.clone());
    }
}

impl Core {
    /// Looks for users in what one commit changed. Returns those who have views and whose record was written: what they lacked
    /// may be there once it is applied ([`Core::found_again`]).
    pub(super) fn users_changed(
        &mut self,
        now: Moment,
        changes: &[Change],
        effects: &mut Vec<Effect>,
    ) -> Vec<RecordId> {
        let mut written = Vec::new();
        for change in changes {
            let user = &change.record;
            let has_views = self.registry.has_user(user);
            if !has_views && !self.schema.user_tables.contains(user.table.as_str()) {
                continue;
            }
            if change.after.is_none() {
                for no in self.registry.of_user(user) {
                    if self.registry.get(no).is_some_and(|view| view.born < change.id) {
                        self.end_with_row(now, no, effects);
                    }
                }
                let lives = |no: &ViewNo| self.registry.get(*no).is_some_and(View::is_live);
                if !self.registry.of_user(user).iter().any(lives) {
                    self.users.dismiss(user);
                    self.let_go(user, effects);
                }
            } else if has_views {
                written.push(user.clone());
            }
        }
        written
    }

    /// Views that were refused because their users had no records: these have one now. *Events announce the sign-up, and the
    /// feed tells of the registration before the row is read.*
    pub(super) fn found_again(
        &mut self,
        now: Moment,
        users: Vec<RecordId>,
        effects: &mut Vec<Effect>,
    ) {
        for user in users {
            for no in self.registry.of_user(&user) {
                if self.registry.get(no).is_some_and(View::lacks_its_user) {
                    self.plan_view(now, no, effects);
                }
            }
        }
    }

    /// Looks for users of refused views among the rows of a table that was loaded.
    pub(super) fn users_loaded(&mut self, now: Moment, table: &str, effects: &mut Vec<Effect>) {
        let lacking = self.registry.iter().filter(|view| view.lacks_its_user());
        let users = lacking.filter_map(|view| view.row.view.auth.as_ref());
        let stands = |user: &&RecordId| self.host.engine().row(user).is_some();
        let found = users.filter(|user| user.table.as_str() == table).filter(stands);
        self.found_again(now, found.cloned().collect(), effects);
    }

    /// Lets a deleted user's table go, if his edges are gone; then sees to that of his next life.
    pub(super) fn let_go(&mut self, user: &RecordId, effects: &mut Vec<Effect>) {
        if !self.outstanding.is_leaving_of(user) && self.users.leaving.remove(user) {
            effects.push(Effect::Dismiss { user: user.clone() });
            self.welcome_if_a_view_waits(user, effects);
        }
    }

    fn welcome_if_a_view_waits(&mut self, user: &RecordId, effects: &mut Vec<Effect>) {
        let waits = |no: &ViewNo| self.registry.get(*no).is_some_and(View::waits);
        if self.rules.dedicated && self.registry.of_user(user).iter().any(waits) {
            self.users.welcome(user, effects);
        }
    }

    /// A user's table stands, with its rule; or he has no record, and his views are refused.
    pub(super) fn welcomed(
        &mut self,
        now: Moment,
        user: RecordId,
        stands: bool,
        effects: &mut Vec<Effect>,
    ) {
        if !self.users.answered(&user) {
            return;
        }
        if !stands {
            self.users.asked.remove(&user);
            for no in self.registry.of_user(&user) {
                if self.registry.get(no).is_some_and(|view| !view.is_live()) {
                    let message = format!("the user {} has no record", user.to_sql());
                    let problem = Problem::new(Code::NoSuchUser, message);
                    self.refuse(now, no, problem, effects);
                }
            }
        } else if self.users.asked.contains(&user) {
            self.users.welcomed.insert(user.clone());
            for no in self.registry.of_user(&user) {
                self.hydrate_if_it_waited(now, no, effects);
            }
        } else {
            // He was dismissed meanwhile, and this answer is of the time before. Views that wait for him still do.
            self.welcome_if_a_view_waits(&user, effects);
        }
    }
}
