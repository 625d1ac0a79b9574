//! What a processor answers over HTTP.
//!
//! # Invariants
//! - Every error is a [`Problem`]; every route but the public ones is behind [`guard`].
//! - A handler never waits for the engine to be free, except where its answer is the engine's.

mod bearers;
mod debug;
mod guard;
mod ingest;
mod public;
mod reply;
mod taken;
mod traced;
mod verify;
mod views;

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use protocol::limits::BODY_BYTES_MAX;
use protocol::{Code, Problem};
use service::Secret;
use tokio::sync::watch;

use crate::announcing;
use crate::desk::Desk;
use crate::metrics::Metrics;
use crate::pulse::Pulse;

pub(crate) use reply::Refusal;

/// What handlers need; shared by all. The routes answer before the database was reached.
pub(crate) struct Door {
    pub(crate) secret: Option<Secret>,
    /// What events bring: it opens nothing but announcing.
    announcing: Option<Secret>,
    pub(crate) identity: public::Identity,
    pub(crate) pulse: watch::Receiver<Pulse>,
    pub(crate) clock: service::Clock,
    pub(crate) metrics: Arc<Metrics>,
    bearers: bearers::Bearers,
    inner: RwLock<Option<Inner>>,
}

/// What there is once the database was reached.
#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) desk: Desk,
    pub(crate) database: surreal::Database,
    pub(crate) capture: surreal::capture::Handle,
}

impl Door {
    pub(crate) fn new(
        secret: Option<Secret>,
        identity: Identity,
        pulse: watch::Receiver<Pulse>,
        clock: service::Clock,
    ) -> Door {
        let (bearers, inner) = (bearers::Bearers::default(), RwLock::default());
        let metrics = Arc::new(Metrics::new());
        let announcing = secret.as_ref().map(|secret| Secret::new(announcing::bearer(secret)));
        Door { secret, announcing, identity, pulse, clock, metrics, bearers, inner }
    }

    /// Opens the door to what lies behind the database, for one tenure.
    pub(crate) fn open(&self, inner: Inner) {
        *self.inner.write().unwrap_or_else(PoisonError::into_inner) = Some(inner);
    }

    /// Closes it: what lay there has ended.
    pub(crate) fn close(&self) {
        *self.inner.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Returns what there is while this processor serves.
    pub(crate) fn inner(&self) -> Result<Inner, Problem> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner).clone();
        inner.ok_or_else(|| {
            let problem = self.pulse.borrow().problem.clone();
            problem.unwrap_or_else(|| {
                let message = "the database was not reached yet";
                Problem::new(Code::SspNotReady, message).hint("try again")
            })
        })
    }
}

pub(crate) use public::Identity;

/// Builds the routes.
pub(crate) fn routes(door: Arc<Door>) -> Router {
    let registering = Router::new()
        .route("/view/register", post(views::register))
        .route("/view/unregister", post(views::unregister))
        .route_layer(from_fn_with_state(Arc::clone(&door), guard::anyone));
    let ingesting = Router::new()
        .route("/ingest", post(ingest::ingest))
        .route_layer(from_fn_with_state(Arc::clone(&door), guard::poster));
    let guarded = Router::new()
        .route("/reset", post(debug::reset))
        .route("/schema/refresh", post(debug::refresh_schema))
        .route("/log", post(debug::log))
        .route("/metrics", get(public::metrics))
        .route("/debug/audit", get(debug::audit))
        .route("/debug/view/{id}", get(debug::view))
        .route("/debug/deps", get(debug::dependencies))
        .route("/debug/cost", post(debug::cost))
        .route("/debug/mark/{id}", get(debug::mark))
        .route("/verify/table", post(verify::table))
        .route("/verify/rows", post(verify::rows))
        .route("/verify/view", post(verify::view_of))
        .route("/verify/read", post(verify::read_again))
        .route("/verify/reconcile", post(verify::reconcile))
        .route("/verify/sweep", post(verify::sweep))
        .route_layer(from_fn_with_state(Arc::clone(&door), guard::service));
    Router::new()
        .route("/health", get(public::health))
        .route("/health/ready", get(public::health))
        .route("/version", get(public::version))
        .route("/info", get(public::info))
        .merge(registering)
        .merge(ingesting)
        .merge(guarded)
        .fallback(unknown)
        .method_not_allowed_fallback(not_allowed)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn(traced::request))
        .with_state(door)
}

async fn unknown(uri: axum::http::Uri) -> Refusal {
    Problem::new(Code::NotFound, format!("no route {}", uri.path())).into()
}

async fn not_allowed(method: axum::http::Method, uri: axum::http::Uri) -> Refusal {
    let message = format!("route {} does not answer {method}", uri.path());
    Refusal::with(
        axum::http::StatusCode::METHOD_NOT_ALLOWED,
        Problem::new(Code::BadRequest, message),
    )
}

/// The type that carries a request's peer.
pub(crate) type Peer = axum::extract::ConnectInfo<SocketAddr>;
