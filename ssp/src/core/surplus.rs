//! Views beyond what a user may hold.
//!
//! The database counts a user's rows before it takes one more. Transactions that run at the same moment do not see each
//! other's rows, so some can get past it; what one user costs is bounded here.
//!
//! # Invariants
//! - Of one user at most `views_per_user_max` views are maintained, and as many more are refused and remembered: the
//!   oldest of them gets the place of a view that ends. Rows beyond both are removed.

use std::sync::Arc;

use protocol::{Code, Problem};
use service::Moment;
use surreal::query_row::QueryRow;
use surrealdb_types::RecordId;

use super::Core;
use super::effect::Effect;

/// What there is for one more view of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// He may hold it.
    Free,
    /// He holds as many as he may: it is refused.
    Surplus,
    /// So many are refused already that nothing more is remembered of him.
    Gone,
}

impl Core {
    /// Looks for room for a registration that nobody knew. The system has no limit.
    pub(super) fn room_for(&self, row: &QueryRow) -> Room {
        let Some(user) = &row.view.auth else { return Room::Free };
        let views = self.registry.of_user(user);
        let surplus = views.iter().filter(|no| self.is_surplus(**no)).count();
        let max = self.rules.views_per_user_max;
        match (views.len() - surplus, surplus) {
            (held, _) if held < max => Room::Free,
            (_, surplus) if surplus < max => Room::Surplus,
            _ => Room::Gone,
        }
    }

    /// Has a row removed of which nothing is remembered.
    pub(super) fn turn_away(&mut self, row: QueryRow, effects: &mut Vec<Effect>) {
        tracing::warn!(view = %row.view, "registration removed: the user has too many");
        effects.push(Effect::Remove { row: Arc::new(row) });
    }

    /// Says what a view is refused with that is one too many.
    pub(super) fn too_many(&self) -> Problem {
        let message = format!("a user holds at most {} views", self.rules.views_per_user_max);
        Problem::new(Code::LimitExceeded, message).hint("end views that nobody looks at")
    }

    /// Notes that a view of a user has ended.
    pub(super) fn leaves_room(&mut self, user: &RecordId) {
        if self.registry.of_user(user).iter().any(|no| self.is_surplus(*no)) {
            self.roomy.insert(user.clone());
        }
    }

    /// Gives the places of views that ended to those that were one too many.
    pub(super) fn fill_rooms(&mut self, now: Moment, effects: &mut Vec<Effect>) {
        while let Some(user) = self.roomy.pop_first() {
            let views = self.registry.of_user(&user);
            let held = views.iter().filter(|no| !self.is_surplus(**no)).count();
            let free = self.rules.views_per_user_max.saturating_sub(held);
            let next = views.into_iter().filter(|no| self.is_surplus(*no)).take(free);
            for no in next.collect::<Vec<_>>() {
                if let Some(view) = self.registry.get_mut(no) {
                    view.surplus = false;
                }
                // It may end here, its access being gone: then its user comes up once more.
                self.plan_view(now, no, effects);
            }
        }
    }

    fn is_surplus(&self, no: view::delta::ViewNo) -> bool {
        self.registry.get(no).is_some_and(|view| view.surplus)
    }
}
