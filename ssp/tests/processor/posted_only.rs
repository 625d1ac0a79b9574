//! `capture.mode: none`: whatever a processor knows of users' tables was posted.

use serde_json::json;
use service::config::kind::CaptureMode;

use crate::support::{SCHEMA, World};

async fn posted_only(schema: &str) -> World {
    World::start_with(schema, |config| config.capture.mode = CaptureMode::None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_the_database_does_not_have_is_fed_by_posts_alone() {
    let world = posted_only("").await;
    let body = json!({ "id": "hot", "surql": "SELECT * FROM sensor WHERE n > 5", "clientId": "c" });
    assert_eq!(world.post("/view/register", body).await.1["rowCount"], 0);
    for (id, n) in [(1, 3), (2, 7), (3, 9)] {
        let row = json!({ "table": "sensor", "op": "CREATE", "id": id, "record": { "n": n } });
        assert_eq!(world.post("/ingest", row).await.0, 200);
    }
    world.settle().await;
    let edges = "SELECT VALUE out FROM _00_list_ref ORDER BY out";
    assert_eq!(world.rows(edges).await, ["sensor:2", "sensor:3"]);
    let row = json!({ "table": "sensor", "op": "UPDATE", "id": 2, "record": { "n": 1 } });
    assert_eq!(world.post("/ingest", row).await.0, 200);
    world.settle().await;
    assert_eq!(world.rows(edges).await, ["sensor:3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_row_of_the_database_is_read_and_its_permissions_and_kinds_hold() {
    let schema = format!(
        "{SCHEMA} DEFINE FIELD owner ON task TYPE record<user>; DEFINE FIELD at ON task TYPE option<datetime>"
    );
    let world = posted_only(&schema).await;
    let (ann, bob) = (world.sign_up("ann").await, world.sign_up("bob").await);
    world.run("CREATE task:1 SET owner = user:ann").await;
    for name in ["ann", "bob"] {
        let row = json!({ "table": "user", "op": "CREATE", "id": name, "record": {} });
        assert_eq!(world.post("/ingest", row).await.1["applied"], 1);
    }
    ann.register("v", "SELECT * FROM task", "{}").await;
    bob.register("w", "SELECT * FROM task WHERE at < d'2020-01-02T00:00:00Z'", "{}").await;
    world.settle().await;
    assert_eq!(ann.edges().await, [""; 0], "the database's own row is nobody's");
    for (id, owner) in [(2, "user:ann"), (3, "user:bob")] {
        let row = json!({ "owner": owner, "at": "2020-01-01T00:00:00Z" });
        let row = json!({ "table": "task", "op": "CREATE", "id": id, "record": row });
        assert_eq!(world.post("/ingest", row).await.1["applied"], 1);
    }
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:2"]);
    assert_eq!(bob.edges().await, ["w task:3"]);
    let fed = "RETURN string::contains((INFO FOR DB).tables.task, 'CHANGEFEED')";
    assert_eq!(world.rows(fed).await, ["false"], "nothing is asked of users' tables");
}
