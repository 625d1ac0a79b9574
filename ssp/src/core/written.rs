//! What was handed to the writer and is not known to be committed.
//!
//! # Invariants
//! - Tickets rise; that a view's edges are committed up to a ticket says nothing of another view's.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use protocol::ViewKey;
use surrealdb_types::RecordId;
use view::delta::ViewNo;

use super::effect::Ticket;

#[derive(Debug, Default)]
pub(super) struct Outstanding {
    last: Ticket,
    /// Rising.
    by_view: BTreeMap<ViewNo, VecDeque<Ticket>>,
    /// The oldest ticket of each view, for all views together.
    oldest: BTreeSet<(Ticket, ViewNo)>,
    /// Views that ended and whose edges may still stand.
    leaving: BTreeMap<ViewNo, ViewKey>,
    /// How many of these each user had.
    leaving_of: BTreeMap<RecordId, usize>,
}

impl Outstanding {
    /// Gives out the next ticket.
    pub(super) fn hand_out(&mut self, no: ViewNo) -> Ticket {
        self.last = Ticket(self.last.0 + 1);
        let tickets = self.by_view.entry(no).or_default();
        if tickets.is_empty() {
            self.oldest.insert((self.last, no));
        }
        tickets.push_back(self.last);
        self.last
    }

    /// A view's edges are committed up to a ticket. Returns the view if it ended and has none any more.
    pub(super) fn committed(&mut self, no: ViewNo, upto: Ticket) -> Option<ViewKey> {
        let tickets = self.by_view.get_mut(&no)?;
        if let Some(oldest) = tickets.front() {
            self.oldest.remove(&(*oldest, no));
        }
        while tickets.pop_front_if(|ticket| *ticket <= upto).is_some() {}
        match tickets.front() {
            Some(oldest) => {
                self.oldest.insert((*oldest, no));
                None
            }
            None => {
                self.by_view.remove(&no);
                self.left(no)
            }
        }
    }

    fn left(&mut self, no: ViewNo) -> Option<ViewKey> {
        let view = self.leaving.remove(&no)?;
        if let Some(user) = &view.auth
            && let Some(count) = self.leaving_of.get_mut(user)
        {
            *count -= 1;
            if *count == 0 {
                self.leaving_of.remove(user);
            }
        }
        Some(view)
    }

    /// A view ended; its edges are on their way out.
    pub(super) fn leave(&mut self, no: ViewNo, key: ViewKey) {
        if let Some(user) = &key.auth {
            *self.leaving_of.entry(user.clone()).or_default() += 1;
        }
        self.leaving.insert(no, key);
    }

    /// Whether a view that ended may still have edges.
    pub(super) fn is_leaving(&self, no: ViewNo) -> bool {
        self.leaving.contains_key(&no)
    }

    /// Whether views of a user ended and may still have edges.
    pub(super) fn is_leaving_of(&self, user: &RecordId) -> bool {
        self.leaving_of.contains_key(user)
    }

    /// Finds a view that ended and may still have edges.
    pub(super) fn leaving(&self, key: &ViewKey) -> Option<ViewNo> {
        self.leaving.iter().find(|(_, held)| *held == key).map(|(no, _)| *no)
    }

    /// Whether nothing of a view is under way.
    pub(super) fn is_clear(&self, no: ViewNo) -> bool {
        !self.by_view.contains_key(&no)
    }

    /// Whether a view's edges are committed up to a ticket.
    pub(super) fn is_committed_of(&self, no: ViewNo, upto: Ticket) -> bool {
        let oldest = self.by_view.get(&no).and_then(|tickets| tickets.front());
        oldest.is_none_or(|oldest| *oldest > upto)
    }

    /// The ticket that was given out last.
    pub(super) fn last(&self) -> Ticket {
        self.last
    }

    /// Whether everything up to a ticket is committed.
    pub(super) fn is_committed(&self, upto: Ticket) -> bool {
        self.oldest.first().is_none_or(|(oldest, _)| *oldest > upto)
    }
}

#[cfg(test)]
mod tests {
    use view::delta::ViewNo;

    use super::{Outstanding, Ticket};

    #[test]
    fn everything_is_committed_when_every_view_is() {
        let mut outstanding = Outstanding::default();
        let (a, b) = (ViewNo(1), ViewNo(2));
        let first = outstanding.hand_out(a);
        let second = outstanding.hand_out(b);
        let third = outstanding.hand_out(a);
        assert!(outstanding.is_committed(Ticket(0)));
        outstanding.committed(a, third);
        assert!(outstanding.is_committed(first));
        assert!(!outstanding.is_committed(second), "b's is older than what a committed");
        assert!(outstanding.is_clear(a) && !outstanding.is_clear(b));
        let fourth = outstanding.hand_out(a);
        outstanding.committed(b, second);
        assert!(outstanding.is_committed(third) && !outstanding.is_committed(fourth));
    }
}
