//! `POST /ingest`: rows that somebody posts, and what events announce.
//!
//! # Invariants
//! - An announcement is answered at once: a writer's transaction is open meanwhile. It is taken as soon as anybody could
//!   act on it, so that a processor that starts fails as few writers as can be.
//! - A post is answered when its rows are in memory; their edges follow.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::{Extension, Json};
use protocol::wire::{Ingested, Status};
use protocol::{Code, Problem};
use surreal::meta::announce::PROBE;

use super::guard::Poster;
use super::taken;
use super::{Door, Refusal};
use crate::ingest::{self, Body};

pub(super) async fn ingest(
    State(door): State<Arc<Door>>,
    Extension(poster): Extension<Poster>,
    headers: HeaderMap,
    taken::Body(body): taken::Body,
) -> Result<Json<Ingested>, Refusal> {
    let schema = door.pulse.borrow().schema.clone();
    let Body { posts, mut announced } = if is_cbor(&headers) {
        ingest::of_cbor(&body)
    } else {
        ingest::of_json(&body, schema.as_deref())
    }?;
    if poster == Poster::Events && !posts.is_empty() {
        let message = "the bearer of events does not post rows";
        return Err(Problem::new(Code::Unauthorized, message).into());
    }
    announced.retain(|said| said.record.table.as_str() != PROBE);
    let memory = door.pulse.borrow().posted.memory;
    let mut ingested = Ingested { applied: 0, captured: announced.len(), memory };
    if !announced.is_empty() {
        let capture = door.inner()?.capture;
        announced.into_iter().for_each(|said| capture.announce(said));
    }
    if !posts.is_empty() {
        let posted = takes_posts(&door)?.capture.post(posts).await?;
        ingested = Ingested { captured: ingested.captured + posted.captured, ..posted };
    }
    Ok(Json(ingested))
}

fn takes_posts(door: &Door) -> Result<super::Inner, Problem> {
    let (status, problem) = {
        let pulse = door.pulse.borrow();
        (pulse.status, pulse.problem.clone())
    };
    match status {
        Status::Ready | Status::Replaying => door.inner(),
        Status::Bootstrapping | Status::Failed => {
            let why = problem.map(|its| format!(": {}: {}", its.code.as_str(), its.message));
            let message =
                format!("the processor is {}{}", status.as_str(), why.unwrap_or_default());
            Err(Problem::new(Code::SspNotReady, message).hint("try again"))
        }
    }
}

fn is_cbor(headers: &HeaderMap) -> bool {
    let named = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = named.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/cbor")
}
