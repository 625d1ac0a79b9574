//! A processor that finds many views: the first time, when all edges are to be written, and again, when they stand.

use std::time::Instant;

use surreal::vars;
use surrealdb_types::{Object, Value};

use crate::world::{Size, World, int};

/// Rows in each view.
const ROWS: usize = 2;

/// Views that one statement makes.
const AT_ONCE: usize = 500;

/// Starts a processor on views that are registered already, kills it, and starts another.
pub async fn measure(size: &Size) -> Vec<String> {
    let (users, views) = size.restart;
    let mut world = World::empty().await;
    // Its tables and functions are made, then the views, as clients made them while nobody was there.
    world.start();
    world.kill();
    world.fill(users * views, ROWS).await;
    world.users(users).await;
    registered(&world, users, views).await;
    let mut rows = vec!["| what | measured | goal |".to_owned(), "|---|---|---|".to_owned()];
    for what in ["the first time: every edge is written", "again: every edge stands"] {
        let begun = Instant::now();
        world.start();
        world.until_ready(users * views).await;
        let took = begun.elapsed();
        let resident = resident(world.processes().0);
        rows.push(format!(
            "| start with {} views of {ROWS} rows, {what} | {took:.1?}, {resident} MB resident | |",
            users * views
        ));
        world.kill();
    }
    rows
}

/// What `fn::query::register` writes, for many views at once.
async fn registered(world: &World, users: usize, views: usize) {
    let text = "INSERT INTO _00_query $rows.map(|$row: any| object::extend($row, { \
        auth_id: type::record('user', $row.user), clients: { bench: time::now() }, clientId: 'bench', \
        surql: 'SELECT * FROM task WHERE list = $list ORDER BY rank LIMIT 20', ttl: 1d, \
        state: 'materializing', user: NONE })) RETURN NONE";
    for from in (0..users * views).step_by(AT_ONCE) {
        let upto = (from + AT_ONCE).min(users * views);
        let row = |n: usize| {
            let mut params = Object::new();
            params.insert("list", int(n));
            let mut row = Object::new();
            row.insert("id", format!("v{n}"));
            row.insert("user", format!("u{}", n % users));
            row.insert("params", params);
            Value::Object(row)
        };
        let rows = Value::Array((from..upto).map(row).collect::<Vec<Value>>().into());
        world.database.query(text, vars([("rows", rows)])).await.unwrap();
    }
}

/// A process's resident megabytes, where the system tells.
pub fn resident(process: Option<u32>) -> u64 {
    let path = format!("/proc/{}/statm", process.unwrap_or_default());
    let told = std::fs::read_to_string(path).unwrap_or_default();
    let pages = told.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or_default() * 4_096 / 1_000_000
}
