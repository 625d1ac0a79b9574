//! How long an edge lets wait for itself.
//!
//! Writes come at a steady rate, whatever the answers take (an open loop, so that a slow answer is not hidden by the
//! writes that wait for it). A write's time begins when the database has acknowledged it and ends when a subscriber of
//! the edge table is told of its edge. Each write has a row of its own.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use surreal::{Database, Told, vars};
use surrealdb_types::{Number, ToSql as _, Value};

use crate::world::{Size, World};

/// The longest that anybody waits for the last edge.
const LAST_MAX: Duration = Duration::from_secs(60);

/// Writes at a rate, and returns what each took from its acknowledgement to its edge.
pub async fn of_writes(world: &World, size: &Size, rate: u32, count: u32) -> Vec<Duration> {
    let reader = Database::connect(world.options.clone()).await.unwrap();
    let mut live = reader.live("LIVE SELECT * FROM _00_list_ref", vars([])).await.unwrap();
    let told = tokio::spawn(async move {
        let mut told: HashMap<String, Instant> = HashMap::new();
        while told.len() < count as usize {
            let Some(Ok(Told::Updated(edge))) = live.next().await else { continue };
            let Some(Value::RecordId(row)) = edge.get("out") else { continue };
            told.entry(row.to_sql()).or_insert_with(Instant::now);
        }
        told
    });
    let rows = size.views * size.rows_per_view;
    let mut clock = tokio::time::interval(Duration::from_secs(1) / rate);
    let mut committed = Vec::new();
    for n in 0..count {
        clock.tick().await;
        // Spread over the views.
        let row = (n as usize * 7_919) % rows;
        committed.push(tokio::spawn(write(world.database.clone(), row, n, rate)));
    }
    let told = tokio::time::timeout(LAST_MAX, told).await.unwrap().unwrap();
    let mut took = Vec::new();
    for write in committed {
        let (row, committed) = write.await.unwrap();
        // An edge may be told of before the writer has heard of its own commit.
        took.push(told[&row].saturating_duration_since(committed));
    }
    took
}

async fn write(database: Database, row: usize, n: u32, rate: u32) -> (String, Instant) {
    let int = |n: i64| Value::Number(Number::Int(n));
    let key = int(i64::try_from(row).unwrap());
    let text = "UPDATE type::record('task', $key) SET title = $n, rate = $rate RETURN NONE";
    let bound = vars([("key", key), ("n", int(i64::from(n))), ("rate", int(i64::from(rate)))]);
    database.query(text, bound).await.unwrap();
    (format!("task:{row}"), Instant::now())
}
