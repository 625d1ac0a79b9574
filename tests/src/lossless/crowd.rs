//! Eight writers, each over records of its own, so that nobody but a processor could be in their way.
//!
//! They write what they owe, and go on until they are told to end: so there are writes at each moment of a fault.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rand::Rng;
use rand::rngs::StdRng;
use surreal::{Database, Error, vars};
use surrealdb_types::{RecordId, SurrealValue, Variables};
use tokio::task::JoinSet;

use crate::random;

/// How many write at once.
pub const WRITERS: usize = 8;

/// The longest that a write is tried while the database is in trouble.
const TRIED_MAX: Duration = Duration::from_secs(180);

/// What becomes of a write that the database does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errors {
    /// The database is well, so that none may happen.
    Fail,
    /// The database is in trouble: the write is said again until it is taken. Each can be repeated.
    Repeat,
}

/// How much is written, and how fast.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Writes that each writer owes.
    pub owed: usize,
    /// The longest pause between two writes of one writer.
    pub pause_max: Duration,
    /// Whether the database is well.
    pub errors: Errors,
}

/// One write that was taken.
#[derive(Clone, Copy, Debug)]
pub struct Write {
    /// When it was said, the first time.
    pub began: Instant,
    /// Until it was acknowledged.
    pub took: Duration,
    /// Whether it had to be said again.
    pub again: bool,
}

/// The writers at work.
pub struct Crowd {
    writers: JoinSet<Vec<Write>>,
    written: Arc<AtomicUsize>,
    refused: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    owed: usize,
}

impl Crowd {
    /// Lets them begin.
    pub async fn begin(root: &Database, pace: Pace, seed: u64) -> Crowd {
        let (written, refused) = (Arc::default(), Arc::default());
        let stop = Arc::new(AtomicBool::new(false));
        let mut writers = JoinSet::new();
        for number in 0..WRITERS {
            let writer = Writer {
                number,
                database: root.socket().await.expect("a socket"),
                chance: random::chance(seed * 100 + number as u64),
                pace,
                written: Arc::clone(&written),
                refused: Arc::clone(&refused),
                stop: Arc::clone(&stop),
            };
            writers.spawn(writer.run());
        }
        Crowd { writers, written, refused, stop, owed: WRITERS * pace.owed }
    }

    /// All that is owed.
    pub fn owed(&self) -> usize {
        self.owed
    }

    /// How many writes were taken so far.
    pub fn written(&self) -> usize {
        self.written.load(Ordering::Relaxed)
    }

    /// Waits until so many more writes were taken.
    pub async fn write(&mut self, more: usize) {
        let until = self.written() + more;
        while self.written() < until {
            if let Some(ended) = self.writers.try_join_next() {
                ended.expect("no write fails");
                panic!("a writer ended before it was told to");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until so many attempts more failed.
    pub async fn be_refused(&self, more: usize) {
        let until = self.refused.load(Ordering::Relaxed) + more;
        while self.refused.load(Ordering::Relaxed) < until {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Whether writes are taken again, a few hundred attempts from now.
    pub async fn goes_on(&self) -> bool {
        let written = self.written();
        let until = self.refused.load(Ordering::Relaxed) + 50 * WRITERS;
        while self.refused.load(Ordering::Relaxed) < until {
            if self.written() > written + WRITERS {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        false
    }

    /// Lets them end, once everything owed is written; returns every write.
    pub async fn end(mut self) -> Vec<Write> {
        self.stop.store(true, Ordering::Relaxed);
        let mut writes = Vec::new();
        while let Some(ended) = self.writers.join_next().await {
            writes.extend(ended.expect("no write fails"));
        }
        assert!(writes.len() >= self.owed, "{} of {} writes", writes.len(), self.owed);
        writes
    }
}

struct Writer {
    number: usize,
    database: Database,
    chance: StdRng,
    pace: Pace,
    written: Arc<AtomicUsize>,
    refused: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Writer {
    async fn run(mut self) -> Vec<Write> {
        let mut writes = Vec::new();
        while writes.len() < self.pace.owed || !self.stop.load(Ordering::Relaxed) {
            let (text, bound) = self.draw();
            writes.push(self.write(&text, bound).await);
            self.written.fetch_add(1, Ordering::Relaxed);
            let pause_max = self.pace.pause_max.as_millis() as u64;
            let pause = Duration::from_millis(self.chance.random_range(0..=pause_max));
            tokio::time::sleep(pause).await;
        }
        writes
    }

    fn draw(&mut self) -> (String, Variables) {
        let chance = &mut self.chance;
        let id = format!("w{}_{}", self.number, chance.random_range(0..40));
        let list = ["a", "b", "c"][chance.random_range(0..3)];
        let owner = ["user:ann", "user:bob", "user:cid"][chance.random_range(0..3)];
        let rank = chance.random_range(0..100_i64);
        let public = chance.random_bool(0.3);
        let text = match chance.random_range(0..10) {
            0..2 => "DELETE $id".to_owned(),
            2..4 => "UPSERT $id MERGE { rank: $rank } RETURN NONE".to_owned(),
            _ => format!(
                "UPSERT $id CONTENT {{ owner: {owner}, list: $list, rank: $rank, public: $public }} \
                 RETURN NONE"
            ),
        };
        let bound = vars([
            ("id", RecordId::new("task", id).into_value()),
            ("rank", rank.into_value()),
            ("list", list.into_value()),
            ("public", public.into_value()),
        ]);
        (text, bound)
    }

    async fn write(&self, text: &str, bound: Variables) -> Write {
        let (began, mut again) = (Instant::now(), false);
        loop {
            let error: Error = match self.database.query(text, bound.clone()).await {
                Ok(_) => return Write { began, took: began.elapsed(), again },
                Err(error) => error,
            };
            again = true;
            self.refused.fetch_add(1, Ordering::Relaxed);
            let number = self.number;
            assert!(self.pace.errors == Errors::Repeat, "writer {number}: {error}");
            assert!(began.elapsed() < TRIED_MAX, "writer {number}, after {TRIED_MAX:?}: {error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
