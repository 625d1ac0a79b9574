//! Much at once: a large answer, a refill that walks far, a user with as many views as he may have.

use protocol::limits::{EDGE_ROWS_PER_FLUSH, REFILL_ENTRIES_PER_STEP, VIEWS_PER_USER_MAX};
use surreal::vars;
use surrealdb_types::SurrealValue;

use crate::support::{SCHEMA, User, World, until};

async fn count(user: &User, view: &str) -> usize {
    let prefix = format!("{view} ");
    user.edges().await.iter().filter(|edge| edge.starts_with(&prefix)).count()
}

/// Makes tasks `1..=last` of a user, in transactions of some thousand, with `rank` and `odd` drawn from the key.
async fn tasks(world: &World, owner: &str, last: usize) {
    for from in (1..=last).step_by(2_000) {
        let to = last.min(from + 1_999);
        let text = "FOR $key IN $from..=$to {
            CREATE type::record('task', $key) SET owner = type::record($owner), rank = $key }";
        let bound = [
            ("from", (from as i64).into_value()),
            ("to", (to as i64).into_value()),
            ("owner", owner.into_value()),
        ];
        world.database.query(text, vars(bound)).await.unwrap();
    }
}

/// *`ready` waits for a hydration's last part, and nobody else waits for any of them.*
#[tokio::test(flavor = "multi_thread")]
async fn a_large_hydration_goes_in_parts_with_others_between() {
    let rows = if std::env::var_os("SLOW").is_some() { 100_000 } else { 25 * EDGE_ROWS_PER_FLUSH };
    let world = World::start(SCHEMA).await;
    let (ann, bob) = (world.sign_up("ann").await, world.sign_up("bob").await);
    bob.register("v", "SELECT * FROM task", "{}").await;
    tasks(&world, "user:ann", rows).await;
    world.settle().await;
    ann.register("all", "SELECT * FROM task", "{}").await;
    until("a first part stands", || async { count(&ann, "all").await > 0 }).await;
    world.run("CREATE task:bob SET owner = user:bob").await;
    until("Bob has his edge", || async { bob.edges().await == ["v task:bob"] }).await;
    let state = ann.state("all").await;
    assert!(!state.starts_with("ready"), "Bob waited until Ann's view was {state}");
    world.settle().await;
    assert_eq!(ann.state("all").await, format!("ready {rows}"));
    assert_eq!(count(&ann, "all").await, rows);
}

/// *A refill walks a bounded number of entries in a step, and a mark waits for its end.*
#[tokio::test(flavor = "multi_thread")]
async fn a_refill_that_walks_far_lets_other_views_go_on() {
    let rows = 4 * REFILL_ENTRIES_PER_STEP;
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    tasks(&world, "user:ann", rows).await;
    world.run(&format!("UPDATE task:1, task:2, task:{rows} SET rare = true")).await;
    // No key leads to what this matches: whoever is next has to be looked for, row by row.
    let text = "SELECT * FROM task WHERE !(rare != true) ORDER BY rank LIMIT 2";
    ann.register("rare", text, "{}").await;
    ann.register("last", "SELECT * FROM task ORDER BY rank DESC LIMIT 1", "{}").await;
    world.settle().await;
    assert_eq!(ann.edges().await, [&format!("last task:{rows}"), "rare task:1", "rare task:2"]);
    world
        .run("BEGIN; DELETE task:1; CREATE task:new SET owner = user:ann, rank = 1e9; COMMIT")
        .await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["last task:new", "rare task:2", &format!("rare task:{rows}")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_of_many_views_is_one_user() {
    let world = World::start(SCHEMA).await;
    let (ann, bob) = (world.sign_up("ann").await, world.sign_up("bob").await);
    bob.register("v", "SELECT * FROM task", "{}").await;
    for number in 0..VIEWS_PER_USER_MAX {
        let text = "SELECT * FROM task WHERE rank > $above ORDER BY rank LIMIT 1";
        ann.register(&format!("v{number}"), text, &format!("{{ above: {number} }}")).await;
    }
    world.settle().await;
    assert_eq!(ann.edges().await, [""; 0]);
    let text = "BEGIN; CREATE task:1 SET owner = user:ann, rank = 1e6;
        CREATE task:2 SET owner = user:bob, rank = 1; COMMIT";
    world.run(text).await;
    world.settle().await;
    assert_eq!(ann.edges().await.len(), VIEWS_PER_USER_MAX);
    assert_eq!(bob.edges().await, ["v task:2"]);
    world.run("UPDATE task:1 SET rank = 9").await;
    world.settle().await;
    let mut expected: Vec<String> = (0..9).map(|number| format!("v{number} task:1")).collect();
    expected.sort();
    assert_eq!(ann.edges().await, expected);
    world.run("DELETE user:ann").await;
    world.settle().await;
    until("nothing of hers is left", || async {
        world.rows("SELECT VALUE id FROM _00_query").await.len() == 1
    })
    .await;
    assert_eq!(bob.edges().await, ["v task:2"]);
}
