//! How the reader is, for probes: read without asking it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
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
    pub(super) audit_rows_per_second: usize,
    /// How late commits became visible that nobody has asked for yet.
    late: Mutex<Vec<Duration>>,
    definitions: Mutex<Definitions>,
    /// When the last whole audit of each table ended.
    audits: Mutex<BTreeMap<String, Option<Duration>>>,
}

/// Definitions by their digests.
#[derive(Debug, Default)]
struct Definitions {
    read: String,
    applied: String,
}

impl Vitals {
    pub(super) fn new(began: Instant, options: &super::Options) -> Vitals {
        let schema_poll_ms = AtomicU64::new(millis(options.schema_poll));
        let (late, definitions, audits) = (Mutex::default(), Mutex::default(), Mutex::default());
        let audit_rows_per_second = options.audit_rows_per_second;
        let read_ms = AtomicU64::new(0);
        Vitals { began, read_ms, schema_poll_ms, audit_rows_per_second, late, definitions, audits }
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

    pub(super) fn definitions_read(&self, digest: &str) {
        digest.clone_into(&mut self.definitions().read);
    }

    pub(super) fn definitions_applied(&self, digest: &str) {
        digest.clone_into(&mut self.definitions().applied);
    }

    /// Whether those that were read last are others than those that were applied last.
    pub(super) fn has_unapplied_definitions(&self) -> bool {
        let definitions = self.definitions();
        definitions.read != definitions.applied
    }

    fn definitions(&self) -> MutexGuard<'_, Definitions> {
        self.definitions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn audited(&self, audits: BTreeMap<String, Option<Duration>>) {
        *self.audits.lock().unwrap_or_else(PoisonError::into_inner) = audits;
    }

    /// How long ago the last whole audit of each table ended.
    pub(super) fn audits(&self) -> BTreeMap<String, Option<Duration>> {
        let now = self.began.elapsed();
        let audits = self.audits.lock().unwrap_or_else(PoisonError::into_inner);
        let age = |ended: &Option<Duration>| ended.map(|ended| now.saturating_sub(ended));
        audits.iter().map(|(table, ended)| (table.clone(), age(ended))).collect()
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

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::super::Options;
    use super::Vitals;

    #[test]
    fn definitions_wait_until_just_these_are_applied() {
        let vitals = Vitals::new(Instant::now(), &Options::starting_at(0));
        assert!(!vitals.has_unapplied_definitions(), "nothing was read");
        vitals.definitions_read("a");
        vitals.definitions_read("b");
        vitals.definitions_applied("a");
        assert!(vitals.has_unapplied_definitions(), "others were read meanwhile");
        vitals.definitions_read("b");
        assert!(vitals.has_unapplied_definitions(), "read again, they are not applied by that");
        vitals.definitions_applied("b");
        assert!(!vitals.has_unapplied_definitions());
        vitals.definitions_read("c");
        vitals.definitions_read("b");
        assert!(!vitals.has_unapplied_definitions(), "what is changed is as it was");
    }
}
