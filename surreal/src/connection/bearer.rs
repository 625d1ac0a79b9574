//! Whom a record user's token speaks for: the database is asked, in a session that ends with the answer.

use std::time::Duration;

use surrealdb::types::{Number, Object, RecordId, Value};

use super::{Database, vars};
use crate::error::Error;

const WHO: &str = "RETURN { user: $auth, access: $access, ns: session::ns(), db: session::db(), \
    until: $token.exp }";

/// A record user, by his token.
#[derive(Clone, Debug, PartialEq)]
pub struct Bearer {
    /// His record.
    pub user: RecordId,
    /// How he came in.
    pub access: Option<String>,
    /// Until when the token is good, since 1970.
    pub until: Option<Duration>,
}

impl Database {
    /// Has the database verify a token. Refused: one that it does not take, of another database, or of a system user.
    /// Whether the user's record is there is not asked: registering asks.
    pub async fn bearer(&self, token: &str) -> Result<Bearer, Error> {
        let answer = self.link().await?.speaking_for(token, WHO, vars([])).await?.pop();
        let Some(Value::Object(said)) = answer else {
            return Err(Error::refused("the database does not say whose the token is"));
        };
        let options = self.options();
        if text(&said, "ns") != Some(&options.ns) || text(&said, "db") != Some(&options.db) {
            return Err(Error::refused("the token is of another database"));
        }
        let Some(Value::RecordId(user)) = said.get("user") else {
            return Err(Error::refused("the token is of no record user"));
        };
        let until = match said.get("until") {
            Some(Value::Number(Number::Int(seconds))) => u64::try_from(*seconds).ok(),
            _ => None,
        };
        Ok(Bearer {
            user: user.clone(),
            access: text(&said, "access").cloned(),
            until: until.map(Duration::from_secs),
        })
    }
}

fn text<'a>(said: &'a Object, field: &str) -> Option<&'a String> {
    match said.get(field) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}
