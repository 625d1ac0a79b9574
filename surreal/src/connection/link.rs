//! One WebSocket, signed in, with its database selected.
//!
//! The client library reconnects by itself and lets requests wait meanwhile, without bound. So while an answer is
//! outstanding the server's door is tried every two seconds; when nobody opens, or when nothing at all is said on this
//! socket any more, the link is broken for good and its owner dials a new one. So it is when the library, having
//! reconnected, was not let in with what it had been let in with before: whatever it is asked then, it refuses by itself.
//!
//! # Invariants
//! - A broken link never works again.
//! - The link's own client is never cloned for a query: a clone is a session, and is let in anew.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use surrealdb::engine::remote::ws::{Client, Ws};
use surrealdb::method::{self, Query, QueryStream};
use surrealdb::opt::auth::Record;
use surrealdb::opt::{Config, WebsocketConfig};
use surrealdb::types::{Error as Answer, Object, Value, Variables};
use surrealdb::{IndexedResults, Notification, Surreal};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Identity, Options};
use crate::error::Error;

const DIAL_MAX: Duration = Duration::from_secs(5);
const PROBE_EVERY: Duration = Duration::from_secs(2);
/// The longest that a small question beside the outstanding one stays unanswered: a socket can be half-open, because
/// whatever lies between forgot it, and then nobody says so. A large answer before it has to pass in that time.
const SILENCE_MAX: Duration = Duration::from_secs(10);
const ANSWER_MAX: Duration = Duration::from_secs(120);
/// How soon a socket that the client library dialled by itself is made prompt.
const PROMPT_EVERY: Duration = Duration::from_secs(15);

/// Idle sessions kept for the next transactions.
const SESSIONS_KEPT_MAX: usize = 8;

/// A live socket.
pub(super) struct Link {
    client: Surreal<Client>,
    address: String,
    sessions: Mutex<Vec<Surreal<Client>>>,
    broken: AtomicBool,
    /// Keeps its socket prompt, and ends with it.
    _prompt: JoinSet<()>,
}

impl Link {
    pub(super) async fn dial(
        options: &Options,
        identity: &Identity,
        bytes_max: usize,
    ) -> Result<Link, Error> {
        let dialling = async {
            let address = host_and_port(&options.ws)?;
            let size = WebsocketConfig::new().max_message_size(Some(bytes_max));
            let config = Config::new().websocket(size).map_err(|e| Error::sort(&e))?;
            let client = Surreal::new::<Ws>((address.as_str(), config)).await.map_err(unreached)?;
            if let Identity::System(pass) = identity {
                pass.show(&client, options).await?;
            }
            client.use_ns(&options.ns).use_db(&options.db).await.map_err(|e| Error::sort(&e))?;
            if let Identity::User(token) = identity {
                client.authenticate(token.as_str()).await.map_err(|e| Error::sort(&e))?;
            }
            let (sessions, broken) = (Mutex::default(), AtomicBool::new(false));
            let mut prompt = JoinSet::new();
            prompt.spawn(keep_prompt(address.clone()));
            Ok(Link { client, address, sessions, broken, _prompt: prompt })
        };
        let late = |_| Error::Unreachable { reason: format!("no answer within {DIAL_MAX:?}") };
        timeout(DIAL_MAX, Box::pin(dialling)).await.map_err(late)?
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    pub(super) async fn query(&self, text: &str, vars: Variables) -> Result<Vec<Value>, Error> {
        self.answer(self.client.query(text).bind(vars)).await
    }

    pub(super) async fn version(&self) -> Result<String, Error> {
        let version = self.outcome(self.client.version().into_future()).await?;
        Ok(version.to_string())
    }

    /// Sends a query and takes its answer apart.
    pub(super) async fn answer(&self, query: Query<'_, Client>) -> Result<Vec<Value>, Error> {
        let mut results = self.outcome(query.into_future()).await?;
        take_all(&mut results)
    }

    /// Runs a LIVE statement.
    pub(super) async fn live(
        &self,
        text: &str,
        vars: Variables,
    ) -> Result<QueryStream<Notification<Value>>, Error> {
        let results = self.outcome(self.client.query(text).bind(vars).into_future()).await?;
        let mut results = results.check().map_err(|answer| Error::sort(&answer))?;
        results.stream(0).map_err(|answer| Error::sort(&answer))
    }

    /// Waits for an answer as long as the server's door opens.
    pub(super) async fn outcome<T>(
        &self,
        asked: impl Future<Output = Result<T, Answer>>,
    ) -> Result<T, Error> {
        let asked = std::pin::pin!(asked);
        let watched = async {
            tokio::time::sleep(PROBE_EVERY).await;
            while self.door_opens().await && self.is_heard().await {
                tokio::time::sleep(PROBE_EVERY).await;
            }
        };
        let outcome = tokio::select! {
            biased;
            answer = asked => match answer.map_err(|answer| Error::sort(&answer)) {
                Err(Error::Refused { message }) if !self.is_let_in(&self.client).await => {
                    Err(Error::Unreachable { reason: message })
                }
                outcome => outcome,
            },
            () = watched => Err(Error::Unknown { reason: "the server is not heard".into() }),
            () = tokio::time::sleep(ANSWER_MAX) => {
                Err(Error::Unknown { reason: format!("no answer within {ANSWER_MAX:?}") })
            }
        };
        if outcome.as_ref().is_err_and(Error::is_lost) {
            self.broken.store(true, Ordering::Relaxed);
        }
        outcome
    }

    async fn door_opens(&self) -> bool {
        matches!(timeout(PROBE_EVERY, TcpStream::connect(&self.address)).await, Ok(Ok(_)))
    }

    /// Whether anything is answered on this socket.
    async fn is_heard(&self) -> bool {
        timeout(SILENCE_MAX, self.client.version().into_future()).await.is_ok()
    }

    /// Whether the library still takes requests for a session: it does not once the server refused what sets it up.
    async fn is_let_in(&self, session: &Surreal<Client>) -> bool {
        matches!(timeout(SILENCE_MAX, session.version().into_future()).await, Ok(Ok(_)))
    }

    /// Says that the link is of no use any more.
    fn give_up(&self, reason: String) -> Error {
        self.broken.store(true, Ordering::Relaxed);
        Error::Unreachable { reason }
    }

    // -- sessions of their own: the library lets each in as it did the link's, with a token that may have expired --------

    /// Begins a transaction.
    pub(super) async fn begin(&self) -> Result<method::Transaction<Client>, Error> {
        let kept = self.sessions.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let session = kept.unwrap_or_else(|| self.client.clone());
        match self.outcome(session.begin().into_future()).await {
            // Nothing else makes a server refuse it.
            Err(Error::Refused { message }) => Err(self.give_up(message)),
            begun => begun,
        }
    }

    pub(super) fn put_back(&self, session: Surreal<Client>) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() < SESSIONS_KEPT_MAX {
            sessions.push(session);
        }
    }

    // -- record users ----------------------------------------------------------------------------------------

    pub(super) async fn sign_up(
        &self,
        options: &Options,
        access: &str,
        params: Object,
    ) -> Result<String, Error> {
        let token = self.outcome(self.client.signup(record(options, access, params)).into_future());
        Ok(token.await?.access.into_insecure_token())
    }

    /// Runs statements as a record user, in a session that ends with them.
    pub(super) async fn speaking_for(
        &self,
        token: &str,
        text: &str,
        vars: Variables,
    ) -> Result<Vec<Value>, Error> {
        let session = self.client.clone();
        if !self.is_let_in(&session).await {
            return Err(self.give_up("a new session is not let in".into()));
        }
        self.outcome(session.authenticate(token).into_future()).await?;
        self.answer(session.query(text).bind(vars)).await
    }

    pub(super) async fn sign_in(
        &self,
        options: &Options,
        access: &str,
        params: Object,
    ) -> Result<String, Error> {
        let token = self.outcome(self.client.signin(record(options, access, params)).into_future());
        Ok(token.await?.access.into_insecure_token())
    }
}

fn record(options: &Options, access: &str, params: Object) -> Record<Object> {
    Record {
        namespace: options.ns.clone(),
        database: options.db.clone(),
        access: access.to_owned(),
        params,
    }
}

/// Cuts `ws://host:port/rpc` down to `host:port`.
pub(super) fn host_and_port(ws: &str) -> Result<String, Error> {
    let rest = ws.strip_prefix("ws://").or_else(|| ws.strip_prefix("http://"));
    let Some(rest) = rest else {
        return Err(Error::refused(format!("address `{ws}`: only ws:// is spoken here")));
    };
    let host = rest.split('/').next().unwrap_or_default();
    let with_port = host.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok());
    Ok(if with_port { host.to_owned() } else { format!("{host}:80") })
}

fn take_all(results: &mut IndexedResults) -> Result<Vec<Value>, Error> {
    let count = results.num_statements();
    let mut values = Vec::with_capacity(count);
    let mut refusals = Vec::new();
    for index in 0..count {
        match results.take::<Value>(index) {
            Ok(value) => values.push(value),
            Err(answer) => refusals.push(answer),
        }
    }
    Error::telling(&refusals).map_or(Ok(values), Err)
}

pub(super) fn unreached(answer: Answer) -> Error {
    Error::Unreachable { reason: answer.message().to_owned() }
}

/// Sends small requests to an address at once, over whichever sockets lead there.
async fn keep_prompt(address: String) {
    #[cfg(unix)]
    loop {
        let peers = tokio::net::lookup_host(&address).await.map(Vec::from_iter);
        let prompt = super::nodelay::on_sockets_to(&peers.unwrap_or_default());
        tracing::trace!(address, prompt, "sockets that do not delay");
        tokio::time::sleep(PROMPT_EVERY).await;
    }
}
