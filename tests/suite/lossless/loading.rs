//! A table changes while it is loaded, by the real processor, which is killed in the middle of that.
//!
//! A load reads pages in the order of ids, each behind the last row of the one before: its cursor. Two writers delete
//! and make again the rows around every place where a page can end, so that the cursor's own row goes and rows come
//! and go right behind and ahead of it; two others delete and insert anywhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use cli::scenario;
use cli::scenario::script::Registration;
use protocol::limits::{LOAD_FIRST_ROWS, LOAD_PAGE_ROWS};
use rand::Rng;
use rand::rngs::StdRng;
use surreal::{Database, vars};
use surrealdb_types::{RecordId, RecordIdKey, SurrealValue};
use tests::lossless::{compare, ground, register, script, settled};
use tests::processor::Processor;
use tests::{random, server};
use tokio::task::JoinSet;

const SEED: u64 = 5;
/// Rows have even numbers at first; odd ones are inserted.
const ROWS: i64 = 8_000;
const NUMBERS: i64 = 2 * ROWS;
/// Loads: each of a processor that knows nothing; the last one is not killed.
const LOADS: usize = 3;
/// Numbers on each side of a page's end that come and go.
const AROUND: i64 = 12;

const BEFORE: &str = "\
define DEFINE TABLE task PERMISSIONS FOR select WHERE owner = $auth OR public = true
define DEFINE TABLE user PERMISSIONS FOR select WHERE id = $auth
given user:ann {}
view few as user:ann: SELECT * FROM task WHERE rank = 7
view first as user:ann: SELECT * FROM task ORDER BY rank LIMIT 10
view system: SELECT * FROM task WHERE rank < 50
";

#[test]
fn what_changes_while_it_is_loaded_is_not_lost() {
    tests::block_on(play(server::shared()));
}

async fn play(server: &scenario::Server) {
    let before = script(BEFORE);
    let mut ground = ground(server, &before).await;
    let fill = "FOR $n IN 0..$rows { CREATE type::record('task', $n * 2)
        SET rank = $n % 997, owner = user:ann, public = false RETURN NONE }";
    ground.root.query(fill, vars([("rows", ROWS.into_value())])).await.expect("rows");
    let mut processor = Processor::start(ground.root.options());
    processor.wait_until_ready();
    let views: Vec<Registration> = before.registrations().cloned().collect();
    for view in &views {
        register(&mut ground, view).await;
    }
    settled(&ground).await;
    processor.kill();

    let mut chance = random::chance(SEED);
    for load in 1..=LOADS {
        let crowd = Crowd::begin(&ground.root, load as u64).await;
        let mut processor = Processor::start(ground.root.options());
        if load < LOADS {
            tokio::time::sleep(Duration::from_millis(chance.random_range(300..2_500))).await;
            processor.kill();
            crowd.end().await;
            continue;
        }
        processor.wait_until_ready();
        let beside = crowd.done.load(Ordering::Relaxed);
        assert!(beside > 200, "only {beside} writes beside the load: this shows nothing");
        crowd.end().await;
        settled(&ground).await;
        for view in &views {
            compare(&mut ground, view).await;
        }
    }
    ground.remove().await;
}

/// Four writers that go on until they are told to end.
struct Crowd {
    writers: JoinSet<()>,
    done: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Crowd {
    async fn begin(root: &Database, seed: u64) -> Crowd {
        let (done, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let mut writers = JoinSet::new();
        for number in 0..4 {
            let database = root.socket().await.expect("a socket");
            let mut chance = random::chance(SEED * 100 + 10 * seed + number);
            let (done, stop) = (Arc::clone(&done), Arc::clone(&stop));
            writers.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    // Each has numbers of its own, so that nobody but us could be in its way.
                    let at = if number < 2 {
                        at_a_pages_end(&mut chance)
                    } else {
                        anywhere(&mut chance)
                    };
                    let at = at / 4 * 4 + number as i64;
                    write(&database, &mut chance, at).await;
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Crowd { writers, done, stop }
    }

    async fn end(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(ended) = self.writers.join_next().await {
            ended.expect("no write fails");
        }
    }
}

/// A number near one behind which a page of a load ends, as long as few rows have gone.
fn at_a_pages_end(chance: &mut StdRng) -> i64 {
    let page = 2 * LOAD_PAGE_ROWS as i64;
    let first = 2 * LOAD_FIRST_ROWS as i64;
    first
        + chance.random_range(0..=(NUMBERS - first) / page) * page
        + chance.random_range(-AROUND..=AROUND)
}

fn anywhere(chance: &mut StdRng) -> i64 {
    chance.random_range(0..NUMBERS)
}

async fn write(database: &Database, chance: &mut StdRng, number: i64) {
    let id = RecordId::new("task", RecordIdKey::Number(number));
    let text = if chance.random_bool(0.5) {
        "DELETE $id RETURN NONE"
    } else {
        "UPSERT $id CONTENT { rank: $rank, owner: user:ann, public: false } RETURN NONE"
    };
    let rank: i64 = chance.random_range(0..997);
    let bound = vars([("id", id.into_value()), ("rank", rank.into_value())]);
    database.query(text, bound).await.unwrap_or_else(|error| panic!("{text}: {error}"));
}
