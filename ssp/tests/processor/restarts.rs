use crate::support::{SCHEMA, World, get};

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_while_it_was_down_is_caught_up() {
    let mut world = World::start(SCHEMA).await;
    let (ann, bob) = (world.sign_up("ann").await, world.sign_up("bob").await);
    world.run("CREATE task:1 SET owner = user:ann; CREATE task:2 SET owner = user:ann").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    ann.register("goes", "SELECT * FROM task", "{}").await;
    bob.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    let untouched = "SELECT VALUE version FROM _00_list_ref_user_ann WHERE out = task:1 LIMIT 1";
    let before = world.run(untouched).await;

    world.down().await;
    world.run("DELETE task:2; CREATE task:3 SET owner = user:ann").await;
    world.run("DELETE user:bob; CREATE user:cyd").await;
    ann.run("fn::query::unsubscribe('goes')").await;
    ann.register("new", "SELECT * FROM task WHERE id = task:3", "{}").await;
    world.up().await;
    assert_eq!(ann.edges().await, ["new task:3", "v task:1", "v task:3"], "right when it is ready");
    assert_eq!(world.run(untouched).await, before, "what did not change keeps its version");
    assert_eq!(ann.state("new").await, "ready 1");
    let registrations = world.rows("SELECT VALUE auth_id FROM _00_query").await;
    assert_eq!(registrations, ["user:ann", "user:ann"], "bob's ended");
    world.run("CREATE task:4 SET owner = user:ann").await;
    world.settle().await;
    assert!(ann.edges().await.contains(&"v task:4".to_owned()));
}

/// *The view is failed, and with the process goes what remembers its answer.*
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_stood_while_the_view_was_failed_stands_after_a_restart() {
    let mut world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world
        .run("CREATE task:1 SET owner = user:ann, n = 1; CREATE task:2 SET owner = user:ann, n = 2")
        .await;
    // Two of one window: each stands by its own edges.
    ann.register("v", "SELECT * FROM task WHERE n + 1 > 0", "{}").await;
    ann.register("w", "SELECT * FROM task WHERE n + 1 > 0", "{}").await;
    world.settle().await;
    world.run("CREATE task:3 SET owner = user:ann, n = 'x'").await;
    world.settle().await;
    assert_eq!(ann.state("v").await, "failed 2 ROW_FAILED");
    assert_eq!(ann.state("w").await, "failed 2 ROW_FAILED");

    world.down().await;
    world.run("DELETE task:1").await;
    world.up().await;
    world.settle().await;
    assert_eq!(
        ann.edges().await,
        ["v task:2", "w task:2"],
        "what is deleted leaves, what stood stands"
    );
    world.run("UPDATE task:3 SET n = 3").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:2", "v task:3", "w task:2", "w task:3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lingers_is_written_before_it_stops() {
    let mut world = World::start_with(SCHEMA, |config| {
        config.linger = std::time::Duration::from_secs(2);
    })
    .await;
    let ann = world.sign_up("ann").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    for n in 0..30 {
        world.run(&format!("CREATE task:{n} SET owner = user:ann")).await;
    }
    crate::support::until("the engine knows all of them", || async {
        world.get("/debug/view/v?auth=user:ann").await.1["rowCount"] == 30
    })
    .await;
    world.down().await;
    assert_eq!(ann.edges().await.len(), 30);
    let open = world.rows("SELECT VALUE id FROM _00_writer WHERE !closed").await;
    assert!(open.is_empty(), "its records are closed: {open:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_cannot_work_with_ends_it_with_a_reason() {
    let world = World::without_ssp("DEFINE FUNCTION fn::query::table() { RETURN 1 }").await;
    let ssp = ssp::start(world.config.clone()).await.unwrap();
    let problem = ssp.failed().await;
    assert_eq!(problem.code.as_str(), "META_CONFLICT");
    assert_eq!(ssp.ready().await.unwrap_err().code, problem.code);
    let (status, body) = get(ssp.addr, "/health").await;
    assert_eq!((status, body["code"].as_str()), (503, Some("META_CONFLICT")));
    ssp.stop().await;
    let mut config = world.config.clone();
    config.database.pass = "wrong".into();
    let ssp = ssp::start(config).await.unwrap();
    assert_eq!(ssp.failed().await.code.as_str(), "DATABASE_REFUSED");
    ssp.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_superseded_says_so_and_stops_writing() {
    let mut world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    let old = world.ssp.take().unwrap();
    world.up().await;
    world.run("CREATE task:1 SET owner = user:ann").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1"]);
    crate::support::until("the old one says that it is superseded", || async {
        let (status, body) = get(old.addr, "/health").await;
        status == 503 && body["status"] == "failed" && body["code"] == "SUPERSEDED"
    })
    .await;
    old.stop().await;
    world.run("CREATE task:2 SET owner = user:ann").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1", "v task:2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_for_a_database_that_does_not_listen_yet() {
    let mut world = World::without_ssp("").await;
    let right = world.config.database.ws.clone();
    world.config.database.ws = "ws://127.0.0.1:9".into();
    let ssp = ssp::start(world.config.clone()).await.unwrap();
    let (status, body) = get(ssp.addr, "/health").await;
    assert_eq!((status, body["status"].as_str()), (503, Some("bootstrapping")));
    ssp.stop().await;
    world.config.database.ws = right;
    world.up().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_begins_anew_and_no_edge_moves() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann, n = 1").await;
    ann.register("v", "SELECT * FROM task WHERE n < 5", "{}").await;
    world.settle().await;
    let edges = "SELECT out, version, updatedAt FROM _00_list_ref_user_ann";
    let before = world.rows(edges).await;
    assert_eq!(before.len(), 1);
    assert_eq!(world.post("/reset", serde_json::json!({})).await.0, 200);
    world.settle().await;
    assert_eq!(world.rows(edges).await, before, "what was right is not written again");
    world.run("CREATE task:2 SET owner = user:ann, n = 2; UPDATE task:1 SET n = 9").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:2"]);
    assert_eq!(ann.state("v").await, "ready 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_superseded_stands_by_and_takes_over_when_the_other_is_gone() {
    let mut world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    let first = world.ssp.take().unwrap();
    world.up().await;
    world.run("CREATE task:1 SET owner = user:ann").await;
    world.settle().await;
    let health = async || get(first.addr, "/health").await;
    crate::support::until("it stands by", || async { health().await.1["code"] == "SUPERSEDED" })
        .await;
    let (status, problem) = get(first.addr, "/debug/deps").await;
    assert_eq!((status, &problem["code"]), (503, &serde_json::json!("SUPERSEDED")));
    // The second one stops in order, so that nobody has to be patient.
    world.down().await;
    world.run("CREATE task:2 SET owner = user:ann; DELETE task:1").await;
    crate::support::until("it has taken over", || async { health().await.0 == 200 }).await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:2"]);
    first.stop().await;
}

/// An engine that begins anew counts its images anew: what was kept of the old ones is not theirs.
#[tokio::test(flavor = "multi_thread")]
async fn edges_have_the_hashes_of_their_rows_behind_a_reset() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    ann.register("all", "SELECT * FROM task", "{}").await;
    world.settle().await;
    let rows = "FOR $n IN 0..20 { CREATE type::record('task', $n) SET owner = user:ann, n = $n };";
    world.run(rows).await;
    world.settle().await;
    world.run("DELETE task").await;
    world.settle().await;
    assert_eq!(world.post("/reset", serde_json::json!({})).await.0, 200);
    world.settle().await;
    world.run(&rows.replace("n = $n", "n = 100 - $n")).await;
    world.settle().await;
    let asked = serde_json::json!({ "id": "all", "auth": "user:ann" });
    let (status, held) = world.post("/verify/view", asked).await;
    assert_eq!(status, 200, "{held}");
    let held = held["rows"].as_array().unwrap().iter();
    let mut right: Vec<String> =
        held.map(|row| format!("{} {}", row["out"].as_str().unwrap(), row["hash"])).collect();
    let told = "SELECT VALUE <string>out + ' ' + <string>hash FROM _00_list_ref_user_ann";
    let mut edges: Vec<String> = world.rows(told).await;
    edges.iter_mut().for_each(|edge| *edge = edge.trim_matches('\'').to_owned());
    right.sort();
    edges.sort();
    assert_eq!((edges.len(), &edges), (20, &right));
}
