use crate::support::{SCHEMA, World, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_tightened_permission_takes_edges_away() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world
        .run(
            "CREATE task:1 SET owner = user:ann, secret = true; CREATE task:2 SET owner = user:ann",
        )
        .await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1", "v task:2"]);
    world
        .run("ALTER TABLE task PERMISSIONS FOR select WHERE owner = $auth.id AND secret != true")
        .await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:2"], "a mark polls the definitions");
    assert_eq!(ann.state("v").await, "ready 1");
    world.run("ALTER TABLE task PERMISSIONS FOR select WHERE fn::nobody_knows(owner)").await;
    world.settle().await;
    assert_eq!(ann.edges().await, [""; 0], "what cannot be evaluated shows nothing");
    assert_eq!(ann.state("v").await.split(' ').next(), Some("refused"));
    world.run("ALTER TABLE task PERMISSIONS FULL").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1", "v task:2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_gets_a_computed_field_is_not_captured_any_more() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1"]);
    world.run("DEFINE FIELD twice ON task COMPUTED 2").await;
    world.settle().await;
    assert_eq!(ann.edges().await, [""; 0]);
    assert_eq!(ann.state("v").await, "refused  NOT_CAPTURED");
    world.run("REMOVE FIELD twice ON task").await;
    until("it is captured again", || async { ann.edges().await == ["v task:1"] }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_access_ends_the_views_that_came_by_it() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    world.run("REMOVE ACCESS account ON DATABASE").await;
    world.settle().await;
    until("the registration is gone", || async {
        world.rows("SELECT VALUE id FROM _00_query").await.is_empty()
    })
    .await;
    assert!(world.rows("SELECT VALUE out FROM _00_list_ref_user_ann").await.is_empty());
}
