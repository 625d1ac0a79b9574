//! How long a subscriber waits.
//!
//! Writes come at a steady rate, whatever the answers take (an open loop, so that a slow answer is not hidden by the
//! writes that wait for it), until so many are under way that whoever writes would have given up. Each has a row of its
//! own. What it took is counted from the moment at which it was sent and from its acknowledgement.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use surreal::{Database, vars};
use surrealdb_types::{Number, Value};
use tokio::sync::Semaphore;

use crate::subscribers::Subscribers;
use crate::world::int;

/// Writes under way at once.
const UNDER_WAY_MAX: usize = 256;

/// The longest that anybody waits for the last one.
const LAST_MAX: Duration = Duration::from_secs(120);

/// What writes took.
#[derive(Default)]
pub struct Delays {
    /// To their acknowledgement.
    pub writer: Vec<Duration>,
    /// From there until the subscriber was told.
    pub told: Vec<Duration>,
    /// From the moment at which it was sent until the subscriber was told.
    pub whole: Vec<Duration>,
    /// Writes that were acknowledged in a second.
    pub reached: f64,
}

struct Written {
    record: String,
    sent: Instant,
    acknowledged: Instant,
}

/// Writes at a rate to rows that `row` chooses.
pub async fn of_writes(
    database: &Database,
    subscribers: &mut Subscribers,
    (rate, seconds): (u32, u32),
    row: impl Fn(u32) -> usize,
) -> Delays {
    subscribers.forget();
    let places = Arc::new(Semaphore::new(UNDER_WAY_MAX));
    let mut clock = tokio::time::interval(Duration::from_secs(1) / rate);
    let mut written = Vec::new();
    let begun = Instant::now();
    for n in 0..rate * seconds {
        clock.tick().await;
        let place = Arc::clone(&places).acquire_owned().await.unwrap();
        if begun.elapsed() > Duration::from_secs(u64::from(seconds)) {
            break;
        }
        let write = write(database.clone(), row(n));
        written.push(tokio::spawn(async move {
            let written = write.await;
            drop(place);
            written
        }));
    }
    let told = tokio::time::timeout(LAST_MAX, subscribers.first_told(written.len()));
    let told = told.await.expect("every write is told of");
    gather(written, &told, (begun, seconds)).await
}

async fn gather(
    written: Vec<tokio::task::JoinHandle<Written>>,
    told: &HashMap<String, Instant>,
    (begun, seconds): (Instant, u32),
) -> Delays {
    let mut delays = Delays::default();
    let (mut last, count) = (begun, written.len());
    for write in written {
        let Written { record, sent, acknowledged } = write.await.unwrap();
        let at = told[&record];
        delays.writer.push(acknowledged - sent);
        delays.whole.push(at.saturating_duration_since(sent));
        // Told of it before the writer has heard of his own commit, nobody waited.
        delays.told.push(at.saturating_duration_since(acknowledged));
        last = last.max(acknowledged);
    }
    // The last tick of a rate that was reached stands for the time until the next one, too.
    let span = (last - begun).max(Duration::from_secs(u64::from(seconds)));
    delays.reached = count as f64 / span.as_secs_f64();
    delays
}

async fn write(database: Database, row: usize) -> Written {
    // A write that changes nothing is none.
    static TITLES: AtomicI64 = AtomicI64::new(0);
    let title = Value::Number(Number::Int(TITLES.fetch_add(1, Ordering::Relaxed)));
    let text = "UPDATE type::record('task', $key) SET title = $title RETURN NONE";
    let bound = vars([("key", int(row)), ("title", title)]);
    let sent = Instant::now();
    database.query(text, bound).await.unwrap();
    Written { record: format!("task:{row}"), sent, acknowledged: Instant::now() }
}
