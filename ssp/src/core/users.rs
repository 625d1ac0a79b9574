//! Users: their edge tables, and the end of their views.
//!
//! # Invariants
//! - A deletion ends the views whose registration is older, whether the record is back or not (mechanism M10).
//! - No edge is written before its user's table has its rule. The table gets it with the user's first registration,
//!   not with his sign-up: giving it rewrites the table's definition, and so does the client's first LIVE, which would
//!   then be refused with a conflict. A client that follows his table before he registers meets nobody.
//!
//! # Absent on purpose
//! Whether a record is there now is not decided here: whoever makes or drops a table looks at the database.

use std::collections::BTreeSet;

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
}

impl Users {
    /// Sees to a user's table, once.
    pub(super) fn welcome(&mut self, user: &RecordId, effects: &mut Vec<Effect>) {
        if self.asked.insert(user.clone()) {
            effects.push(Effect::Welcome { user: user.clone() });
        }
    }

    pub(super) fn is_welcomed(&self, user: &RecordId) -> bool {
        self.welcomed.contains(user)
    }

    fn dismiss(&mut self, user: &RecordId, effects: &mut Vec<Effect>) {
        self.asked.remove(user);
        self.welcomed.remove(user);
        effects.push(Effect::Dismiss { user: user.clone() });
    }
}

impl Core {
    /// Looks for users in what one commit changed.
    pub(super) fn users_changed(
        &mut self,
        now: Moment,
        changes: &[Change],
        effects: &mut Vec<Effect>,
    ) {
        for change in changes {
            let user = &change.record;
            let signs_up = self.schema.user_tables.contains(user.table.as_str());
            if !signs_up && !self.registry.has_user(user) {
                continue;
            }
            if change.after.is_none() {
                for no in self.registry.of_user(user) {
                    if self.registry.get(no).is_some_and(|view| view.born < change.id) {
                        self.end_with_row(now, no, effects);
                    }
                }
                self.users.dismiss(user, effects);
            }
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
            let waits = |no: &ViewNo| self.registry.get(*no).is_some_and(View::waits);
            if self.registry.of_user(&user).iter().any(waits) {
                self.users.welcome(&user, effects);
            }
        }
    }
}
