//! Change ids of what the feed does not tell: rows that were posted, read one by one, or loaded from a table that has no
//! feed.
//!
//! # Invariants
//! - They rise, over eras too.
//! - They compare with the feed's own: whatever the feed had told when an id was made is older than what carries it. So a
//!   deleted user's registrations are known to be older than his deletion.

use protocol::{ChangeId, Stamp};

/// Above every position in a set of the feed: LIMIT counts tables, so that the entries of one are not bounded, but
/// they fit into a message.
const FIRST: u32 = 1 << 31;

#[derive(Debug, Default)]
pub(super) struct Own {
    last: Option<ChangeId>,
}

impl Own {
    /// Makes the next one, for what is asked for now that the feed was read up to there.
    pub(super) fn next(&mut self, era: u32, read: Stamp) -> ChangeId {
        let first = ChangeId { era, stamp: read, position: FIRST };
        let next = self.last.map_or(first, |last| {
            let position = last.position.checked_add(1);
            let after = match position {
                Some(position) => ChangeId { position, ..last },
                None => ChangeId { stamp: last.stamp.next(), position: FIRST, ..last },
            };
            after.max(first)
        });
        self.last = Some(next);
        next
    }

    /// Makes the next one, of whose place the end is kept free: what a look finds otherwise than it is held stands there.
    pub(super) fn next_of_look(&mut self, era: u32, read: Stamp) -> ChangeId {
        let next = self.next(era, read);
        self.last = Some(ChangeId { position: u32::MAX, ..next });
        next
    }

    /// Makes the next one where no feed is read.
    pub(super) fn next_after_last(&mut self) -> ChangeId {
        let (era, read) = self.last.map_or((0, Stamp(0)), |last| (last.era, last.stamp));
        self.next(era, read)
    }
}

#[cfg(test)]
mod tests {
    use protocol::{ChangeId, Stamp};

    use super::Own;

    #[test]
    fn they_rise_and_stand_above_what_the_feed_told_before() {
        let mut own = Own::default();
        let told = |stamp, position| ChangeId { era: 1, stamp: Stamp(stamp), position };
        let first = own.next(1, Stamp(7));
        assert!(told(7, 1_000_000) < first && first < told(8, 0));
        let second = own.next(1, Stamp(7));
        let third = own.next(1, Stamp(9));
        let behind = own.next(1, Stamp(8));
        let later = own.next(2, Stamp(3));
        assert!(first < second && second < third && third < behind && behind < later);
        assert!(later < own.next_after_last());
        let look = own.next_of_look(2, Stamp(3));
        assert!(ChangeId { position: u32::MAX, ..look } < own.next(2, Stamp(3)));
    }
}
