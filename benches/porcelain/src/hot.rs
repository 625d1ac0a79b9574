//! One row in many views, written ten times a second: what does another user wait for his own?

use std::time::Instant;

use surrealdb_types::Object;

use crate::delay::{self, Delays};
use crate::subscribers::Subscribers;
use crate::world::{Size, World, edge_table, list_of};
use crate::{at, spread};

/// Writes of the hot row in a second.
const HOT_RATE: u32 = 10;

/// Writes of the quiet user.
const QUIET_RATE: u32 = 20;

/// What counts the edges that were written.
const EDGES: &str = "spky_ssp_edges_total";

/// The list of the quiet user, whose tasks nobody else watches.
const QUIET: usize = 1;

/// The quiet user's edges, alone and beside the hot row.
pub async fn measure(size: &Size) -> Vec<String> {
    let (users, views) = size.hot;
    let mut world = World::empty().await;
    let quiet_rows = (QUIET_RATE * size.hot_seconds) as usize + 1;
    world.fill(QUIET + 1, quiet_rows).await;
    world.users(users + 1).await;
    world.start();
    let hot = |n: usize| {
        let query = "SELECT * FROM task WHERE list = 0 ORDER BY rank LIMIT 1".to_owned();
        (n % users, format!("hot-{}", n / users), (query, Object::new()))
    };
    world.register((0..users * views).map(hot).collect()).await;
    let (query, params) = list_of(QUIET);
    let query = query.replace(" LIMIT 20", "");
    world.register(vec![(users, "quiet".to_owned(), (query, params))]).await;
    world.until_ready(users * views + 1).await;
    let live = format!("LIVE SELECT * FROM {}", edge_table(users));
    let mut subscribers = Subscribers::open(&world.options, vec![live], "out").await;
    let alone = quiet(&world, &mut subscribers, size, quiet_rows).await;
    let heat = tokio::spawn(heat(world.database.clone()));
    let (begun, before) = (Instant::now(), world.counted(EDGES));
    let beside = quiet(&world, &mut subscribers, size, quiet_rows).await;
    let written = (world.counted(EDGES) - before) / begun.elapsed().as_secs_f64();
    heat.abort();
    let ratio = at(&beside.told, 99).as_secs_f64() / at(&alone.told, 99).as_secs_f64();
    vec![
        "| what | measured | goal |".to_owned(),
        "|---|---|---|".to_owned(),
        format!(
            "| another user's commit → edge, p50, p99: alone, beside a row in {} views that is written {HOT_RATE} times \
             a second | {}; {}: p99 {ratio:.1} × | 2 × |",
            users * views,
            spread(&alone.told),
            spread(&beside.told),
        ),
        format!("| … edges written in a second meanwhile | {written:.0} | |"),
    ]
}

async fn quiet(world: &World, subscribers: &mut Subscribers, size: &Size, rows: usize) -> Delays {
    let row = |n: u32| QUIET * rows + n as usize;
    let rate = (QUIET_RATE, size.hot_seconds);
    delay::of_writes(&world.database, subscribers, rate, row).await
}

/// Writes the hot row for ever.
async fn heat(database: surreal::Database) {
    let mut clock = tokio::time::interval(std::time::Duration::from_secs(1) / HOT_RATE);
    loop {
        clock.tick().await;
        let text = "UPDATE task:0 SET heat += 1 RETURN NONE";
        database.query(text, surreal::vars([])).await.unwrap();
    }
}
