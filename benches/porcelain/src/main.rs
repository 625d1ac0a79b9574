//! From a commit to its edge, through everything that is real: the database, the `ssp` binary, LIVE.
//!
//! 1,000 views of 20 rows each stand; writes come at a steady rate, whatever the answers take (an open loop, so that a
//! slow answer is not hidden by the writes that wait for it). A write's time begins when the database has
//! acknowledged it and ends when a subscriber of the edge table is told of its edge.
//!
//! `SPKY_BENCH=large` runs it at full size; without it a few views and writes show that it works. Each write has a row
//! of its own, so that there must be more rows than writes.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::collections::HashMap;
use std::time::{Duration, Instant};

use protocol::ViewKey;
use surreal::query_row::{Registration, register};
use surreal::vars;
use surreal::{Database, Options};
use surrealdb_types::{Number, Object, ToSql as _, Value};
use tests::processor::Processor;
use tests::server::Running;

struct Size {
    views: usize,
    rows_per_view: usize,
    seconds: [u32; 2],
}

const RATES: [u32; 2] = [1, 100];

#[tokio::main]
async fn main() {
    let large = std::env::var("SPKY_BENCH").is_ok_and(|size| size == "large");
    let size = if large {
        Size { views: 1_000, rows_per_view: 20, seconds: [30, 20] }
    } else {
        Size { views: 20, rows_per_view: 10, seconds: [2, 1] }
    };
    let server = Running::start("memory");
    let known = server.server();
    let (ns, db) = ("bench".to_owned(), "edges".to_owned());
    let options = Options { ws: known.ws, ns, db, user: known.user, pass: known.pass };
    let database = Database::connect(options.clone()).await.unwrap();
    fill(&database, &size).await;
    let mut processor = Processor::start(&options);
    processor.wait_until_ready();
    views(&database, &size).await;
    println!("| writes/s | p50 | p99 | writes |");
    println!("|---|---|---|---|");
    for (rate, seconds) in RATES.into_iter().zip(size.seconds) {
        let mut took = writes(&database, &options, &size, rate, rate * seconds).await;
        took.sort();
        let at = |share: usize| took[(took.len() - 1) * share / 100];
        println!("| {rate} | {:.1?} | {:.1?} | {} |", at(50), at(99), took.len());
    }
    processor.kill();
}

async fn fill(database: &Database, size: &Size) {
    let text = "DEFINE TABLE task SCHEMALESS PERMISSIONS FULL CHANGEFEED 1h; \
        FOR $list IN 0..$lists { FOR $rank IN 0..$ranks { \
        CREATE type::record('task', $list * $ranks + $rank) SET list = $list, rank = $rank } }";
    let count = |n: usize| Value::Number(Number::Int(i64::try_from(n).unwrap()));
    let sizes = vars([("lists", count(size.views)), ("ranks", count(size.rows_per_view))]);
    database.query(text, sizes).await.unwrap();
}

async fn views(database: &Database, size: &Size) {
    for list in 0..size.views {
        let mut params = Object::new();
        params.insert("list", i64::try_from(list).unwrap());
        let registration = Registration {
            view: ViewKey { auth: None, id: format!("list-{list}") },
            access: None,
            surql: "SELECT * FROM task WHERE list = $list ORDER BY rank LIMIT 20".to_owned(),
            params,
            client: "bench".to_owned(),
            ttl: None,
        };
        register(database, &registration, size.views).await.unwrap();
    }
    let ready = "RETURN count(SELECT id FROM _00_query WHERE state = 'ready')";
    let wanted = i64::try_from(size.views).unwrap();
    loop {
        let count = database.query(ready, vars([])).await.unwrap().pop().unwrap();
        if count == Value::Number(Number::Int(wanted)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Writes at a rate, and returns what each took from its acknowledgement to its edge.
async fn writes(
    database: &Database,
    options: &Options,
    size: &Size,
    rate: u32,
    count: u32,
) -> Vec<Duration> {
    let reader = Database::connect(options.clone()).await.unwrap();
    let mut live = reader.live("LIVE SELECT * FROM _00_list_ref", vars([])).await.unwrap();
    let told = tokio::spawn(async move {
        let mut told: HashMap<String, Instant> = HashMap::new();
        while told.len() < count as usize {
            let Some(Ok(surreal::Told::Updated(edge))) = live.next().await else {
                continue;
            };
            let Some(Value::RecordId(row)) = edge.get("out") else { continue };
            told.entry(row.to_sql()).or_insert_with(Instant::now);
        }
        told
    });
    let mut clock = tokio::time::interval(Duration::from_secs(1) / rate);
    let mut committed = Vec::new();
    for n in 0..count {
        clock.tick().await;
        // Each write has a row of its own, spread over the views.
        let rows = size.views * size.rows_per_view;
        let row = (n as usize * 7_919) % rows;
        let database = database.clone();
        committed.push(tokio::spawn(async move {
            let key = Value::Number(Number::Int(i64::try_from(row).unwrap()));
            let at = Value::Number(Number::Int(i64::from(n)));
            let text = "UPDATE type::record('task', $key) SET title = $n, rate = $rate RETURN NONE";
            let rate = Value::Number(Number::Int(i64::from(rate)));
            database.query(text, vars([("key", key), ("n", at), ("rate", rate)])).await.unwrap();
            (format!("task:{row}"), Instant::now())
        }));
    }
    let told = tokio::time::timeout(Duration::from_secs(60), told).await.unwrap().unwrap();
    let mut took = Vec::new();
    for write in committed {
        let (row, committed) = write.await.unwrap();
        // An edge may be told of before the writer has heard of its own commit.
        took.push(told[&row].saturating_duration_since(committed));
    }
    took
}
