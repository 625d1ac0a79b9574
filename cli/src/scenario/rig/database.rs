//! A database of its own for one scenario, and the users in it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use surreal::rows::unlike;
use surreal::{Database, Error, Options, vars};
use surrealdb_types::{Object, RecordId, SurrealValue, ToSql, Value, Variables};
use view::value::address::Address;

use super::{Stopped, definitions};
use crate::scenario::parse::DEFAULT_ACCESS;
use crate::scenario::script::{Registration, Script, Write};

/// A database's server, and its root user.
#[derive(Clone, Debug)]
pub struct Server {
    /// `ws://127.0.0.1:8000`
    pub ws: String,
    /// The root user.
    pub user: String,
    /// His password.
    pub pass: String,
}

/// The database of one run.
pub struct Ground {
    /// As the root user.
    pub root: Database,
    users: BTreeMap<(RecordId, String), Database>,
}

static GROUNDS_MADE: AtomicU64 = AtomicU64::new(0);

impl Ground {
    /// Makes a new database on the server, with the tables that exist from the start and every access of the script.
    pub async fn new(server: &Server, script: &Script) -> Result<Ground, Stopped> {
        let ground = Ground::empty(server).await?;
        for table in definitions::tables_from_the_start(script) {
            let table = surrealdb_types::Table::new(table).to_sql();
            let text =
                format!("DEFINE TABLE IF NOT EXISTS {table} TYPE ANY SCHEMALESS PERMISSIONS FULL");
            ground.root.repeat(&text, vars([])).await?;
        }
        let mut accesses: Vec<&str> =
            script.registrations().map(|view| view.access.as_str()).collect();
        accesses.push(DEFAULT_ACCESS);
        for access in accesses {
            ground.define_access(access).await?;
        }
        Ok(ground)
    }

    /// Makes a new, empty database on the server.
    pub async fn empty(server: &Server) -> Result<Ground, Stopped> {
        let made = GROUNDS_MADE.fetch_add(1, Ordering::Relaxed);
        let db = format!("scenario_{}_{made}", std::process::id());
        let options = Options {
            ws: server.ws.clone(),
            ns: "scenarios".to_owned(),
            db: db.clone(),
            user: server.user.clone(),
            pass: server.pass.clone(),
        };
        let root = Database::connect(options).await?;
        let text = format!(
            "DEFINE NAMESPACE IF NOT EXISTS scenarios; \
             REMOVE DATABASE IF EXISTS {db}; DEFINE DATABASE {db}"
        );
        root.repeat(&text, vars([])).await?;
        Ok(Ground { root, users: BTreeMap::new() })
    }

    /// Defines an access by which a user signs in with nothing but his record.
    async fn define_access(&self, access: &str) -> Result<(), Error> {
        let text = format!(
            "DEFINE ACCESS IF NOT EXISTS {access} ON DATABASE TYPE RECORD \
             SIGNIN (SELECT * FROM $user) DURATION FOR TOKEN 1h, FOR SESSION 12h"
        );
        self.root.repeat(&text, vars([])).await.map(drop)
    }

    // -- writing ---------------------------------------------------------------------------------------------

    /// Runs one transaction; `Refused` if the database rejects it.
    pub async fn write(&self, writes: &[Write], end: &str) -> Result<(), Error> {
        let mut bound = Object::new();
        let mut text = "BEGIN;\n".to_owned();
        for (at, write) in writes.iter().enumerate() {
            text.push_str(&statement(at, write, &mut bound));
            text.push_str(";\n");
        }
        text.push_str(end);
        let bound = bound.into_inner().into_iter().collect::<Variables>();
        self.root.query(&text, bound).await.map(drop)
    }

    /// Runs a definition; `Refused` if the database rejects it.
    pub async fn define(&self, text: &str) -> Result<(), Error> {
        self.root.query(text, vars([])).await.map(drop)
    }

    // -- asking ----------------------------------------------------------------------------------------------

    /// Whether a record exists.
    pub async fn exists(&self, id: &RecordId) -> Result<bool, Error> {
        Ok(!self.rows(std::slice::from_ref(id)).await?.is_empty())
    }

    /// Reads the stored rows of these records, as they are.
    pub async fn rows(&self, ids: &[RecordId]) -> Result<BTreeMap<Address, Object>, Error> {
        let mut found = BTreeMap::new();
        for ids in unlike(ids.iter().cloned()) {
            let ids = vars([("ids", ids.into_value())]);
            let answer = self.root.query_one("SELECT * FROM $ids", ids).await;
            found.extend(rows(or_empty(answer)?).into_iter().filter_map(
                |row| match row.get("id") {
                    Some(Value::RecordId(id)) => Some((Address(id.clone()), row)),
                    _ => None,
                },
            ));
        }
        Ok(found)
    }

    /// The records that stand behind a FROM, in the order that they come in.
    pub async fn records(&self, from: &str, params: &Variables) -> Result<Vec<RecordId>, Error> {
        let text = format!("SELECT VALUE id FROM {from}");
        let answer = or_empty(self.root.query_one(&text, params.clone()).await)?;
        let Value::Array(ids) = answer else { return Ok(Vec::new()) };
        let records = ids.into_iter().filter_map(|id| match id {
            Value::RecordId(id) => Some(id),
            _ => None,
        });
        Ok(records.collect())
    }

    /// The connection of a view's user: his own, or the root's where the caller is the system.
    pub async fn connection(&mut self, view: &Registration) -> Result<Database, Error> {
        let Some(user) = &view.user else { return Ok(self.root.clone()) };
        let key = (user.clone(), view.access.clone());
        if let Some(known) = self.users.get(&key) {
            return Ok(known.clone());
        }
        let mut params = Object::new();
        params.insert("user", user.clone());
        let token = self.root.sign_in(&view.access, params).await?;
        let connection = self.root.as_user(&token).await?;
        self.users.insert(key, connection.clone());
        Ok(connection)
    }

    /// Removes the database; that it stays otherwise hurts nobody.
    pub async fn remove(self) {
        let text = format!("REMOVE DATABASE IF EXISTS {}", self.root.options().db);
        let _ = self.root.query(&text, vars([])).await;
    }

    /// Forgets a user's connection, so that the next one signs in again.
    pub fn forget(&mut self, user: &RecordId) {
        self.users.retain(|(known, _), _| known != user);
    }
}

fn statement(at: usize, write: &Write, bound: &mut Object) -> String {
    let mut bind = |name: &str, value: Value| {
        let name = format!("{name}{at}");
        bound.insert(name.clone(), value);
        format!("${name}")
    };
    match write {
        Write::Create(id, content) => format!(
            "CREATE {} CONTENT {} RETURN NONE",
            bind("id", id.clone().into_value()),
            bind("content", Value::Object(content.clone()))
        ),
        Write::Update(id, content) => format!(
            "UPDATE {} CONTENT {} RETURN NONE",
            bind("id", id.clone().into_value()),
            bind("content", Value::Object(content.clone()))
        ),
        Write::Merge(id, content) => format!(
            "UPDATE {} MERGE {} RETURN NONE",
            bind("id", id.clone().into_value()),
            bind("content", Value::Object(content.clone()))
        ),
        Write::Delete(id) => format!("DELETE {}", bind("id", id.clone().into_value())),
        Write::Relate { from, edge, to, content } => format!(
            "RELATE {}->{}->{} CONTENT {} RETURN NONE",
            bind("from", from.clone().into_value()),
            bind("edge", edge.clone().into_value()),
            bind("to", to.clone().into_value()),
            bind("content", Value::Object(content.clone()))
        ),
    }
}

/// A table that nobody defined yet has no rows: there the database fails, and a view is empty.
pub fn or_empty(answer: Result<Value, Error>) -> Result<Value, Error> {
    match answer {
        Err(Error::Refused { message })
            if message.starts_with("The table '") && message.ends_with("does not exist") =>
        {
            Ok(Value::Array(surrealdb_types::Array::new()))
        }
        answer => answer,
    }
}

/// The objects of an answer.
pub fn rows(answer: Value) -> Vec<Object> {
    let Value::Array(items) = answer else { return Vec::new() };
    let objects = items.into_iter().filter_map(|item| match item {
        Value::Object(row) => Some(row),
        _ => None,
    });
    objects.collect()
}
