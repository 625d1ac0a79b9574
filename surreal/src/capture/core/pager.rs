//! How many entries to ask for, and which of the answered sets are whole.
//!
//! # Invariants
//! - A set is acted upon only when it is complete: a later one follows it, or the page came back shorter than asked.
//! - The first page asks for few entries, and each for at most twice as many as the one before: an entry is everything
//!   that a commit did to a table, and may be a million rows.
//! - A page that gets lost is asked for again with an eighth of the limit (each loss costs the database one large answer);
//!   one set that can neither be read whole with a small limit nor be carried with a large one is [`TooLarge`].

use protocol::{Stamp, limits};

use super::super::feed::Set;

/// One set does not fit into a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

/// Sets that are whole, and where to go on.
#[derive(Debug, PartialEq)]
pub(crate) struct Page {
    pub(crate) complete: Vec<Set>,
    /// Where the rest begins, if the page was full.
    pub(crate) rest: Option<Stamp>,
}

#[derive(Debug)]
pub(crate) struct Pager {
    limit: usize,
    /// What the limit grows to, as long as whole sets arrive.
    most: usize,
    /// With this limit the page held a part of one set and nothing else.
    partial: usize,
}

/// Entries that the first page asks for.
const FIRST: usize = 8;

impl Default for Pager {
    fn default() -> Pager {
        Pager::with_limit(limits::FEED_PAGE_ENTRIES)
    }
}

impl Pager {
    /// One that asks for at most so many.
    pub(crate) fn with_limit(limit: usize) -> Pager {
        Pager { limit: limit.min(FIRST), most: limit, partial: 0 }
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Parts the answer to a question with [`Pager::limit`].
    pub(crate) fn part(&mut self, mut sets: Vec<Set>) -> Result<Page, TooLarge> {
        let pairs: usize = sets.iter().map(|set| set.pairs).sum();
        let limit = self.limit;
        let next = next(limit, pairs, sets.iter().map(Set::weight).sum()).min(self.most);
        if pairs < limit {
            self.partial = 0;
            self.limit = next;
            return Ok(Page { complete: sets, rest: None });
        }
        let rest = sets.pop().map(|set| set.stamp);
        if sets.is_empty() {
            if limit == limits::FEED_PAGE_ENTRIES {
                return Err(TooLarge);
            }
            self.partial = limit;
            self.limit = (limit * 2).min(limits::FEED_PAGE_ENTRIES);
        } else {
            self.partial = 0;
            self.limit = next;
        }
        Ok(Page { complete: sets, rest })
    }

    /// The answer got lost although the server answers.
    pub(crate) fn lost(&mut self) -> Result<(), TooLarge> {
        if self.limit <= self.partial * 2 || self.limit == 1 {
            self.partial = 0;
            return Err(TooLarge);
        }
        self.limit = (self.limit / 8).max(self.partial + 1);
        Ok(())
    }
}

/// How many entries to ask for after a page of so many that weighed so much. With one alone, no set is ever known to be
/// whole.
fn next(limit: usize, pairs: usize, weight: usize) -> usize {
    let fitting = pairs * limits::FEED_PAGE_BYTES / weight.max(1);
    if pairs == 0 { limit * 2 } else { fitting.clamp(2, limit * 2) }
}

#[cfg(test)]
mod tests {
    use protocol::Stamp;
    use surrealdb_types::{Object, RecordId, SurrealValue};

    use super::{Page, Pager, Set, TooLarge};
    use crate::capture::feed::Entry;

    fn set(stamp: u64, pairs: usize) -> Set {
        Set { stamp: Stamp(stamp), entries: Vec::new(), pairs }
    }

    #[test]
    fn the_last_set_of_a_full_page_waits_for_its_rest() {
        let mut pager = Pager::default();
        let page = pager.part(vec![set(1, 5), set(2, 3)]);
        assert_eq!(page, Ok(Page { complete: vec![set(1, 5)], rest: Some(Stamp(2)) }));
        let page = pager.part(vec![set(2, 9)]);
        assert_eq!(page, Ok(Page { complete: vec![set(2, 9)], rest: None }));
    }

    #[test]
    fn a_set_that_fits_with_no_limit_is_too_large() {
        let mut pager = Pager { limit: 1_000, ..Pager::default() };
        let mut asked = Vec::new();
        while pager.lost().is_ok() {
            asked.push(pager.limit());
        }
        assert_eq!(asked, [125, 15, 1]);
        // With one entry it arrives in part, with two it gets lost.
        assert_eq!(
            pager.part(vec![set(1, 1)]),
            Ok(Page { complete: vec![], rest: Some(Stamp(1)) })
        );
        assert_eq!((pager.limit(), pager.lost()), (2, Err(TooLarge)));
    }

    #[test]
    fn a_set_of_more_tables_than_a_page_holds_is_too_large() {
        let mut pager = Pager::default();
        let mut asked = Vec::new();
        while pager.part(vec![set(1, pager.limit())]).is_ok() {
            asked.push(pager.limit());
        }
        assert_eq!(asked, [16, 32, 64, 128, 256, 512, 1_000]);
    }

    #[test]
    fn of_what_a_page_weighed_it_follows_how_many_entries_the_next_one_has() {
        let mut pager = Pager::default();
        let heavy = |stamp, rows| {
            let record = RecordId::new("task", 1);
            let text = "x".repeat(1_000_000);
            let after = Some(Object::from_iter([("text".to_owned(), text.into_value())]));
            Set { entries: vec![Entry { record, after }; rows], ..set(stamp, 1) }
        };
        let mut asked = Vec::new();
        for page in [0..8, 0..16, 0..3, 0..2] {
            pager.part(page.map(|stamp| heavy(stamp, 0)).collect()).unwrap();
            asked.push(pager.limit());
        }
        assert_eq!(asked, [16, 32, 64, 128], "as long as next to nothing comes, more is asked for");
        pager.part((0..8).map(|stamp| heavy(stamp, 2)).collect()).unwrap();
        assert_eq!(pager.limit(), 2, "two of them weigh four megabytes");
        pager.part(vec![heavy(0, 9), heavy(1, 9)]).unwrap();
        assert_eq!(pager.limit(), 2, "one alone would never be known to be whole");
        pager.part(vec![heavy(0, 1), heavy(1, 0)]).unwrap();
        assert_eq!(pager.limit(), 4);
    }
}
