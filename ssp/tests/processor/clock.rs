//! *The database comes back with an older clock: its new entries stand below the feed's last one, no poll shows them.*

use std::time::Duration;

use database_server::Running;
use serde_json::json;
use surreal::vars;

use crate::support::{SCHEMA, World, new_database, until};

const EDGES: &str = "SELECT VALUE [in, out] FROM _00_list_ref_user_ann ORDER BY id";

/// Views stay right, by loads, while the clock is an hour behind, and by the feed when it has caught up.
#[tokio::test(flavor = "multi_thread")]
async fn views_stay_right_while_the_databases_clock_is_an_hour_behind() {
    let directory = std::env::temp_dir().join(format!("spky-hour-{}", std::process::id()));
    let mut server = Running::start(&format!("surrealkv://{}", directory.display()));
    let mut world = World::on(new_database(server.address(), "a".into()).await, SCHEMA).await;
    world.config.capture.overlap = Duration::from_millis(600);
    world.up().await;
    let ann = world.sign_up("ann").await;
    say(&world, "CREATE task:1 SET owner = user:ann; CREATE task:2 SET owner = user:ann").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1", "v task:2"]);
    drop(ann);

    server.kill();
    server.restart_at(Some("-1h"));
    say(&world, "DELETE task:1; CREATE task:3 SET owner = user:ann").await;
    until("it is told", || async { world.get("/health").await.1["code"] == "FEED_BEHIND" }).await;
    assert_eq!(world.get("/health").await.0, 200, "late is not wrong");
    world.settle().await;
    assert_eq!(world.rows(EDGES).await, pairs(&["v task:2", "v task:3"]));
    let view = json!({
        "id": "w", "surql": "SELECT * FROM task WHERE n = 1", "clientId": "c", "authId": "user:ann",
        "access": "account",
    });
    let (status, reply) = world.post("/view/register", view).await;
    assert_eq!((status, &reply["state"]), (200, &json!("ready")), "{reply}");
    say(&world, "UPDATE task:2 SET n = 1; UPDATE task:3 SET owner = user:bob").await;
    world.settle().await;
    assert_eq!(world.rows(EDGES).await, pairs(&["v task:2", "w task:2"]));

    // One that starts now finds a resume point of the future, and a feed whose end is no end.
    world.down().await;
    world.up().await;
    world.settle().await;
    until("it is told", || async { world.get("/health").await.1["code"] == "FEED_BEHIND" }).await;
    say(&world, "CREATE task:5 SET owner = user:ann, n = 1").await;
    world.settle().await;
    assert_eq!(world.rows(EDGES).await, pairs(&["v task:2", "v task:5", "w task:2", "w task:5"]));
    say(&world, "DELETE task:5").await;

    server.kill();
    server.restart_at(None);
    say(&world, "UPDATE task:2 SET n = 2; CREATE task:4 SET owner = user:ann, n = 1").await;
    until("it is over", || async { world.get("/health").await.1["code"].is_null() }).await;
    world.settle().await;
    assert_eq!(world.rows(EDGES).await, pairs(&["v task:2", "v task:4", "w task:4"]));
    world.down().await;
    drop(server);
    let _ = std::fs::remove_dir_all(directory);
}

/// Whatever the connection does.
async fn say(world: &World, text: &str) {
    until("the database takes it", || async {
        world.database.repeat(text, vars([])).await.is_ok()
    })
    .await;
}

fn pairs(edges: &[&str]) -> Vec<String> {
    edges
        .iter()
        .map(|edge| {
            let (view, task) = edge.split_once(' ').unwrap();
            format!("[_00_query:{view}, {task}]")
        })
        .collect()
}
