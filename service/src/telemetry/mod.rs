//! Structured logs, as text or JSON, on standard error; and traces, to a collector, where one is configured.
//!
//! Events are fragments in lower case with their ids as fields; the levels say who acts: `error` wakes someone, `warn`
//! is looked at before the next release, `info` is the life of processes, members and views, `debug` the life of a
//! batch, `trace` of a row. Spans stand around what is said to others: a request, a write, a load.
//!
//! # Invariants
//! - A line of the log is the same with traces and without: spans do not stand in it.
//! - Without a collector no span is made.

mod traces;

use std::io::IsTerminal;

use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::{EnvFilter, FilterExt, LevelFilter, filter_fn};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::kind::{LogFilter, LogFormat};

pub use traces::{Export, Traces};

/// Why a process has no telemetry.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It was set up before, by somebody else in this process.
    #[error("install telemetry: {0}")]
    AlreadyInstalled(tracing_subscriber::util::TryInitError),
    /// Something in the environment that concerns exporters (`OTEL_…`) is not possible here.
    #[error("export traces: {0}")]
    Export(opentelemetry_otlp::ExporterBuildError),
}

/// Sends this process's events to standard error, and its spans where `export` says. Only a binary calls this, once, and
/// calls [`Traces::end`] at its end.
///
/// # Panics
/// With an export, outside of a runtime: its connection is kept by a task.
pub fn install(
    filter: &LogFilter,
    format: LogFormat,
    export: Option<Export>,
) -> Result<Traces, Error> {
    let traces = export.map_or_else(|| Ok(Traces::none()), Traces::to)?;
    subscriber(filter, format, &traces).try_init().map_err(Error::AlreadyInstalled)?;
    Ok(traces)
}

fn subscriber(
    filter: &LogFilter,
    format: LogFormat,
    traces: &Traces,
) -> impl Subscriber + Send + Sync + use<> {
    // That no traces are taken is said once, in words of ours; the exporter's own come with every batch.
    let filter = EnvFilter::new(format!("opentelemetry=off,{}", filter.as_str()));
    let events =
        fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    let events = match format {
        LogFormat::Text => events.with_target(false).boxed(),
        LogFormat::Json => events.json().flatten_event(true).boxed(),
    };
    // The hint leaves the level to the other filter: without one, every event of every library would be looked at.
    let is_no_span = |metadata: &Metadata<'_>| !metadata.is_span();
    let is_no_span = filter_fn(is_no_span).with_max_level_hint(LevelFilter::TRACE);
    let events = events.with_filter(filter.and(is_no_span));
    // Not an optional layer: one that is none, and so has no filter, would want every span.
    let mut layers = vec![events.boxed()];
    layers.extend(traces.layer());
    tracing_subscriber::registry().with(layers)
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use tracing::subscriber::with_default;

    use super::*;
    use crate::config::kind::Setting;

    /// What one subscriber says of a call site is kept for all threads while there is no other.
    static ALONE: Mutex<()> = Mutex::new(());

    fn alone() -> MutexGuard<'static, ()> {
        ALONE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[test]
    fn without_a_collector_no_span_is_made() {
        let _alone = alone();
        let filter = LogFilter::parse("info").expect("a level");
        let subscriber = subscriber(&filter, LogFormat::Text, &Traces::none());
        assert_eq!(subscriber.max_level_hint(), Some(LevelFilter::INFO));
        with_default(subscriber, || {
            assert!(tracing::info_span!(target: "ssp", "flush").is_disabled());
            assert!(tracing::enabled!(target: "ssp", tracing::Level::INFO));
            assert!(!tracing::enabled!(target: "ssp", tracing::Level::DEBUG));
        });
    }

    #[tokio::test]
    async fn with_one_spans_are_made_of_our_crates_whatever_is_logged() {
        let collector = Setting::parse("http://127.0.0.1:9").expect("a URL");
        let traces = Traces::to(Export { collector, service: "ssp", instance: None });
        let traces = traces.expect("nothing is asked of the collector yet");
        spans_of_our_crates(&traces);
        traces.end().await;
    }

    fn spans_of_our_crates(traces: &Traces) {
        let _alone = alone();
        let filter = LogFilter::parse("off").expect("a level");
        let subscriber = subscriber(&filter, LogFormat::Text, traces);
        assert_eq!(subscriber.max_level_hint(), Some(LevelFilter::INFO));
        with_default(subscriber, || {
            assert!(!tracing::info_span!(target: "ssp::shell", "flush").is_disabled());
            assert!(tracing::debug_span!(target: "ssp::shell", "row").is_disabled());
            assert!(tracing::info_span!(target: "surrealdb::method", "query").is_disabled());
        });
    }
}
