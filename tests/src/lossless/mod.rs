//! What histories of faults have in common: a world with views and writers, what a client does, and what must hold at a
//! mark.

mod crowd;
mod world;

pub use crowd::{Crowd, Errors, Pace, Write};
pub use world::{Stage, World};

use std::path::Path;
use std::time::Duration;

use cli::scenario::rig::database::{Ground, rows};
use cli::scenario::rig::second_form::second_form;
use cli::scenario::script::{Registration, Script, Step};
use cli::scenario::{self};
use surreal::{mark, names, vars};
use surrealdb_types::{Object, SurrealValue, ToSql, Value};

const MARK_MAX: Duration = Duration::from_secs(120);

/// Reads a scenario's text.
pub fn script(text: &str) -> Script {
    scenario::parse(Path::new("lossless"), text).unwrap_or_else(|error| panic!("{error}"))
}

/// A database with a script's definitions and rows.
pub async fn ground(server: &scenario::Server, script: &Script) -> Ground {
    let ground = Ground::new(server, script).await.expect("a database");
    for step in script.steps() {
        match step {
            Step::Define(text) => ground.define(text).await.expect("a definition"),
            Step::Given(write) => {
                ground.write(std::slice::from_ref(write), "COMMIT").await.expect("a row");
            }
            _ => {}
        }
    }
    ground
}

// -- what a client does --------------------------------------------------------------------------------------

/// Registers a view as its user does.
pub async fn register(ground: &mut Ground, view: &Registration) {
    if view.user.is_none() {
        let wanted = surreal::query_row::Registration {
            view: protocol::ViewKey { auth: None, id: view.name.clone() },
            access: None,
            surql: view.query.clone(),
            params: view.params.clone(),
            client: "test".to_owned(),
            ttl: None,
        };
        surreal::query_row::register(&ground.root, &wanted, 500).await.expect("registered");
        return;
    }
    let mut config = Object::new();
    config.insert("id", view.name.as_str());
    config.insert("surql", view.query.as_str());
    config.insert("params", view.params.clone());
    config.insert("clientId", "test");
    let connection = ground.connection(view).await.expect("signed in");
    let config = vars([("config", Value::Object(config))]);
    connection.repeat("RETURN fn::query::register($config)", config).await.expect("registered");
}

/// Leaves a view as its user does.
pub async fn unsubscribe(ground: &mut Ground, view: &Registration) {
    let connection = ground.connection(view).await.expect("signed in");
    let of = vars([("id", view.name.clone().into_value())]);
    connection.repeat("RETURN fn::query::unsubscribe($id, 'test')", of).await.expect("left");
}

// -- what must hold ------------------------------------------------------------------------------------------

/// Waits until everything that is acknowledged by now stands in the edge tables.
pub async fn settled(ground: &Ground) {
    let n = mark::raise(&ground.root, "lossless").await.expect("a mark");
    let flushed = mark::wait(&ground.root, "lossless", n, MARK_MAX).await.expect("an answer");
    assert!(flushed, "the mark is not answered after {MARK_MAX:?}");
}

/// The view's edges are the database's answer, each once.
pub async fn compare(ground: &mut Ground, view: &Registration) {
    let table = match &view.user {
        Some(user) => names::edge_table(user).name,
        None => "_00_list_ref".to_owned(),
    };
    let text = "SELECT VALUE out FROM type::table($table) WHERE in = $in";
    let of =
        vars([("table", table.into_value()), ("in", names::query_record(&view.name).into_value())]);
    let edges = ground.root.query_one(text, of).await.expect("edges");
    let mut edges = printed(edges);
    let second = second_form(&view.query).expect("a SELECT");
    let connection = ground.connection(view).await.expect("signed in");
    let params =
        view.params.clone().into_inner().into_iter().collect::<surrealdb_types::Variables>();
    let answer = connection.query_one(&second.text, params).await.expect("the oracle answers");
    let shown = rows(answer).into_iter().filter_map(|row| second.split(Value::Object(row)));
    let mut right: Vec<String> = shown.map(|split| split.id.to_sql()).collect();
    edges.sort();
    right.sort();
    assert_eq!(edges, right, "edges of view `{}`, and the database's answer", view.name);
}

/// Prints a list of ids.
pub fn printed(ids: Value) -> Vec<String> {
    let Value::Array(ids) = ids else { return Vec::new() };
    ids.into_iter().map(|id| id.to_sql()).collect()
}
