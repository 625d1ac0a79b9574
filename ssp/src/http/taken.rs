//! What handlers take from a request. Where the framework refuses a part of it in words of its own, it is a [`Problem`]
//! here, like every other error.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use protocol::limits::BODY_BYTES_MAX;
use protocol::{Code, Problem};
use serde::de::DeserializeOwned;

use super::Refusal;

/// The body, whole.
pub(super) struct Body(pub(super) Bytes);

/// What the route names by `{…}`.
pub(super) struct Named(pub(super) String);

/// What stands behind the `?`.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Body, Refusal> {
        Bytes::from_request(request, state).await.map(Body).map_err(|rejection| {
            let status = rejection.status();
            let problem = if status == StatusCode::PAYLOAD_TOO_LARGE {
                let message = format!("the body has more than {BODY_BYTES_MAX} bytes");
                Problem::new(Code::LimitExceeded, message)
            } else {
                Problem::new(Code::BadRequest, rejection.body_text().to_lowercase())
            };
            Refusal::with(status, problem)
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Named, Refusal> {
        let named = Path::<String>::from_request_parts(parts, state).await;
        let Path(name) = named.map_err(|rejection| bad(&rejection.body_text()))?;
        Ok(Named(name))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Asked<T>, Refusal> {
        let asked = Query::<T>::from_request_parts(parts, state).await;
        let Query(asked) = asked.map_err(|rejection| bad(&rejection.body_text()))?;
        Ok(Asked(asked))
    }
}

fn bad(words: &str) -> Refusal {
    Problem::new(Code::BadRequest, words.to_lowercase()).into()
}
