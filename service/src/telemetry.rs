//! Structured logs, as text or JSON, on standard error.
//!
//! Events are fragments in lower case with their ids as fields; the levels say who acts: `error` wakes someone, `warn`
//! is looked at before the next release, `info` is the life of processes, members and views, `debug` the life of a
//! batch, `trace` of a row.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::kind::{LogFilter, LogFormat};

/// Logs were set up before, by somebody else in this process.
#[derive(Debug, thiserror::Error)]
#[error("install telemetry")]
pub struct AlreadyInstalled(#[source] tracing_subscriber::util::TryInitError);

/// Sends this process's events to standard error. Only a binary calls this, once.
pub fn install(filter: &LogFilter, format: LogFormat) -> Result<(), AlreadyInstalled> {
    let filter = EnvFilter::new(filter.as_str());
    let events = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match format {
        LogFormat::Text => events.with_target(false).finish().try_init(),
        LogFormat::Json => events.json().flatten_event(true).finish().try_init(),
    }
    .map_err(AlreadyInstalled)
}
