//! Tables with COMPUTED fields that the settings name (mechanism M5).

use crate::support::{SCHEMA, World};

async fn world() -> World {
    let fields = "DEFINE FIELD twice ON task COMPUTED (n ?? 0) * 2; DEFINE FIELD seen ON task COMPUTED time::now();";
    World::start_with(&format!("{SCHEMA}{fields}"), |config| {
        config.capture.computed.insert("task".into());
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_computes_itself_is_no_content() {
    let world = world().await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann, n = 1").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    ann.register("w", "SELECT id, twice FROM task WHERE n > 0 ORDER BY n LIMIT 3", "{}").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1", "w task:1"]);
    let versions = "SELECT VALUE version FROM _00_list_ref_user_ann ORDER BY id";
    let before = world.rows(versions).await;
    // Loaded and audited again and again: `seen` is another one each time.
    world.post("/reset", serde_json::json!({})).await;
    world.run("UPDATE task:1 SET n = 1").await;
    world.settle().await;
    assert_eq!(world.rows(versions).await, before, "nothing has changed");
    world.run("UPDATE task:1 SET n = 2").await;
    world.settle().await;
    assert_ne!(world.rows(versions).await, before);
    assert_eq!(world.get("/debug/audit").await.1["missed"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_reads_a_computed_field_is_refused_with_its_name() {
    let world = world().await;
    let ann = world.sign_up("ann").await;
    let queries =
        ["SELECT * FROM task WHERE twice > 1", "SELECT * FROM task ORDER BY twice LIMIT 1"];
    for query in queries {
        ann.register("v", query, "{}").await;
        world.settle().await;
        assert_eq!(ann.state("v").await, "refused  COMPUTED_FIELD", "{query}");
    }
    assert_eq!(ann.edges().await, [""; 0]);
}
