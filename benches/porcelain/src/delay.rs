//! How long an edge lets wait for itself.
//!
//! Writes come at a steady rate, whatever the answers take (an open loop, so that a slow answer is not hidden by the
//! writes that wait for it). A write's time begins when the database has acknowledged it and ends when a subscriber of
//! the edge table is told of its edge. Each write has a row of its own.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use surreal::{Database, Told, vars};
use surrealdb_types::{Number, ToSql as _, Value};
use tokio::task::JoinHandle;

use crate::world::{Size, World};

/// The longest that anybody waits for the last edge.
const LAST_MAX: Duration = Duration::from_secs(60);

/// What writes took, from their acknowledgement.
pub struct Delays {
    /// To the edge of each, as a subscriber of the edge table is told.
    pub edge: Vec<Duration>,
    /// To the row itself, as a subscriber of the written table is told: the database's own LIVE, without any view.
    pub row: Vec<Duration>,
}

/// Writes at a rate.
pub async fn of_writes(world: &World, size: &Size, rate: u32, count: u32) -> Delays {
    let edges = told(world, "LIVE SELECT * FROM _00_list_ref", "out", count).await;
    let bare = told(world, "LIVE SELECT * FROM task", "id", count).await;
    let rows = size.views * size.rows_per_view;
    let mut clock = tokio::time::interval(Duration::from_secs(1) / rate);
    let mut committed = Vec::new();
    for n in 0..count {
        clock.tick().await;
        // Spread over the views.
        let row = (n as usize * 7_919) % rows;
        committed.push(tokio::spawn(write(world.database.clone(), row, n, rate)));
    }
    let edges = tokio::time::timeout(LAST_MAX, edges).await.unwrap().unwrap();
    let bare = tokio::time::timeout(LAST_MAX, bare).await.unwrap().unwrap();
    let mut delays = Delays { edge: Vec::new(), row: Vec::new() };
    for write in committed {
        let (row, committed) = write.await.unwrap();
        // Either may be told of before the writer has heard of its own commit.
        delays.edge.push(edges[&row].saturating_duration_since(committed));
        delays.row.push(bare[&row].saturating_duration_since(committed));
    }
    delays
}

/// When a subscriber was first told of each of so many records, which stand in a field of what it is told.
async fn told(
    world: &World,
    live: &str,
    field: &'static str,
    count: u32,
) -> JoinHandle<HashMap<String, Instant>> {
    let reader = Database::connect(world.options.clone()).await.unwrap();
    let mut live = reader.live(live, vars([])).await.unwrap();
    tokio::spawn(async move {
        let mut told: HashMap<String, Instant> = HashMap::new();
        while told.len() < count as usize {
            let Some(Ok(Told::Updated(row))) = live.next().await else { continue };
            let Some(Value::RecordId(record)) = row.get(field) else { continue };
            told.entry(record.to_sql()).or_insert_with(Instant::now);
        }
        told
    })
}

async fn write(database: Database, row: usize, n: u32, rate: u32) -> (String, Instant) {
    let int = |n: i64| Value::Number(Number::Int(n));
    let key = int(i64::try_from(row).unwrap());
    let text = "UPDATE type::record('task', $key) SET title = $n, rate = $rate RETURN NONE";
    let bound = vars([("key", key), ("n", int(i64::from(n))), ("rate", int(i64::from(rate)))]);
    database.query(text, bound).await.unwrap();
    (format!("task:{row}"), Instant::now())
}
