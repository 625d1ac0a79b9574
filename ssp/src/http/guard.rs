//! Who may ask.
//!
//! With a secret: whoever brings it. Without one: this machine only, because an open `/view/register` would show any
//! user's rows to anybody. The other machine is told the one line to add. A user may register with his own token,
//! from anywhere: the view is then his.

use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use protocol::{Code, Problem};

use super::bearers::{Caller, unauthorized};
use super::{Door, Peer, Refusal};

/// Lets the service in.
pub(super) async fn service(
    State(door): State<Arc<Door>>,
    ConnectInfo(peer): Peer,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    admit(&door, &ConnectInfo(peer), offered(&request))?;
    Ok(next.run(request).await)
}

/// Lets the service and record users in, and notes who it is ([`Caller`]).
pub(super) async fn anyone(
    State(door): State<Arc<Door>>,
    ConnectInfo(peer): Peer,
    mut request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let token = offered(&request).filter(|token| is_token(token)).map(str::to_owned);
    let is_secret = |token: &str| door.secret.as_ref().is_some_and(|it| it.matches(token));
    let caller = match token {
        Some(token) if !is_secret(&token) => {
            let bearers = &door.bearers;
            let bearer = bearers.of(&door.inner()?.database, &door.clock, &token).await?;
            Caller::User(bearer)
        }
        _ => {
            admit(&door, &ConnectInfo(peer), offered(&request))?;
            Caller::Service
        }
    };
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

/// Who posts to `/ingest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Poster {
    /// Whoever has the secret.
    Service,
    /// The events that we put on tables: they announce, and nothing else.
    Events,
}

/// Lets the service and our events in, and notes who it is.
pub(super) async fn poster(
    State(door): State<Arc<Door>>,
    ConnectInfo(peer): Peer,
    mut request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let offered = offered(&request);
    let announces = |bearer: &service::Secret| bearer.matches(offered.unwrap_or_default());
    let poster = if door.announcing.as_ref().is_some_and(announces) {
        Poster::Events
    } else {
        admit(&door, &ConnectInfo(peer), offered)?;
        Poster::Service
    };
    request.extensions_mut().insert(poster);
    Ok(next.run(request).await)
}

fn admit(door: &Door, ConnectInfo(peer): &Peer, offered: Option<&str>) -> Result<(), Problem> {
    match &door.secret {
        Some(secret) if secret.matches(offered.unwrap_or_default()) => Ok(()),
        Some(_) => Err(unauthorized("the secret is missing or wrong")),
        None if peer.ip().to_canonical().is_loopback() => Ok(()),
        None => {
            let message = "without a secret this route answers its own machine only";
            Err(Problem::new(Code::LoopbackOnly, message)
                .hint("set SPKY_AUTH_SECRET here and send it as the bearer"))
        }
    }
}

fn offered(request: &Request) -> Option<&str> {
    bearer(request.headers().get(AUTHORIZATION)?.to_str().ok()?)
}

/// Whether it has the form of the database's tokens (RFC 7519): three parts.
fn is_token(offered: &str) -> bool {
    offered.split('.').count() == 3
}

/// Returns the token of a bearer's header; the scheme's case does not matter.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::bearer;

    #[test]
    fn a_bearer_is_read_whatever_its_case() {
        assert_eq!(bearer("Bearer s3cret"), Some("s3cret"));
        assert_eq!(bearer("bearer  s3cret"), Some("s3cret"));
        assert_eq!(bearer("Basic s3cret"), None);
        assert_eq!(bearer("s3cret"), None);
    }
}
