//! Whose turn it is: the user who was served least recently, and of his views the one that waits longest.
//!
//! # Invariants
//! - A user stands in the queue as long as one of his views does; a view stands there once.
//! - Nobody starves: whoever was served goes behind everybody who was not.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use protocol::ViewKey;
use surrealdb_types::RecordId;

use super::pending::Moment;

/// Views that have something to write, in the order of their turns.
#[derive(Debug, Default)]
pub(super) struct Turns {
    users: HashMap<Option<RecordId>, User>,
    queue: BTreeSet<(u64, Moment, Option<RecordId>)>,
    /// Counts services.
    served: u64,
}

#[derive(Debug, Default)]
struct User {
    served: u64,
    since: Moment,
    views: BTreeSet<(Moment, ViewKey)>,
    waiting: BTreeMap<ViewKey, Moment>,
}

impl Turns {
    /// Queues a view that waits since then; one that is queued already keeps its place.
    pub(super) fn queue(&mut self, view: &ViewKey, since: Moment) {
        let auth = &view.auth;
        let user = self.users.entry(auth.clone()).or_default();
        if user.waiting.contains_key(view) {
            return;
        }
        if user.views.is_empty() {
            user.since = since;
            self.queue.insert((user.served, since, auth.clone()));
        }
        user.waiting.insert(view.clone(), since);
        user.views.insert((since, view.clone()));
    }

    /// Whose turn it is.
    pub(super) fn first(&self) -> Option<&ViewKey> {
        let (_, _, auth) = self.queue.first()?;
        self.users[auth].views.first().map(|(_, view)| view)
    }

    /// Which of a user's views is next.
    pub(super) fn first_of(&self, auth: &Option<RecordId>) -> Option<&ViewKey> {
        self.users.get(auth)?.views.first().map(|(_, view)| view)
    }

    /// Takes the next view out; its user goes to the end.
    pub(super) fn take(&mut self) -> Option<ViewKey> {
        let (_, _, auth) = self.queue.pop_first()?;
        let user = self.users.get_mut(&auth).expect("a queued user is known");
        let (_, view) = user.views.pop_first().expect("a queued user has a view");
        user.waiting.remove(&view);
        self.served += 1;
        user.served = self.served;
        if let Some((since, _)) = user.views.first() {
            user.since = *since;
            self.queue.insert((user.served, user.since, auth));
        }
        Some(view)
    }

    /// Takes a view out of the queue, wherever it stands.
    pub(super) fn remove(&mut self, view: &ViewKey) {
        let Some(user) = self.users.get_mut(&view.auth) else { return };
        let Some(since) = user.waiting.remove(view) else { return };
        user.views.remove(&(since, view.clone()));
        if user.views.is_empty() {
            self.queue.remove(&(user.served, user.since, view.auth.clone()));
        }
    }

    /// Forgets a user who has no views any more.
    pub(super) fn forget_user(&mut self, auth: &Option<RecordId>) {
        if self.users.get(auth).is_some_and(|user| user.views.is_empty()) {
            self.users.remove(auth);
        }
    }
}
