//! Which sets were read, so that one that the feed shows no longer is missed (mechanism M1).
//!
//! *The database is started again and has lost its newest history: a full disk, a crash before it was synced.* Nothing of
//! what is written from then on says so. But what was read once and is not older than `floor` is read again by every
//! sweep: if it is not there any more, the database has lost it.

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::Stamp;

/// Sets remembered; over it the oldest are forgotten: one of the newest is missing too, if any is.
const KNOWN_MAX: usize = 100_000;

#[derive(Debug, Default)]
pub(super) struct Known {
    /// Each with when its answer had come.
    sets: BTreeMap<Stamp, Duration>,
}

impl Known {
    pub(super) fn note(&mut self, now: Duration, set: Stamp) {
        self.sets.entry(set).or_insert(now);
        if self.sets.len() > KNOWN_MAX {
            self.sets.pop_first();
        }
    }

    pub(super) fn forget_below(&mut self, floor: Stamp) {
        self.sets = self.sets.split_off(&floor);
    }

    /// Looks for a set that an answer does not show, although it was known before the answer was asked for. The answer
    /// reaches from a stamp up to before another one.
    pub(super) fn missing(
        &self,
        asked: Duration,
        (from, before): (Stamp, Stamp),
        shown: impl Iterator<Item = Stamp>,
    ) -> Option<Stamp> {
        if from >= before {
            return None;
        }
        let mut shown = shown.peekable();
        let known = self.sets.range(from..before).filter(|(_, at)| **at < asked);
        known.map(|(set, _)| *set).find(|set| {
            while shown.next_if(|it| it < set).is_some() {}
            shown.peek() != Some(set)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use protocol::Stamp;

    use super::Known;

    #[test]
    fn only_what_was_known_and_had_to_be_shown_is_missing() {
        let second = Duration::from_secs;
        let mut known = Known::default();
        for (at, stamp) in [(1, 10), (1, 20), (3, 15), (1, 30)] {
            known.note(second(at), Stamp(stamp));
        }
        let missing = |known: &Known, from, before, shown: &[u64]| {
            let shown = shown.iter().copied().map(Stamp);
            known.missing(second(2), (Stamp(from), Stamp(before)), shown).map(|stamp| stamp.0)
        };
        assert_eq!(missing(&known, 0, 31, &[10, 12, 20, 30]), None, "15 was read later");
        assert_eq!(missing(&known, 0, 31, &[10, 12, 20]), Some(30));
        assert_eq!(missing(&known, 11, 30, &[]), Some(20));
        assert_eq!(missing(&known, 21, 30, &[]), None);
        known.forget_below(Stamp(30));
        assert_eq!(missing(&known, 0, 31, &[30]), None);
    }
}
