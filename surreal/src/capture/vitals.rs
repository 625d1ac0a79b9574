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
    /// The digest of definitions that were read, while nobody has applied them.
    unapplied: Mutex<Option<String>>,
    /// When the last whole audit of each table ended.
    audits: Mutex<BTreeMap<String, Option<Duration>>>,
}

impl Vitals {
    pub(super) fn new(began: Instant, options: &super::Options) -> Vitals {
        let schema_poll_ms = AtomicU64::new(millis(options.schema_poll));
        let (late, unapplied, audits) = (Mutex::default(), Mutex::default(), Mutex::default());
        let audit_rows_per_second = options.audit_rows_per_second;
        let read_ms = AtomicU64::new(0);
        Vitals { began, read_ms, schema_poll_ms, audit_rows_per_second, late, unapplied, audits }
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

    /// Definitions were read, and whether they are others than those that were told last.
    pub(super) fn definitions_read(&self, digest: &str, changed: bool) {
        *self.unapplied() = changed.then(|| digest.to_owned());
    }

    pub(super) fn definitions_applied(&self, digest: &str) {
        let mut unapplied = self.unapplied();
        if unapplied.as_deref() == Some(digest) {
            *unapplied = None;
        }
    }

    pub(super) fn has_unapplied_definitions(&self) -> bool {
        self.unapplied().is_some()
    }

    fn unapplied(&self) -> MutexGuard<'_, Option<String>> {
        self.unapplied.lock().unwrap_or_else(PoisonError::into_inner)
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
        vitals.definitions_read("a", true);
        vitals.definitions_read("b", true);
        vitals.definitions_applied("a");
        assert!(vitals.has_unapplied_definitions(), "others were read meanwhile");
        vitals.definitions_applied("b");
        assert!(!vitals.has_unapplied_definitions());
        vitals.definitions_read("c", true);
        vitals.definitions_read("b", false);
        assert!(!vitals.has_unapplied_definitions(), "what was changed is as it was");
    }
}
