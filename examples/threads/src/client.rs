//! One user's client.
//!
//! This is the whole of Sp00ky as an application sees it: LIVE on the user's own table, `fn::query::register`, and
//! bodies fetched by id with the user's own rights.

use std::sync::Arc;

use futures_util::{Stream, StreamExt};
use surrealdb::Notification;
use surrealdb::Surreal;
use surrealdb::engine::remote::ws::Client as Socket;
use surrealdb::opt::auth::Record;
use surrealdb::types::{Action, Object, QueryError, RecordId, SurrealValue, ToSql, Value};

use crate::line::{self, Clock};
use crate::{Failure, Settings};

/// What is asked, under which name, with which parameters.
const QUERIES: [(&str, &str, &str); 3] = [
    ("mine", "SELECT * FROM thread WHERE owner = $auth.id", "{}"),
    (
        "talk",
        "SELECT * FROM comment WHERE thread = $thread ORDER BY at DESC LIMIT 3",
        "{ thread: thread:7 }",
    ),
    (
        "top",
        "SELECT title, votes FROM thread WHERE board = $board ORDER BY votes DESC LIMIT 5",
        "{ board: 'databases' }",
    ),
];

type Edges = Box<dyn Stream<Item = surrealdb::Result<Notification<Edge>>> + Send + Unpin>;

/// A row of the user's own table: this record is in the answer of that query.
#[derive(Clone, Debug, SurrealValue)]
#[surreal(crate = "surrealdb::types")]
pub struct Edge {
    /// The registered query.
    #[surreal(rename = "in")]
    query: RecordId,
    /// The record.
    out: RecordId,
}

/// A user who signed up.
pub struct Client {
    /// Their name.
    pub name: &'static str,
    /// Shared, not cloned: a clone is another session, which would sign up again.
    socket: Arc<Surreal<Socket>>,
    edges: Option<Edges>,
}

#[derive(SurrealValue)]
#[surreal(crate = "surrealdb::types")]
struct Credentials {
    name: String,
    password: String,
}

impl Client {
    /// Signs a user up (or in, where the rows were kept) and follows their table at once.
    pub async fn sign_up(settings: &Settings, name: &'static str) -> Result<Client, Failure> {
        let socket = settings.connect().await?;
        let record = || Record {
            namespace: settings.namespace.clone(),
            database: settings.database.clone(),
            access: "account".to_owned(),
            params: Credentials { name: name.to_owned(), password: "correct horse".to_owned() },
        };
        if socket.signup(record()).await.is_err() {
            socket.signin(record()).await?;
        }
        let table: String = one(socket.query("RETURN fn::query::table()").await?)?;
        let edges = live(&socket, &table).await?;
        Ok(Client { name, socket: Arc::new(socket), edges: Some(edges) })
    }

    /// Registers the queries.
    pub async fn register_queries(&mut self) -> Result<(), Failure> {
        for (id, surql, params) in QUERIES {
            let config = format!(
                "RETURN fn::query::register({{ id: $id, surql: $surql, params: {params}, clientId: $client, ttl: '10m' }})"
            );
            let registering = self.socket.query(config).bind(("id", id)).bind(("surql", surql));
            registering.bind(("client", format!("demo-{}", self.name))).await?.check()?;
            line::note(&format!("  {} {id}: {surql}", self.name));
        }
        Ok(())
    }

    /// Prints what comes over LIVE, from now on.
    pub fn follow(&mut self, clock: &Clock) -> Result<(), Failure> {
        let mut edges = self.edges.take().ok_or("followed already")?;
        let (name, socket, clock) = (self.name, Arc::clone(&self.socket), clock.clone());
        tokio::spawn(async move {
            while let Some(told) = edges.next().await {
                let shown = match told {
                    Ok(told) => show(name, &socket, &clock, told).await,
                    Err(error) => Err(error.into()),
                };
                if let Err(error) = shown {
                    line::note(&format!("{name}: {error}"));
                }
            }
        });
        Ok(())
    }

    /// Writes something with the user's own rights.
    pub async fn write(&self, statement: &str, clock: &Clock) -> Result<(), Failure> {
        line::written(self.name, statement);
        clock.wrote();
        self.socket.query(statement).await?.check()?;
        Ok(())
    }
}

/// Follows a table. The database may ask for it to be said again: the table was made a moment ago.
async fn live(socket: &Surreal<Socket>, table: &str) -> Result<Edges, Failure> {
    loop {
        let asked = socket.query(format!("LIVE SELECT * FROM {table}")).await;
        match asked.and_then(|results| results.check()) {
            Ok(mut results) => return Ok(Box::new(results.stream::<Notification<Edge>>(0)?)),
            Err(error) => match error.query_details() {
                Some(QueryError::TransactionConflict) => {}
                _ => return Err(error.into()),
            },
        }
    }
}

async fn show(
    name: &str,
    socket: &Surreal<Socket>,
    clock: &Clock,
    told: Notification<Edge>,
) -> Result<(), Failure> {
    let mark = match told.action {
        Action::Create => '+',
        Action::Update => '~',
        Action::Delete => '-',
        _ => return Ok(()),
    };
    clock.told();
    let view = match &told.data.query.key {
        surrealdb::types::RecordIdKey::String(id) => id.clone(),
        key => key.to_sql(),
    };
    let body = if mark == '-' { None } else { body(socket, &told.data.out).await? };
    line::delta(name, &view, mark, &told.data.out, body.as_ref());
    Ok(())
}

/// Fetches a record with the user's own rights.
async fn body(socket: &Surreal<Socket>, record: &RecordId) -> Result<Option<Object>, Failure> {
    let rows: Value = socket
        .query("SELECT * FROM ONLY $record")
        .bind(("record", record.clone()))
        .await?
        .take(0)?;
    Ok(match rows {
        Value::Object(row) => Some(row),
        _ => None,
    })
}

fn one<T: SurrealValue>(results: surrealdb::IndexedResults) -> Result<T, Failure> {
    let value: Option<T> = results.check()?.take(0)?;
    value.ok_or_else(|| "the database answered nothing".into())
}
