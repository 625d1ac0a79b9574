//! What a fault costs whoever writes: with a processor beside the database, and with the feeds on and none.
//!
//! The writers, the views and the faults are those of `tests/suite/lossless`. A write counts with the time from its first
//! saying to its acknowledgement; one that the database did not take at first is the database's own downtime, and is left
//! out on both sides.

use std::time::{Duration, Instant};

use database_server::{Options, Running};
use tests::disk::Disk;
use tests::lossless::{Errors, Stage, World, Write};
use tests::processor::Processor;
use tests::proxy::{Proxy, Weather};
use tests::server::server_at;

use crate::world::Size;
use crate::{at, spread};

/// What happens while eight writers write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Nothing.
    Nothing,
    /// The processor is killed and started again, five times.
    Killed,
    /// The processor is stopped for a while, another one takes over, and it goes on.
    Paused,
    /// The processor's connections are cut, delayed, and left half-open.
    Network,
    /// The database is killed and started again, twice.
    DatabaseKilled,
    /// The database's disk is full for a while.
    DiskFull,
    /// The database is restarted, its clock an hour back.
    ClockBack,
}

/// How long a stopped processor stands still.
const STOPPED_FOR: Duration = Duration::from_secs(20);

/// Every fault, with the words of the table.
const FAULTS: [(Fault, &str); 7] = [
    (Fault::Killed, "the SSP is killed (-9) five times"),
    (Fault::Nothing, "nothing happens"),
    (Fault::Paused, "the SSP is stopped, a second one takes over, the first goes on"),
    (Fault::Network, "the SSP's connections are cut, slow, half-open"),
    (Fault::DatabaseKilled, "the database is killed (-9) and restarted, twice"),
    (Fault::DiskFull, "the database's disk is full for a while"),
    (Fault::ClockBack, "the database is restarted, its clock an hour back"),
];

/// Plays faults with and without a processor in turn, and says what writers saw. `SPKY_HARM` chooses those whose words
/// contain it.
pub async fn measure(size: &Size) -> Vec<String> {
    let (faults, rounds) = size.harm;
    let chosen = std::env::var("SPKY_HARM").unwrap_or_default();
    let mut rows = vec![
        "| fault | with: p50, p99 | without: p50, p99 | ratios | writes |".to_owned(),
        "|---|---|---|---|---|".to_owned(),
    ];
    for (fault, words) in FAULTS[..faults].iter().filter(|(_, words)| words.contains(&chosen)) {
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for round in 0..rounds {
            with.extend(took(Box::pin(play(*fault, true, round)).await));
            without.extend(took(Box::pin(play(*fault, false, round)).await));
        }
        let ratio = |share| at(&with, share).as_secs_f64() / at(&without, share).as_secs_f64();
        rows.push(format!(
            "| {words} | {} | {} | {:.2}, {:.2} | {}, {} |",
            spread(&with),
            spread(&without),
            ratio(50),
            ratio(99),
            with.len(),
            without.len()
        ));
    }
    rows
}

/// How long those took that the database took at once.
fn took(writes: Vec<Write>) -> impl Iterator<Item = Duration> {
    writes.into_iter().filter(|write| !write.again).map(|write| write.took)
}

async fn play(fault: Fault, with: bool, seed: u64) -> Vec<Write> {
    let disk = if fault == Fault::DiskFull { Disk::small() } else { Disk::new() };
    let mut database = Running::start_as(Options::of(&disk.storage()));
    let proxy = Proxy::before(database.address()).await;
    let (stage, processor) =
        Stage::set(&server_at(database.address()), &server_at(proxy.address()), seed).await;
    let processor = if with {
        Some(processor)
    } else {
        processor.kill();
        None
    };
    let mut world = stage.begin(Errors::Repeat).await;
    let processors =
        Box::pin(happen(fault, &mut world, processor, &mut database, &disk, &proxy)).await;
    world.crowd.write(300).await;
    let (_, writes) = if with { world.end().await } else { world.stop().await };
    drop(processors);
    writes
}

/// Returns the processors that run at the end.
async fn happen(
    fault: Fault,
    world: &mut World,
    mut processor: Option<Processor>,
    database: &mut Running,
    disk: &Disk,
    proxy: &Proxy,
) -> Vec<Processor> {
    match fault {
        Fault::Nothing => world.crowd.write(1_500).await,
        Fault::Killed => {
            for _ in 0..5 {
                world.crowd.write(250).await;
                if let Some(processor) = &mut processor {
                    std::mem::replace(processor, world.processor()).kill();
                }
                world.crowd.write(50).await;
            }
        }
        Fault::Paused => {
            world.crowd.write(200).await;
            let Some(first) = &mut processor else {
                world.crowd.write(1_000).await;
                return Vec::new();
            };
            first.pause();
            let second = world.processor();
            let began = Instant::now();
            while began.elapsed() < STOPPED_FOR {
                world.crowd.write(10).await;
            }
            first.resume();
            world.crowd.write(300).await;
            return processor.into_iter().chain([second]).collect();
        }
        Fault::Network => {
            for _ in 0..3 {
                world.crowd.write(150).await;
                proxy.cut();
            }
            proxy.set(Weather::Slow(Duration::from_millis(50)));
            world.crowd.write(500).await;
            proxy.set(Weather::Fair);
            proxy.strand();
            world.crowd.write(500).await;
        }
        Fault::DatabaseKilled => {
            for _ in 0..2 {
                world.crowd.write(500).await;
                database.kill();
                database.restart();
            }
            world.crowd.write(500).await;
        }
        Fault::ClockBack => {
            world.crowd.write(500).await;
            database.kill();
            database.restart_at(Some("-1h"));
            world.sign_in_again();
            world.crowd.write(1_000).await;
        }
        Fault::DiskFull => {
            world.crowd.write(500).await;
            disk.fill(database);
            world.crowd.be_refused(100).await;
            disk.clear(database);
            if !world.crowd.goes_on().await {
                database.kill();
                database.restart();
            }
            world.crowd.write(500).await;
        }
    }
    processor.into_iter().collect()
}
