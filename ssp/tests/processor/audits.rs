//! What the changefeed does not tell reaches the edges all the same (mechanism M16).

use crate::support::{SCHEMA, World, until};

/// *Rows written under `OPTION IMPORT` have no entry in the feed.*
#[tokio::test(flavor = "multi_thread")]
async fn the_edges_of_rows_that_an_import_wrote_follow() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world.run("FOR $i IN 1..5 { CREATE type::record('task', $i) SET owner = user:ann }").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1", "v task:2", "v task:3", "v task:4"]);
    // The table's feed is new: what differs before its second look is taken for a writer from before the feed.
    until("each table was looked at again", || async {
        world.get("/health").await.1["audit_age_ms"].is_u64()
    })
    .await;
    let text = "OPTION IMPORT; DELETE task:1; UPDATE task:2 SET owner = user:bob;
        CREATE task:9 SET owner = user:ann";
    world.run(text).await;
    until("the edges follow", || async {
        world.settle().await;
        ann.edges().await == ["v task:3", "v task:4", "v task:9"]
    })
    .await;
    let (_, audit) = world.get("/debug/audit").await;
    assert_eq!(audit["missed"], 3, "{audit}");
    assert_eq!(audit["tables"][0]["table"], "task");
    assert_eq!(audit["tables"][0]["missed"], 3);
    let metrics = reqwest::get(world.url("/metrics")).await.unwrap().text().await.unwrap();
    assert!(metrics.lines().any(|line| line == "spky_capture_missed_total 3"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_whom_an_import_deleted_loses_his_views() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    world.run("OPTION IMPORT; DELETE user:ann").await;
    until("his registrations are gone", || async {
        world.settle().await;
        world.rows("SELECT VALUE id FROM _00_query").await.is_empty()
    })
    .await;
}
