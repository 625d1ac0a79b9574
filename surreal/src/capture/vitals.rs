//! How the reader is, for probes: read without asking it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// What a probe is told.
#[derive(Debug)]
pub(super) struct Vitals {
    began: Instant,
    /// When the question was asked that brought the newest answer of the tail, in milliseconds since the beginning.
    read_ms: AtomicU64,
    schema_poll_ms: AtomicU64,
}

impl Vitals {
    pub(super) fn new(began: Instant, schema_poll: Duration) -> Vitals {
        let schema_poll_ms = AtomicU64::new(millis(schema_poll));
        Vitals { began, read_ms: AtomicU64::new(0), schema_poll_ms }
    }

    pub(super) fn tail_read(&self, asked: Duration) {
        self.read_ms.store(millis(asked), Ordering::Relaxed);
    }

    pub(super) fn polls_every(&self, interval: Duration) {
        self.schema_poll_ms.store(millis(interval), Ordering::Relaxed);
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
