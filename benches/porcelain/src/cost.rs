//! What we cost: a writer, by the feed and by a processor; the database, while nothing happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use surreal::{Database, vars};

use crate::world::{Size, World, int};

/// Rows that writers write to, each its own.
const ROWS: usize = 1_000;

/// Throughput in turns, then CPU time with nobody writing.
pub async fn measure(size: &Size) -> Vec<String> {
    let mut rows = vec!["| what | measured | goal |".to_owned(), "|---|---|---|".to_owned()];
    let world = World::empty().await;
    let [plain, fed] = turns(&world, size, ["plain", "fed"]).await;
    let adds = 100.0 * (1.0 - fed / plain);
    rows.push(format!(
        "| {} writers, writes/s: no feed, a feed | {plain:.0}, {fed:.0}: {adds:.1} % less | 10 % |",
        size.writers
    ));
    drop(world);
    let mut world = World::of_lists(size).await;
    let busy = cpu(&world, size.idle).await;
    let [followed, watched] = turns(&world, size, ["fed", "task"]).await;
    world.kill();
    let quiet = cpu(&world, size.idle).await;
    let [alone, _] = turns(&world, size, ["fed", "task"]).await;
    rows.push(format!(
        "| the same with a processor and {} views: none of that table, one of each row | {followed:.0} ({:.1} % less \
         than without it), {watched:.0} | |",
        size.views,
        100.0 * (1.0 - followed / alone)
    ));
    rows.push(format!(
        "| the database's CPU while nobody writes, of one core: without, with a processor and {} views | {:.1} %, \
         {:.1} %; the processor itself {:.1} % | 5 % |",
        size.views, quiet.0, busy.0, busy.1
    ));
    rows
}

/// Writes a second to each of two tables, in turns, so that what else the machine does falls on both.
async fn turns(world: &World, size: &Size, tables: [&str; 2]) -> [f64; 2] {
    for table in tables {
        let feed = if table == "plain" { "" } else { "CHANGEFEED 1h" };
        let text = format!(
            "DEFINE TABLE IF NOT EXISTS {table} SCHEMALESS PERMISSIONS FULL {feed}; \
            FOR $n IN 0..$rows {{ UPSERT type::record('{table}', $n) SET seen = 0 }}"
        );
        world.database.query(&text, vars([("rows", int(ROWS))])).await.unwrap();
    }
    let mut rates: [Vec<f64>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..size.rounds {
        for (table, rates) in tables.iter().zip(&mut rates) {
            rates.push(writes(world, size, table).await);
        }
    }
    rates.map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    })
}

/// Writes as fast as the writers can; how many a second.
async fn writes(world: &World, size: &Size, table: &str) -> f64 {
    let done = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let until = begun + size.round;
    let mut running = tokio::task::JoinSet::new();
    for writer in 0..size.writers {
        let database = Database::connect(world.options.clone()).await.unwrap();
        let (done, table) = (Arc::clone(&done), table.to_owned());
        let step = size.writers;
        running.spawn(async move {
            let text = format!("UPDATE type::record('{table}', $n) SET seen += 1 RETURN NONE");
            let mut row = writer;
            while Instant::now() < until {
                database.query(&text, vars([("n", int(row))])).await.unwrap();
                done.fetch_add(1, Ordering::Relaxed);
                row = (row + step) % ROWS;
            }
        });
    }
    running.join_all().await;
    done.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64()
}

/// Hundredths of a core that the database and the processor take.
async fn cpu(world: &World, over: Duration) -> (f64, f64) {
    let (processor, database) = world.processes();
    let spent = || (ticks(database), processor.map_or(0, ticks));
    let before = spent();
    tokio::time::sleep(over).await;
    let after = spent();
    // A tick is a hundredth of a second.
    let share = |ticks: u64| ticks as f64 / over.as_secs_f64();
    (share(after.0 - before.0), share(after.1 - before.1))
}

/// A process's own CPU time, where the system tells.
fn ticks(process: u32) -> u64 {
    let told = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name may hold anything; behind it stand the numbers, user and system time as the 12th and 13th.
    let numbers = told.rsplit_once(')').map_or("", |(_, numbers)| numbers);
    numbers.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}
