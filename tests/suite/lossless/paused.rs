//! A processor stands still for 20 s, as a machine does that is moved or swaps, and another takes over: when the first
//! one goes on, it does not know yet, and nothing of it may land.
//!
//! Then the other one stands still, and the first one, which stood by, takes over from it.

use std::time::{Duration, Instant};

use cli::scenario;
use cli::scenario::rig::database::Ground;
use surreal::vars;
use surrealdb_types::{SurrealValue, ToSql, Value};
use tests::lossless::{Errors, World};
use tests::processor::Processor;
use tests::server;

const SEED: u64 = 7;
const PAUSE: Duration = Duration::from_secs(20);
/// Until one that stood by has taken over: 15 s without a sign of the other, and its own coming up.
const TAKEN_OVER_MAX: Duration = Duration::from_secs(180);
/// Writes beside one that goes on without knowing.
const BESIDE: usize = 100;

#[test]
fn a_paused_processor_wakes_up_and_nothing_of_it_lands() {
    tests::block_on(play(server::shared()));
}

async fn play(server: &scenario::Server) {
    let (mut world, first) = World::begin(server, server, Errors::Fail, SEED).await;
    world.crowd.write(BESIDE).await;
    let life = Life::of_the_only(world.ground()).await;
    first.pause();
    let began = Instant::now();
    let mut second = world.processor();
    second.wait_until_ready();
    let closed = life.records(world.ground()).await;
    tokio::time::sleep(PAUSE.saturating_sub(began.elapsed())).await;
    first.resume();
    world.crowd.write(BESIDE).await;
    until_it_says(&first, "SUPERSEDED").await;
    assert_eq!(
        life.records(world.ground()).await,
        closed,
        "no transaction of its first life landed"
    );

    takes_over_from_a_paused_one(&mut world, &first, &second).await;
    let (ground, _) = world.end().await;
    assert_eq!(life.records(&ground).await, closed, "no transaction of its first life landed");
    ground.remove().await;
}

/// The second one stands still in turn, and the first one, which stands by, goes on in its place.
async fn takes_over_from_a_paused_one(world: &mut World, first: &Processor, second: &Processor) {
    let life = Life::of_the_only(world.ground()).await;
    second.pause();
    until_it_says(first, "\"ready\"").await;
    let closed = life.records(world.ground()).await;
    second.resume();
    world.crowd.write(BESIDE).await;
    until_it_says(second, "SUPERSEDED").await;
    assert_eq!(life.records(world.ground()).await, closed, "nothing of the second one landed");
}

async fn until_it_says(processor: &Processor, word: &str) {
    let began = Instant::now();
    while !processor.health().contains(word) {
        let said = processor.health();
        assert!(began.elapsed() < TAKEN_OVER_MAX, "not `{word}` after {TAKEN_OVER_MAX:?}: {said}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// One life of a processor: each of its transactions changes one of its records, whatever else it writes.
struct Life(Value);

impl Life {
    /// That of the only one that writes.
    async fn of_the_only(ground: &Ground) -> Life {
        let text = "RETURN array::distinct(\
            SELECT VALUE record::id(id)[0] FROM _00_writer WHERE closed = false)";
        let lives = ground.root.query_one(text, vars([])).await.expect("writers");
        let Value::Array(lives) = lives else { panic!("no list: {}", lives.to_sql()) };
        assert_eq!(lives.len(), 1, "one of them writes");
        Life(lives.into_iter().next().expect("there is one"))
    }

    /// Its records, which nothing changes once it was closed.
    async fn records(&self, ground: &Ground) -> String {
        let text = "SELECT * FROM _00_writer WHERE record::id(id)[0] = $life ORDER BY id";
        let of = vars([("life", self.0.clone().into_value())]);
        let records = ground.root.query_one(text, of).await.expect("its records").to_sql();
        assert!(!records.contains("closed: false"), "it was closed: {records}");
        records
    }
}
