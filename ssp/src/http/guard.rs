//! Who may ask.
//!
//! With a secret: whoever brings it. Without one: this machine only, because an open `/view/register` would show any
//! user's rows to anybody. The other machine is told the one line to add.

use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use protocol::{Code, Problem};

use super::{Door, Peer, Refusal};

pub(super) async fn check(
    State(door): State<Arc<Door>>,
    ConnectInfo(peer): Peer,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    match &door.secret {
        Some(secret) => {
            let offered = request.headers().get(AUTHORIZATION).and_then(|it| it.to_str().ok());
            let offered = offered.and_then(bearer).unwrap_or_default();
            if !secret.matches(offered) {
                return Err(Problem::new(Code::Unauthorized, "the secret is missing or wrong")
                    .hint("send `Authorization: Bearer <SPKY_AUTH_SECRET>`")
                    .into());
            }
        }
        None if !peer.ip().to_canonical().is_loopback() => {
            let message = "without a secret this route answers its own machine only";
            return Err(Problem::new(Code::LoopbackOnly, message)
                .hint("set SPKY_AUTH_SECRET here and send it as the bearer")
                .into());
        }
        None => {}
    }
    Ok(next.run(request).await)
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
