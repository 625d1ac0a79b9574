//! Much at once: the rows of one INSERT, the views of a client that starts.

use std::collections::BTreeMap;

use surreal::vars;
use surrealdb_types::{Object, Value};

use crate::subscribers::Subscribers;
use crate::world::{Size, World, edge_table, int, list_of};

/// Transactions that wrote edges.
const FLUSHES: &str = "spky_ssp_flushes_total";

/// Views of the client that starts.
const VIEWS: usize = 10;

/// Counts transactions and what one subscriber is told.
pub async fn measure(size: &Size) -> Vec<String> {
    let mut world = World::empty().await;
    world.fill(VIEWS, size.rows_per_view).await;
    world.database.query("DEFINE TABLE bulk SCHEMALESS PERMISSIONS FULL", vars([])).await.unwrap();
    world.users(2).await;
    world.start();
    let all = ("SELECT * FROM bulk".to_owned(), Object::new());
    let one = |user, id: &str, query: &(String, Object)| (user, id.to_owned(), query.clone());
    // The second user is there already: what the first view of a user makes is not what is counted.
    world.register(vec![one(0, "all", &all), one(1, "first", &list_of(0))]).await;
    world.until_ready(2).await;
    let insert = insert(&world, size).await;
    let start = start(&world, size).await;
    vec![
        "| what | edge transactions | LIVE messages | goal |".to_owned(),
        "|---|---|---|---|".to_owned(),
        format!(
            "| one INSERT of {} rows, in one view | {} | {} | 4 |",
            size.bulk, insert.0, insert.1
        ),
        format!(
            "| {VIEWS} views that a client registers at once | {} | {} | 2 |",
            start.0, start.1
        ),
    ]
}

async fn insert(world: &World, size: &Size) -> (f64, usize) {
    let live = format!("LIVE SELECT * FROM {}", edge_table(0));
    let mut subscribers = Subscribers::open(&world.options, vec![live], "out").await;
    let before = world.counted(FLUSHES);
    let text = "INSERT INTO bulk $rows RETURN NONE";
    let row = |n| Value::Object(Object::from_iter(BTreeMap::from([("id".to_owned(), int(n))])));
    let rows = Value::Array((0..size.bulk).map(row).collect::<Vec<Value>>().into());
    world.database.query(text, vars([("rows", rows)])).await.unwrap();
    let told = subscribers.first_told(size.bulk).await.len();
    (world.counted(FLUSHES) - before, told + subscribers.forget())
}

async fn start(world: &World, size: &Size) -> (f64, usize) {
    let live = format!("LIVE SELECT * FROM {}", edge_table(1));
    let mut subscribers = Subscribers::open(&world.options, vec![live], "id").await;
    let before = world.counted(FLUSHES);
    let view = |n: usize| (1, format!("start-{n}"), list_of(n));
    world.register((0..VIEWS).map(view).collect()).await;
    let told = subscribers.first_told(VIEWS * size.rows_per_view.min(20)).await.len();
    world.until_ready(VIEWS + 2).await;
    (world.counted(FLUSHES) - before, told + subscribers.forget())
}
