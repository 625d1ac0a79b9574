//! What a processor counts, as Prometheus reads it (OpenMetrics text).
//!
//! One registry for each processor: several may run in one process.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// The content type of [`Metrics::text`].
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The present state, measured when somebody asks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Present {
    pub(crate) ready: bool,
    pub(crate) views: usize,
    pub(crate) tables: usize,
    pub(crate) stalled: bool,
    pub(crate) lag: Duration,
    pub(crate) schema_poll: Duration,
}

/// What is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    ingest_to_edge: Histogram,
    edges: Counter,
    flushes: Counter,
    late: Histogram,
    missed: Counter,
    rebuilds: Counter,
    /// The same by table: no label, because tables are no closed list.
    missed_of: Mutex<BTreeMap<String, u64>>,
    ready: Gauge,
    stalled: Gauge,
    views: Gauge,
    tables: Gauge,
    lag: Gauge<f64, AtomicU64>,
    schema_poll: Gauge<f64, AtomicU64>,
}

impl Metrics {
    pub(crate) fn new() -> Metrics {
        // From a millisecond to half a minute.
        let buckets = || exponential_buckets(0.001, 2.0, 16);
        let mut metrics = Metrics {
            registry: Registry::default(),
            ingest_to_edge: Histogram::new(buckets()),
            edges: Counter::default(),
            flushes: Counter::default(),
            late: Histogram::new(buckets()),
            missed: Counter::default(),
            rebuilds: Counter::default(),
            missed_of: Mutex::default(),
            ready: Gauge::default(),
            stalled: Gauge::default(),
            views: Gauge::default(),
            tables: Gauge::default(),
            lag: Gauge::default(),
            schema_poll: Gauge::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let Metrics { registry, .. } = self;
        let (ssp, capture) = ("spky_ssp", "spky_capture");
        let seconds = || Unit::Seconds;
        let of_ssp = registry.sub_registry_with_prefix(ssp);
        let help = "From the engine's step to the committed edge";
        of_ssp.register_with_unit("ingest_to_edge", help, seconds(), self.ingest_to_edge.clone());
        of_ssp.register("edges", "Edges that were written or removed", self.edges.clone());
        of_ssp.register("flushes", "Transactions that wrote edges", self.flushes.clone());
        let help = "Times that the engine panicked, so that rows and views began anew";
        of_ssp.register("engine_rebuilds", help, self.rebuilds.clone());
        of_ssp.register("ready", "1 while every view is maintained", self.ready.clone());
        of_ssp.register("views", "Views", self.views.clone());
        of_ssp.register("tables", "Tables that are followed", self.tables.clone());
        let of_capture = registry.sub_registry_with_prefix(capture);
        let help = "How long after a newer commit an older one became visible";
        of_capture.register_with_unit("late", help, seconds(), self.late.clone());
        let help = "Changes that the feed did not tell of and the auditor found";
        of_capture.register("missed", help, self.missed.clone());
        let help = "Time since the newest answer of the feed was asked for";
        of_capture.register_with_unit("lag", help, seconds(), self.lag.clone());
        let help = "1 while the feed does not bring back what is written";
        of_capture.register("stalled", help, self.stalled.clone());
        let help = "Between two readings of the definitions, as it is in force";
        of_capture.register_with_unit("schema_poll", help, seconds(), self.schema_poll.clone());
    }

    /// A transaction wrote so many edges.
    pub(crate) fn flushed(&self, edges: usize) {
        self.flushes.inc();
        self.edges.inc_by(edges as u64);
    }

    /// What the engine handed in so long ago is committed.
    pub(crate) fn committed(&self, after: Duration) {
        self.ingest_to_edge.observe(after.as_secs_f64());
    }

    /// The engine panicked and began anew.
    pub(crate) fn rebuilt(&self) {
        self.rebuilds.inc();
    }

    /// The auditor found changes that the feed did not tell of.
    pub(crate) fn missed(&self, table: &str, changes: usize) {
        self.missed.inc_by(changes as u64);
        let mut of = self.missed_of.lock().unwrap_or_else(PoisonError::into_inner);
        *of.entry(table.to_owned()).or_default() += changes as u64;
    }

    /// Returns how many there were, by table.
    pub(crate) fn missed_of(&self) -> BTreeMap<String, u64> {
        self.missed_of.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Prints everything.
    pub(crate) fn text(&self, present: Present, late: Vec<Duration>) -> String {
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        late.iter().for_each(|late| self.late.observe(late.as_secs_f64()));
        self.ready.set(i64::from(present.ready));
        self.stalled.set(i64::from(present.stalled));
        self.views.set(count(present.views));
        self.tables.set(count(present.tables));
        self.lag.set(present.lag.as_secs_f64());
        self.schema_poll.set(present.schema_poll.as_secs_f64());
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Metrics, Present};

    #[test]
    fn what_was_counted_is_printed_under_its_documented_name() {
        let metrics = Metrics::new();
        metrics.flushed(3);
        metrics.missed("task", 2);
        metrics.rebuilt();
        metrics.committed(Duration::from_millis(5));
        let present = Present { ready: true, views: 7, ..Present::default() };
        let text = metrics.text(present, vec![Duration::from_secs(3)]);
        // Tests run in the directory of their package.
        let document = std::fs::read_to_string("../docs/operations.md").expect("it exists");
        let rows = document.lines().filter(|line| line.starts_with("| `spky_"));
        let documented: Vec<&str> = rows
            .filter_map(|row| row.split('|').nth(1))
            .flat_map(|names| names.split('`').skip(1).step_by(2))
            .collect();
        assert!(documented.len() > 8, "{documented:?}");
        for name in documented {
            assert!(text.lines().any(|line| line.starts_with(name)), "{name} in {text}");
        }
        for line in [
            "spky_ssp_edges_total 3",
            "spky_ssp_engine_rebuilds_total 1",
            "spky_ssp_flushes_total 1",
            "spky_ssp_ingest_to_edge_seconds_count 1",
            "spky_ssp_ready 1",
            "spky_ssp_views 7",
            "spky_capture_late_seconds_count 1",
            "spky_capture_late_seconds_sum 3.0",
            "spky_capture_missed_total 2",
        ] {
            assert!(text.lines().any(|printed| printed == line), "{line} in {text}");
        }
    }
}
