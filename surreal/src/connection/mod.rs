//! A connection that mends itself: it dials, signs in and selects the database again whenever a link broke.
//!
//! # Invariants
//! - A statement is sent at most once. Whether to say it again is the caller's decision: [`Database::retry`].
//! - Nothing waits for ever: a link whose server no longer listens is given up within seconds ([`link`]).
//! - A [`Transaction`] lives on one link and dies with it.
//!
//! # Absent on purpose
//! No pool: whoever must not wait for others takes a socket of its own ([`Database::socket`]).

use std::sync::Arc;

use protocol::limits;
use surrealdb::types::{Object, Value, Variables};
use tokio::sync::Mutex;

mod bearer;
mod link;
mod live;
#[cfg(unix)]
mod nodelay;
mod pass;
mod place;
mod retry;
mod transaction;

pub use bearer::Bearer;
pub use live::{Live, Told};
pub use place::Missing;
pub use transaction::Transaction;

use crate::error::Error;
use link::Link;
use pass::Pass;

/// Which database, and as whom.
#[derive(Clone, PartialEq, Eq)]
pub struct Options {
    /// Where it listens: `ws://127.0.0.1:8000`, with or without `/rpc`.
    pub ws: String,
    /// The namespace.
    pub ns: String,
    /// The database.
    pub db: String,
    /// A system user: of the root, the namespace or the database.
    pub user: String,
    /// His password.
    pub pass: String,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{} {}/{}", self.user, self.ws, self.ns, self.db)
    }
}

/// As whom a link speaks.
#[derive(Clone)]
enum Identity {
    /// The system user of the options.
    System(Arc<Pass>),
    /// A record user, by his token.
    User(String),
    /// Nobody.
    Guest,
}

/// A connection to one database. Clones share its socket.
#[derive(Clone)]
pub struct Database(Arc<Inner>);

struct Inner {
    options: Options,
    identity: Identity,
    /// Bytes of one message.
    bytes_max: usize,
    link: Mutex<Option<Arc<Link>>>,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Database({:?})", self.0.options)
    }
}

impl Database {
    // -- connecting ------------------------------------------------------------------------------------------

    /// Connects as the options' system user. Fails at once if nobody listens or the sign-in is refused.
    pub async fn connect(options: Options) -> Result<Database, Error> {
        Database::dial(options, Identity::System(Arc::default()), limits::MESSAGE_BYTES_MAX).await
    }

    /// Opens another socket, as the same user.
    pub async fn socket(&self) -> Result<Database, Error> {
        self.socket_of(self.0.bytes_max).await
    }

    /// Opens another socket, as the same user, that takes messages up to a size.
    pub(crate) async fn socket_of(&self, bytes_max: usize) -> Result<Database, Error> {
        Database::dial(self.0.options.clone(), self.0.identity.clone(), bytes_max).await
    }

    /// Opens a socket for the record user to whom the token was given; the database verifies it.
    pub async fn as_user(&self, token: &str) -> Result<Database, Error> {
        Database::dial(self.0.options.clone(), Identity::User(token.to_owned()), self.0.bytes_max)
            .await
    }

    /// Opens a socket for nobody: what a client can do before it signed in.
    pub async fn as_guest(&self) -> Result<Database, Error> {
        Database::dial(self.0.options.clone(), Identity::Guest, self.0.bytes_max).await
    }

    /// Signs a new record user up and returns his token.
    pub async fn sign_up(&self, access: &str, params: Object) -> Result<String, Error> {
        let link = Link::dial(&self.0.options, &Identity::Guest, self.0.bytes_max).await?;
        link.sign_up(&self.0.options, access, params).await
    }

    /// Signs a record user in and returns his token.
    pub async fn sign_in(&self, access: &str, params: Object) -> Result<String, Error> {
        let link = Link::dial(&self.0.options, &Identity::Guest, self.0.bytes_max).await?;
        link.sign_in(&self.0.options, access, params).await
    }

    async fn dial(
        options: Options,
        identity: Identity,
        bytes_max: usize,
    ) -> Result<Database, Error> {
        let link = Link::dial(&options, &identity, bytes_max).await?;
        let link = Mutex::new(Some(Arc::new(link)));
        Ok(Database(Arc::new(Inner { options, identity, bytes_max, link })))
    }

    /// What this connection was made with.
    pub fn options(&self) -> &Options {
        &self.0.options
    }

    // -- speaking --------------------------------------------------------------------------------------------

    /// Runs statements and returns each one's result, in order; or the error that tells why one has none.
    pub async fn query(&self, text: &str, vars: impl Into<Variables>) -> Result<Vec<Value>, Error> {
        self.link().await?.query(text, vars.into()).await
    }

    /// Runs one statement.
    pub async fn query_one(&self, text: &str, vars: impl Into<Variables>) -> Result<Value, Error> {
        Ok(self.query(text, vars).await?.into_iter().next().unwrap_or_default())
    }

    /// Asks for the server's version, `3.3.5`.
    pub async fn version(&self) -> Result<String, Error> {
        self.link().await?.version().await
    }

    /// Begins a client transaction: a repeatable snapshot until it is committed or cancelled.
    ///
    /// Each is a session of its own on this socket; finished ones are used again.
    pub async fn transaction(&self) -> Result<Transaction, Error> {
        Transaction::begin(self.link().await?).await
    }

    async fn link(&self) -> Result<Arc<Link>, Error> {
        let mut slot = self.0.link.lock().await;
        if let Some(link) = slot.as_ref().filter(|link| !link.is_broken()) {
            return Ok(Arc::clone(link));
        }
        *slot = None;
        let link = Arc::new(Link::dial(&self.0.options, &self.0.identity, self.0.bytes_max).await?);
        *slot = Some(Arc::clone(&link));
        Ok(link)
    }
}

/// Names the values of a statement: `vars([("id", id.into_value())])`.
pub fn vars<const N: usize>(named: [(&str, Value); N]) -> Variables {
    named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
