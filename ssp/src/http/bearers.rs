//! Who speaks: the service, by its secret, or a record user, by his own token.
//!
//! A user's token is verified by the database, once; what it said is remembered until the token ends, and at most for a
//! while, because an access can be removed meanwhile.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use protocol::{Code, Problem};
use service::Clock;
use surreal::{Bearer, Database};
use surrealdb_types::RecordId;

use super::views;

/// Whoever asks, as the guard found out.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Caller {
    /// Whoever has the service's secret, or is on this machine while there is none.
    Service,
    /// A record user: what he registers is his.
    User(Bearer),
}

impl Caller {
    /// Whose view it is: what the body names, if the caller may name it.
    pub(super) fn speaks_for(&self, named: Option<&str>) -> Result<Option<RecordId>, Problem> {
        let named = views::user("authId", named)?;
        match self {
            Caller::Service => Ok(named),
            Caller::User(bearer) if named.as_ref().is_none_or(|named| *named == bearer.user) => {
                Ok(Some(bearer.user.clone()))
            }
            Caller::User(_) => Err(not_his("authId")),
        }
    }

    /// How the view's user came in.
    pub(super) fn access(&self, named: Option<String>) -> Result<Option<String>, Problem> {
        match self {
            Caller::Service => Ok(named),
            Caller::User(bearer) if named.is_none() || named == bearer.access => {
                Ok(bearer.access.clone())
            }
            Caller::User(_) => Err(not_his("access")),
        }
    }
}

fn not_his(field: &str) -> Problem {
    let message = format!("with a user's token, `{field}` can only be that user's own");
    Problem::new(Code::Unauthorized, message).hint("leave it out: the token says who he is")
}

/// How long an answer of the database is believed.
const BELIEVED_FOR: Duration = Duration::from_secs(300);

/// Tokens that are remembered; over it they are all asked for again.
const TOKENS_MAX: usize = 10_000;

/// Longer ones are nobody's.
const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// What the database said of tokens.
#[derive(Debug, Default)]
pub(crate) struct Bearers {
    known: Mutex<HashMap<String, Known>>,
}

#[derive(Debug)]
struct Known {
    bearer: Bearer,
    /// Since 1970.
    until: Duration,
}

impl Bearers {
    /// Says whose a token is.
    pub(super) async fn of(
        &self,
        database: &Database,
        clock: &Clock,
        token: &str,
    ) -> Result<Bearer, Problem> {
        let now = Duration::from_micros(clock.unix_micros());
        if let Some(bearer) = self.remembered(token, now) {
            return Ok(bearer);
        }
        if token.len() > TOKEN_BYTES_MAX {
            return Err(unauthorized("the token is too long"));
        }
        let bearer = database.bearer(token).await.map_err(|error| match error {
            surreal::Error::Refused { message } => {
                unauthorized(format!("neither the secret nor a user's token: {message}"))
            }
            error => Problem::new(Code::DatabaseUnreachable, error.to_string()),
        })?;
        let until = bearer.until.unwrap_or(Duration::MAX).min(now + BELIEVED_FOR);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= TOKENS_MAX {
            known.clear();
        }
        known.insert(token.to_owned(), Known { bearer: bearer.clone(), until });
        Ok(bearer)
    }

    fn remembered(&self, token: &str, now: Duration) -> Option<Bearer> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(token).filter(|known| now < known.until).map(|known| known.bearer.clone())
    }
}

pub(super) fn unauthorized(message: impl Into<String>) -> Problem {
    Problem::new(Code::Unauthorized, message)
        .hint("send `Authorization: Bearer <SPKY_AUTH_SECRET>`, or to register a user's own token")
}
