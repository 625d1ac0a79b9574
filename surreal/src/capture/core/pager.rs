//! How many entries to ask for, and which of the answered sets are whole.
//!
//! # Invariants
//! - A set is acted upon only when it is complete: a later one follows it, or the page came back shorter than asked.
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

impl Default for Pager {
    fn default() -> Pager {
        Pager::with_limit(limits::FEED_PAGE_ENTRIES)
    }
}

impl Pager {
    /// One that asks for at most so many.
    pub(crate) fn with_limit(limit: usize) -> Pager {
        Pager { limit, most: limit, partial: 0 }
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Parts the answer to a question with [`Pager::limit`].
    pub(crate) fn part(&mut self, mut sets: Vec<Set>) -> Result<Page, TooLarge> {
        let pairs: usize = sets.iter().map(|set| set.pairs).sum();
        let limit = self.limit;
        if pairs < limit {
            self.partial = 0;
            self.limit = (limit * 2).min(self.most);
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
            self.limit = (limit * 2).min(self.most);
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

#[cfg(test)]
mod tests {
    use protocol::Stamp;

    use super::{Page, Pager, Set, TooLarge};

    fn set(stamp: u64, pairs: usize) -> Set {
        Set { stamp: Stamp(stamp), entries: Vec::new(), pairs }
    }

    #[test]
    fn the_last_set_of_a_full_page_waits_for_its_rest() {
        let mut pager = Pager::default();
        let page = pager.part(vec![set(1, 400), set(2, 600)]);
        assert_eq!(page, Ok(Page { complete: vec![set(1, 400)], rest: Some(Stamp(2)) }));
        let page = pager.part(vec![set(2, 700)]);
        assert_eq!(page, Ok(Page { complete: vec![set(2, 700)], rest: None }));
    }

    #[test]
    fn a_set_that_fits_with_no_limit_is_too_large() {
        let mut pager = Pager::default();
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
        assert_eq!(Pager::default().part(vec![set(1, 1_000)]), Err(TooLarge));
    }
}
