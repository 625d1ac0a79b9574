//! The sweep, and how far it lets `floor` rise (mechanism M1).
//!
//! *A commit with an older stamp can become visible after a newer one.* The tail looks back 200 ms; everything from
//! `floor` on is read again every quarter of the overlap, and `floor` follows a whole overlap behind.
//!
//! # Invariants
//! - `floor` never falls within an era.
//! - It rises to a stamp only at the end of a sweep that began a whole overlap after that stamp had been read, and of
//!   another one before: whatever became visible within the overlap was found.

use std::time::Duration;

use protocol::Stamp;

use super::history::History;

/// A sweep under way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sweep {
    pub(crate) began: Duration,
    /// Where the tail was: beyond is its work.
    upto: Stamp,
    /// Marks that were met up to then will have been waited for.
    pub(crate) request: u64,
}

#[derive(Debug)]
pub(crate) struct Floor {
    overlap: Duration,
    floor: Stamp,
    /// The floor's own set was read often enough not to be asked for again.
    passed: bool,
    before: Option<Duration>,
    running: Option<Sweep>,
    due: Duration,
    /// Sweeps that were asked for, and the last one that was begun for.
    requested: u64,
    served: u64,
}

impl Floor {
    pub(crate) fn begin(now: Duration, overlap: Duration, floor: Stamp) -> Floor {
        let due = now + overlap / 4;
        let (requested, served) = (0, 0);
        Floor { overlap, floor, passed: false, before: None, running: None, due, requested, served }
    }

    pub(crate) fn floor(&self) -> Stamp {
        self.floor
    }

    /// Asks for a sweep that begins from now on; returns the number by which its end is known.
    pub(crate) fn request(&mut self) -> u64 {
        self.requested += 1;
        self.requested
    }

    /// The database may have been started again: the next sweep asks for the floor's own set too, which has to be there.
    pub(crate) fn doubt(&mut self) {
        self.passed = false;
    }

    /// Begins a sweep if one is due; returns where it reads from.
    pub(crate) fn begin_sweep(&mut self, now: Duration, upto: Stamp) -> Option<Stamp> {
        let wanted = self.requested > self.served;
        if self.running.is_some() || (now < self.due && !wanted) {
            return None;
        }
        self.served = self.requested;
        self.due = now + self.overlap / 4;
        self.running = Some(Sweep { began: now, upto, request: self.requested });
        Some(if self.passed { self.floor.next() } else { self.floor })
    }

    /// How far the sweep under way has to read.
    pub(crate) fn upto(&self) -> Option<Stamp> {
        self.running.map(|sweep| sweep.upto)
    }

    /// The sweep has read everything. Returns it, and whether `floor` rose.
    pub(crate) fn end_sweep(&mut self, history: &mut History) -> Option<(Sweep, bool)> {
        let sweep = self.running.take()?;
        let before = self.before.replace(sweep.began);
        let overlap_ago = sweep.began.checked_sub(self.overlap);
        let Some((before, overlap_ago)) = before.zip(overlap_ago) else {
            return Some((sweep, false));
        };
        let to = history.at(before.min(overlap_ago));
        if to <= self.floor {
            return Some((sweep, false));
        }
        self.floor = to;
        self.passed = true;
        history.forget_below(to);
        Some((sweep, true))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use protocol::Stamp;

    use super::{Floor, History};

    #[test]
    fn the_floor_rises_an_overlap_and_two_sweeps_later() {
        let ms = Duration::from_millis;
        let mut history = History::begin(ms(0), Stamp(1));
        let mut floor = Floor::begin(ms(0), ms(4_000), Stamp(1));
        history.note(ms(500), Stamp(10));
        let mut rose = Vec::new();
        for now in (0..12_000).step_by(100) {
            if floor.begin_sweep(ms(now), history.highest()).is_some()
                && floor.end_sweep(&mut history).is_some_and(|(_, rose)| rose)
            {
                rose.push((now, floor.floor()));
            }
        }
        assert_eq!(rose, [(5_000, Stamp(10))]);
        assert_eq!(floor.begin_sweep(ms(20_000), Stamp(10)), Some(Stamp(11)), "not asked again");
    }

    #[test]
    fn a_late_reader_does_not_let_the_floor_jump() {
        let ms = Duration::from_millis;
        let mut history = History::begin(ms(0), Stamp(1));
        let mut floor = Floor::begin(ms(0), ms(4_000), Stamp(1));
        assert_eq!(floor.begin_sweep(ms(1_000), Stamp(1)), Some(Stamp(1)));
        floor.end_sweep(&mut history);
        history.note(ms(2_000), Stamp(10));
        // Nothing ran for a minute. One sweep alone is not two.
        floor.begin_sweep(ms(60_000), Stamp(10));
        floor.end_sweep(&mut history);
        assert_eq!(floor.floor(), Stamp(1));
        floor.begin_sweep(ms(61_000), Stamp(10));
        floor.end_sweep(&mut history);
        assert_eq!(floor.floor(), Stamp(10));
    }
}
