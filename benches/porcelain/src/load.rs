//! A processor that finds a large table.

use std::time::Instant;

use surreal::vars;
use surrealdb_types::{Object, Value};

use crate::restart::resident;
use crate::world::{Size, World, int};

/// Lists that the rows are of.
const LISTS: usize = 20_000;

/// Rows that one statement makes.
const AT_ONCE: usize = 5_000;

/// Registers a view of a table that nobody has loaded yet, and waits for its first answer.
pub async fn measure(size: &Size) -> Vec<String> {
    let mut world = World::empty().await;
    let define = "DEFINE TABLE task SCHEMALESS PERMISSIONS FULL CHANGEFEED 1h";
    world.database.query(define, vars([])).await.unwrap();
    let text = "INSERT INTO task $rows RETURN NONE";
    for from in (0..size.load).step_by(AT_ONCE) {
        let upto = (from + AT_ONCE).min(size.load);
        let rows = Value::Array((from..upto).map(task).collect::<Vec<Value>>().into());
        world.database.query(text, vars([("rows", rows)])).await.unwrap();
    }
    world.users(1).await;
    world.start();
    let begun = Instant::now();
    let query = "SELECT * FROM task WHERE list = 7 ORDER BY rank LIMIT 20".to_owned();
    world.register(vec![(0, "first".to_owned(), (query, Object::new()))]).await;
    world.until_ready(1).await;
    let took = begun.elapsed();
    let rate = size.load as f64 / took.as_secs_f64();
    let resident = resident(world.processes().0);
    vec![
        "| what | measured | goal |".to_owned(),
        "|---|---|---|".to_owned(),
        format!(
            "| from a registration to its answer, {} rows loaded from the database | {took:.1?}: {rate:.0} rows/s, \
             {resident} MB resident | |",
            size.load
        ),
    ]
}

fn task(n: usize) -> Value {
    let mut row = Object::new();
    row.insert("id", int(n));
    row.insert("done", n.is_multiple_of(2));
    row.insert("list", int(n % LISTS));
    row.insert("rank", int(n % 1_009));
    row.insert("title", format!("the task with the number {n}"));
    Value::Object(row)
}
