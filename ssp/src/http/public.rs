//! How it is: whether it is well, what it is, and what it counted.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use protocol::limits::FEED_SILENT_MS;
use protocol::wire::{DatabaseHealth, DatabaseStatus, Health, Info, Status, Version};
use protocol::{Code, Problem};
use surreal::names::RefMode;

use super::{Door, Inner, Refusal};
use crate::config::Config;
use crate::core::{Overview, Question};
use crate::metrics::{self, Present};

/// What does not change about a processor.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) address: String,
    pub(crate) ref_mode: &'static str,
    pub(crate) shown: BTreeMap<String, String>,
}

impl Identity {
    pub(crate) fn of(config: &Config, listening: SocketAddr) -> Identity {
        Identity {
            id: config.id.clone(),
            address: config.advertise.clone().unwrap_or_else(|| listening.to_string()),
            ref_mode: match config.ref_mode {
                RefMode::Dedicated => "dedicated",
                RefMode::Single => "single",
            },
            shown: config.shown.clone(),
        }
    }
}

pub(super) async fn health(State(door): State<Arc<Door>>) -> (StatusCode, Json<Health>) {
    let pulse = door.pulse.borrow().clone();
    let (lag_ms, schema_poll_ms, audits) = match door.inner() {
        Ok(Inner { capture, .. }) => (capture.lag_ms(), capture.schema_poll_ms(), capture.audits()),
        Err(_) => (0, 0, BTreeMap::new()),
    };
    let silent = is_silent(pulse.status, lag_ms);
    // Of a table that was never audited nobody knows how old its oldest mistake is.
    let ages: Option<Vec<Duration>> = audits.into_values().collect();
    let oldest = ages.and_then(|ages| ages.into_iter().max());
    let stalled = pulse.stalled || silent || door.inner().is_err();
    let status = if pulse.status == Status::Ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = Health {
        status: pulse.status,
        views: pulse.views,
        tables: pulse.tables,
        db: DatabaseHealth {
            status: if stalled { DatabaseStatus::Stalled } else { DatabaseStatus::Ok },
        },
        lag_ms,
        schema_poll_ms,
        audit_age_ms: oldest.and_then(|age| u64::try_from(age.as_millis()).ok()),
        posted: pulse.posted,
        problem: pulse
            .problem
            .or_else(|| silent.then(|| unreachable(lag_ms)))
            .or_else(|| pulse.stalled.then(feed_behind)),
    };
    (status, Json(body))
}

/// Whether the database stopped answering. Before all rows are loaded nobody waits for the feed.
fn is_silent(status: Status, lag_ms: u64) -> bool {
    status == Status::Ready && lag_ms > FEED_SILENT_MS
}

fn unreachable(lag_ms: u64) -> Problem {
    let message = format!("the database has not answered for {} s", lag_ms / 1_000);
    Problem::new(Code::DatabaseUnreachable, message)
        .hint("views stand as they are; what was written meanwhile follows when it answers again")
}

/// The feed does not bring back what is written: loads take its place.
fn feed_behind() -> Problem {
    let message =
        "what is written does not come back through the changefeed: tables are loaded instead";
    Problem::new(Code::FeedBehind, message)
        .hint("look at the database server's clock; it ends by itself when the clock has caught up")
}

pub(super) async fn metrics(State(door): State<Arc<Door>>) -> impl IntoResponse {
    let pulse = door.pulse.borrow().clone();
    let mut present = Present {
        ready: pulse.status == Status::Ready,
        views: pulse.views,
        tables: pulse.tables,
        stalled: pulse.stalled,
        ..Present::default()
    };
    let mut late = Vec::new();
    if let Ok(inner) = door.inner() {
        present.lag = Duration::from_millis(inner.capture.lag_ms());
        present.stalled |= is_silent(pulse.status, inner.capture.lag_ms());
        present.schema_poll = Duration::from_millis(inner.capture.schema_poll_ms());
        late = inner.capture.take_late();
    }
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], door.metrics.text(present, late))
}

pub(super) async fn version() -> Json<Version> {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    Json(Version { version, mode: "streaming".to_owned() })
}

pub(super) async fn info(State(door): State<Arc<Door>>) -> Result<Json<[Info; 1]>, Refusal> {
    let overview = match door.inner() {
        Ok(inner) => inner.desk.ask(|reply| Question::Overview { reply }).await?,
        Err(_) => Overview::default(),
    };
    let pulse = door.pulse.borrow().clone();
    Ok(Json([Info {
        entity: "ssp".to_owned(),
        id: door.identity.id.clone(),
        ip: door.identity.address.clone(),
        status: pulse.status,
        views: pulse.views,
        ref_mode: door.identity.ref_mode.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        uptime_seconds: door.clock.now().since(service::Moment::default()).as_secs(),
        circuit_tables: overview.rows,
        circuit_hashes: overview.digests,
        env: door.identity.shown.clone(),
    }]))
}
