//! Nothing is lost, and nobody's write fails: 2,000 writes from 8 writers while the processor is killed (-9) and started
//! again five times, at moments that the seed chooses.
//!
//! While it is down, a view is registered, one is removed, and a user is deleted. At the final mark every edge table
//! equals what the database answers to the original query as that user, without one duplicate.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cli::scenario;
use cli::scenario::rig::database::Ground;
use cli::scenario::script::{Registration, Script};
use rand::Rng;
use surreal::{Database, names, vars};
use surrealdb_types::{RecordId, SurrealValue, ToSql};
use tests::processor::Processor;
use tests::{random, server};

use super::{compare, printed, register, script, settled, unsubscribe};

const WRITERS: usize = 8;
const WRITES: usize = 250;
const KILLS: usize = 5;
const SEED: u64 = 3;

/// Tables, users, and the views that stand from the beginning.
const BEFORE: &str = "\
define DEFINE TABLE task PERMISSIONS FOR select WHERE owner = $auth OR public = true
define DEFINE TABLE user PERMISSIONS FOR select WHERE id = $auth
given user:ann {}
given user:bob {}
given user:cid {}
view all as user:ann: SELECT * FROM task
view top as user:ann: SELECT * FROM task WHERE list = $list ORDER BY rank LIMIT 10
with { list: 'a' }
view named as user:bob: SELECT * FROM task WHERE list IN $lists
with { lists: ['a', 'b'] }
view page as user:bob: SELECT rank FROM task WHERE rank > 20 ORDER BY rank DESC LIMIT 20 START 5
view removed as user:bob: SELECT * FROM task WHERE list = 'b'
view ended as user:cid: SELECT * FROM task
view system: SELECT * FROM task WHERE list = 'c' OR rank < 10
";

/// What is registered while nobody listens.
const LATER: &str = "\
view later as user:ann: SELECT * FROM task WHERE list = 'b' ORDER BY rank LIMIT 5
";

#[test]
fn nothing_is_lost_while_the_processor_dies() {
    tests::block_on(play(server::shared()));
}

async fn play(server: &scenario::Server) {
    let before = script(BEFORE);
    let mut ground = super::ground(server, &before).await;
    let mut processor = Processor::start(ground.root.options());
    processor.wait_until_ready();
    let mut views: BTreeMap<String, Registration> = BTreeMap::new();
    for view in before.registrations() {
        register(&mut ground, view).await;
        views.insert(view.name.clone(), view.clone());
    }

    let done = Arc::new(AtomicUsize::new(0));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let database = ground.root.socket().await.expect("a socket");
        writers.spawn(write(writer, database, Arc::clone(&done)));
    }
    let mut chance = random::chance(SEED);
    for kill in 0..KILLS {
        let part = WRITERS * WRITES / KILLS;
        wait_for(&done, kill * part + chance.random_range(part / 8..part * 3 / 4)).await;
        processor.kill();
        match kill {
            1 => {
                let later = script(LATER);
                let view = later.registrations().next().expect("one view").clone();
                register(&mut ground, &view).await;
                views.insert(view.name.clone(), view);
            }
            2 => unsubscribe(&mut ground, &views.remove("removed").expect("it stands")).await,
            3 => {
                ground.root.query("DELETE user:cid", vars([])).await.expect("a deletion");
                views.remove("ended");
            }
            _ => {}
        }
        let down_for = chance.random_range(1..part / 8);
        wait_for(&done, done.load(Ordering::Relaxed) + down_for).await;
        processor = Processor::start(ground.root.options());
    }
    while let Some(ended) = writers.join_next().await {
        ended.expect("no write fails");
    }
    assert_eq!(done.load(Ordering::Relaxed), WRITERS * WRITES, "every write succeeded");

    settled(&ground).await;
    for view in views.values() {
        compare(&mut ground, view).await;
    }
    nothing_is_left(&ground, &before).await;
    drop(processor);
    ground.remove().await;
}

/// One writer over records of its own, so that nobody but us could be in its way.
async fn write(writer: usize, database: Database, done: Arc<AtomicUsize>) {
    let mut chance = random::chance(SEED * 100 + writer as u64);
    for _ in 0..WRITES {
        let id = RecordId::new("task", format!("w{writer}_{}", chance.random_range(0..40)));
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
            ("id", id.into_value()),
            ("rank", rank.into_value()),
            ("list", list.into_value()),
            ("public", public.into_value()),
        ]);
        let written = database.query(&text, bound).await;
        written.unwrap_or_else(|error| panic!("writer {writer}: {error}"));
        done.fetch_add(1, Ordering::Relaxed);
        // Slow enough for a processor to come up between two deaths, and to be killed at each stage of that.
        tokio::time::sleep(Duration::from_millis(chance.random_range(0..100))).await;
    }
}

async fn wait_for(done: &AtomicUsize, writes: usize) {
    let last = WRITERS * WRITES;
    while done.load(Ordering::Relaxed) < writes.min(last) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Of the removed view and of the deleted user nothing is left.
async fn nothing_is_left(ground: &Ground, before: &Script) {
    let registrations = ground.root.query_one("SELECT VALUE id FROM _00_query", vars([])).await;
    let registrations = printed(registrations.expect("registrations"));
    for gone in ["removed", "ended"] {
        let view = before.registrations().find(|view| view.name == gone).expect("it stood");
        let record = names::query_record(gone);
        assert!(!registrations.contains(&record.to_sql()), "the registration of `{gone}` is left");
        let user = view.user.as_ref().expect("a user's view");
        let text = "SELECT VALUE out FROM type::table($table) WHERE in = $in";
        let of = vars([
            ("table", names::edge_table(user).name.into_value()),
            ("in", record.into_value()),
        ]);
        let left = ground.root.query_one(text, of).await;
        let left = printed(cli::scenario::rig::database::or_empty(left).expect("an answer"));
        assert!(left.is_empty(), "edges of `{gone}` are left: {left:?}");
    }
}
