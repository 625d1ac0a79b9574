//! What had been read when, by the reader's own clock: stamps bear no arithmetic, so "200 ms ago" is looked up here.

use std::collections::VecDeque;
use std::time::Duration;

use protocol::Stamp;

const MOMENTS_MAX: usize = 4_096;

/// The highest stamp read, over time.
#[derive(Debug)]
pub(crate) struct History {
    moments: VecDeque<(Duration, Stamp)>,
}

impl History {
    pub(crate) fn begin(now: Duration, at: Stamp) -> History {
        History { moments: VecDeque::from([(now, at)]) }
    }

    /// The highest stamp read.
    pub(crate) fn highest(&self) -> Stamp {
        self.moments.back().expect("it begins with one and never loses its last").1
    }

    /// Everything up to the stamp had been read by now.
    pub(crate) fn note(&mut self, now: Duration, read: Stamp) {
        if read <= self.highest() {
            return;
        }
        self.moments.push_back((now, read));
        if self.moments.len() > MOMENTS_MAX {
            // To forget a moment is to know less of the past, never more.
            let mut keep = false;
            self.moments.retain(|_| {
                keep = !keep;
                keep
            });
        }
    }

    /// The highest stamp that had been read at a moment; where that is not known, the lowest known one.
    pub(crate) fn at(&self, moment: Duration) -> Stamp {
        let before = self.moments.partition_point(|(at, _)| *at <= moment);
        self.moments[before.saturating_sub(1)].1
    }

    /// When the reader had first read as far as the stamp.
    pub(crate) fn when(&self, stamp: Stamp) -> Duration {
        let first = self.moments.partition_point(|(_, read)| *read < stamp);
        self.moments.get(first).unwrap_or(&self.moments[self.moments.len() - 1]).0
    }

    /// Forgets what lies below a stamp that is known to stand.
    pub(crate) fn forget_below(&mut self, stamp: Stamp) {
        while self.moments.len() > 1 && self.moments[1].1 <= stamp {
            self.moments.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use protocol::Stamp;

    use super::{History, MOMENTS_MAX};

    #[test]
    fn a_moment_knows_what_had_been_read() {
        let second = Duration::from_secs;
        let mut history = History::begin(second(0), Stamp(7));
        history.note(second(1), Stamp(10));
        history.note(second(2), Stamp(10));
        history.note(second(3), Stamp(30));
        assert_eq!(history.at(second(0)), Stamp(7));
        assert_eq!(history.at(second(2)), Stamp(10));
        assert_eq!(history.at(second(9)), Stamp(30));
        assert_eq!(history.when(Stamp(11)), second(3));
        history.forget_below(Stamp(10));
        assert_eq!(history.at(second(0)), Stamp(10));
    }

    #[test]
    fn what_is_forgotten_is_only_ever_known_later() {
        let mut history = History::begin(Duration::ZERO, Stamp(0));
        let mut exact = Vec::new();
        for n in 1..10 * MOMENTS_MAX as u64 {
            history.note(Duration::from_millis(n), Stamp(n));
            exact.push(Stamp(n));
        }
        assert!(history.moments.len() <= MOMENTS_MAX);
        for n in (1..10 * MOMENTS_MAX as u64).step_by(97) {
            assert!(history.at(Duration::from_millis(n)) <= exact[n as usize - 1]);
        }
    }
}
