//! Nothing is lost, and nobody's write fails, while the processor is killed (-9) and started again five times, at moments
//! that the seed chooses.
//!
//! While it is down, a view is registered, one is removed, and a user is deleted. At the final mark every edge table
//! equals what the database answers to the original query as that user, without one duplicate.

use std::time::Duration;

use cli::scenario;
use cli::scenario::rig::database::{Ground, or_empty};
use cli::scenario::script::Registration;
use rand::Rng;
use surreal::{names, vars};
use surrealdb_types::{SurrealValue, ToSql};
use tests::lossless::{Errors, World, printed};
use tests::server;

const KILLS: usize = 5;
const SEED: u64 = 3;

/// The longest that a processor lives: long enough to be killed at each stage of coming up, and beyond.
const LIFE_MAX_MS: u64 = 3_000;
/// The most writes that nobody hears.
const UNHEARD_MAX: usize = 50;

/// What is registered while nobody listens.
const LATER: &str = "\
view later as user:ann: SELECT * FROM task WHERE list = 'b' ORDER BY rank LIMIT 5
";

#[test]
fn nothing_is_lost_while_the_processor_dies() {
    tests::block_on(play(server::shared()));
}

async fn play(server: &scenario::Server) {
    let (mut world, mut processor) = World::begin(server, server, Errors::Fail, SEED).await;
    let mut gone = Vec::new();
    for kill in 0..KILLS {
        let life = world.chance.random_range(0..LIFE_MAX_MS);
        tokio::time::sleep(Duration::from_millis(life)).await;
        world.crowd.write(1).await;
        processor.kill();
        match kill {
            1 => world.register(LATER).await,
            2 => gone.push(world.unsubscribe("removed").await),
            3 => {
                let user = "DELETE user:cid";
                world.ground().root.query(user, vars([])).await.expect("a deletion");
                gone.push(world.expect_no_more("ended"));
            }
            _ => {}
        }
        let unheard = world.chance.random_range(1..UNHEARD_MAX);
        world.crowd.write(unheard).await;
        processor = world.processor();
    }
    let (ground, _) = world.end().await;
    nothing_is_left(&ground, &gone).await;
    drop(processor);
    ground.remove().await;
}

/// Of the removed view and of the deleted user nothing is left.
async fn nothing_is_left(ground: &Ground, gone: &[Registration]) {
    let registrations = ground.root.query_one("SELECT VALUE id FROM _00_query", vars([])).await;
    let registrations = printed(registrations.expect("registrations"));
    for view in gone {
        let name = &view.name;
        let record = names::query_record(name);
        assert!(!registrations.contains(&record.to_sql()), "the registration of `{name}` is left");
        let user = view.user.as_ref().expect("a user's view");
        let text = "SELECT VALUE out FROM type::table($table) WHERE in = $in";
        let of = vars([
            ("table", names::edge_table(user).name.into_value()),
            ("in", record.into_value()),
        ]);
        let left = printed(or_empty(ground.root.query_one(text, of).await).expect("an answer"));
        assert!(left.is_empty(), "edges of `{name}` are left: {left:?}");
    }
}
