//! Whether a namespace and a database exist, asked before they are selected.
//!
//! Selecting one makes it, where the system user may make it: a slip in a name would leave an empty database behind.

use std::time::Duration;

use protocol::{Code, Problem};
use surrealdb::Surreal;
use surrealdb::engine::remote::ws::Client;
use surrealdb::types::Value;
use tokio::time::timeout;

use super::pass::signed_in;
use super::{Database, Options};
use crate::error::Error;
use crate::names::quoted;
use crate::structure::{parts, text, whole};

const ASKED_WITHIN: Duration = Duration::from_secs(10);

/// What there is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The namespace, and so the database.
    Namespace,
    /// The database.
    Database,
}

impl Missing {
    /// Says so.
    pub fn problem(self, options: &Options) -> Problem {
        let Options { ns, db, ws, .. } = options;
        let message = match self {
            Missing::Namespace => format!("{ws} has no namespace `{ns}`"),
            Missing::Database => format!("{ws} has no database `{db}` in namespace `{ns}`"),
        };
        Problem::new(Code::DatabaseMissing, message)
    }
}

impl Database {
    /// Says what of a place is missing, without making it. Who is signed in to a namespace or a database is let in only
    /// where that exists.
    pub async fn missing(options: &Options) -> Result<Option<Missing>, Error> {
        let asking = async {
            let (client, _) = signed_in(options).await?;
            if !lists(&client, "INFO FOR ROOT STRUCTURE", "namespaces", &options.ns).await? {
                return Ok(Some(Missing::Namespace));
            }
            let asked = format!("USE NS {}; INFO FOR NS STRUCTURE", quoted(&options.ns));
            let known = lists(&client, &asked, "databases", &options.db).await?;
            Ok((!known).then_some(Missing::Database))
        };
        let late = |_| Error::Unreachable { reason: format!("no answer within {ASKED_WITHIN:?}") };
        timeout(ASKED_WITHIN, Box::pin(asking)).await.map_err(late)?
    }
}

/// Whether the last answer lists a name; who may not ask is told nothing, and knows one place only.
async fn lists(
    client: &Surreal<Client>,
    asked: &str,
    list: &str,
    name: &str,
) -> Result<bool, Error> {
    let mut answers = client.query(asked).await.map_err(|answer| Error::sort(&answer))?;
    let told = match answers.take::<Value>(answers.num_statements() - 1) {
        Ok(told) => whole(Some(told)),
        Err(answer) => match Error::sort(&answer) {
            Error::Refused { .. } => return Ok(true),
            error => return Err(error),
        },
    };
    Ok(parts(&told, list).any(|one| text(one, "name") == Some(name)))
}
