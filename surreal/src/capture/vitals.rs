//! How the reader is, for probes: read without asking it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Late commits that are remembered for whoever asks; a database whose commits are all late needs no exact count.
const LATE_KEPT_MAX: usize = 10_000;

/// What a probe is told.
#[derive(Debug)]
pub(super) struct Vitals {
    began: Instant,
    /// When the question was asked that brought the newest answer of the tail, in milliseconds since the beginning.
    read_ms: AtomicU64,
    schema_poll_ms: AtomicU64,
    /// How late commits became visible that nobody has asked for yet.
    late: Mutex<Vec<Duration>>,
}

impl Vitals {
    pub(super) fn new(began: Instant, schema_poll: Duration) -> Vitals {
        let schema_poll_ms = AtomicU64::new(millis(schema_poll));
        Vitals { began, read_ms: AtomicU64::new(0), schema_poll_ms, late: Mutex::default() }
    }

    pub(super) fn tail_read(&self, asked: Duration) {
        self.read_ms.store(millis(asked), Ordering::Relaxed);
    }

    pub(super) fn polls_every(&self, interval: Duration) {
        self.schema_poll_ms.store(millis(interval), Ordering::Relaxed);
    }

    pub(super) fn count_late(&self, late: Duration) {
        let mut kept = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < LATE_KEPT_MAX {
            kept.push(late);
        }
    }

    pub(super) fn take_late(&self) -> Vec<Duration> {
        std::mem::take(&mut *self.late.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn lag_ms(&self) -> u64 {
        millis(self.began.elapsed()).saturating_sub(self.read_ms.load(Ordering::Relaxed))
    }

    pub(super) fn schema_poll_ms(&self) -> u64 {
        self.schema_poll_ms.load(Ordering::Relaxed)
    }
}

fn millis(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}
