//! `capture.mode: events`: writes are announced from within their transactions.

use std::time::Duration;

use serde_json::json;
use service::Secret;
use service::config::kind::CaptureMode;
use surreal::vars;

use crate::support::{SCHEMA, World, until};

async fn with_events() -> World {
    World::start_with(SCHEMA, |config| config.capture.mode = CaptureMode::Events).await
}

#[tokio::test(flavor = "multi_thread")]
async fn committed_writes_reach_their_views_and_cancelled_ones_do_not() {
    let world = with_events().await;
    let ann = world.sign_up("ann").await;
    ann.register("v", "SELECT * FROM task WHERE n > 0", "{}").await;
    world.settle().await;
    assert_eq!(ann.state("v").await, "ready 0");
    world
        .run("CREATE task:1 SET owner = user:ann, n = 1; CREATE task:2 SET owner = user:ann, n = 0")
        .await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1"]);
    let cancelled = "BEGIN; CREATE task:3 SET owner = user:ann, n = 3; DELETE task:1; CANCEL";
    assert!(world.database.query(cancelled, vars([])).await.is_err());
    world.run("UPDATE task:2 SET n = 5; UPDATE task:2 SET n = 6").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1", "v task:2"]);
    world
        .run("BEGIN; DELETE task:1; CREATE task:1 SET owner = user:ann, n = 7; DELETE task:2; COMMIT")
        .await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1"]);
    let versions = "SELECT VALUE record_id FROM _00_version WHERE record_id.tb() = 'task'";
    assert_eq!(world.rows(versions).await, ["task:1"], "a version goes with its row");
    let given = world.rows("SELECT VALUE tables FROM _00_capture:feeds").await;
    assert!(given.iter().all(|tables| tables == "[]"), "no table has a feed: {given:?}");
    let audit = world.get("/debug/audit").await.1;
    assert_eq!(audit["missed"], 0, "{audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_waits_for_its_commit_and_no_mark_waits_for_it() {
    let world = with_events().await;
    let ann = world.sign_up("ann").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    let open = world.database.transaction().await.unwrap();
    open.query("CREATE task:1 SET owner = user:ann", vars([])).await.unwrap();
    world.run("CREATE task:2 SET owner = user:ann").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:2"], "what is committed is visible, the others wait");
    tokio::time::sleep(Duration::from_millis(300)).await;
    open.commit().await.unwrap();
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1", "v task:2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_every_mark_edges_are_what_the_database_answers() {
    let world = with_events().await;
    let ann = world.sign_up("ann").await;
    ann.register("v", "SELECT * FROM task WHERE n > 5", "{}").await;
    ann.register("top", "SELECT * FROM task ORDER BY n DESC LIMIT 3", "{}").await;
    world.settle().await;
    for round in 0..20 {
        let text = format!(
            "FOR $i IN 0..8 {{ UPSERT type::record('task', $i) SET owner = user:ann,
                n = ($i * 7 + {round} * 5) % 13 }}; DELETE type::record('task', {})",
            round % 8
        );
        world.run(&text).await;
        world.settle().await;
        let mut answers = Vec::new();
        let top = "SELECT VALUE id FROM (SELECT id, n FROM task ORDER BY n DESC, id LIMIT 3)";
        for (view, query) in [("v", "SELECT VALUE id FROM task WHERE n > 5"), ("top", top)] {
            let records = world.rows(query).await;
            answers.extend(records.into_iter().map(|record| format!("{view} {record}")));
        }
        answers.sort();
        assert_eq!(ann.edges().await, answers, "round {round}");
    }
    let audit = world.get("/debug/audit").await.1;
    assert_eq!(audit["missed"], 0, "{audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_opens_nothing_else() {
    let world = World::start_with(SCHEMA, |config| {
        config.secret = Some(Secret::new("s3cret"));
        config.capture.mode = CaptureMode::Events;
    })
    .await;
    world.run("CREATE task:1").await;
    let text =
        world.rows("RETURN <string> (INFO FOR TABLE task).events._00_announce").await.remove(0);
    assert!(!text.contains("s3cret"), "the secret stands in no definition");
    let (_, bearer) = text.split_once("Bearer ").expect("it brings a bearer");
    let bearer: String = bearer.chars().take_while(char::is_ascii_hexdigit).collect();
    let announced = json!({ "table": "task", "op": "UPDATE", "id": "task:9", "version": 1 });
    assert_eq!(world.post_as(&bearer, "/ingest", announced).await.0, 200);
    let row = json!({ "table": "sensor", "op": "CREATE", "id": 1, "record": {} });
    let (status, problem) = world.post_as(&bearer, "/ingest", row).await;
    assert_eq!((status, &problem["code"]), (401, &json!("UNAUTHORIZED")));
    assert_eq!(world.post_as(&bearer, "/reset", json!({})).await.0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_may_not_post_is_said_before_any_event_stands() {
    let mut world = World::without_ssp(SCHEMA).await;
    world.config.capture.mode = CaptureMode::Events;
    world.config.advertise = Some("127.0.0.2:9".into());
    let ssp = ssp::start(world.config.clone()).await.unwrap();
    let problem = ssp.failed().await;
    assert_eq!(problem.code.as_str(), "EVENTS_REFUSED");
    assert!(problem.message.contains("127.0.0.2"), "{problem}");
    world.run("CREATE task:1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_deleted_and_comes_back_inherits_nothing() {
    let world = with_events().await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1"]);
    world.run("DELETE user:ann").await;
    until("the registration is gone", || async {
        world.settle().await;
        world.rows("SELECT VALUE id FROM _00_query").await.is_empty()
    })
    .await;
    let again = world.sign_up("ann").await;
    again.register("w", "SELECT * FROM task", "{}").await;
    world.settle().await;
    assert_eq!(again.edges().await, ["w task:1"]);
}

/// *A row from before the event has no version: only its absence says that it was deleted.*
#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_of_a_row_without_a_version_is_found() {
    let mut world = World::without_ssp(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann; CREATE task:2 SET owner = user:ann").await;
    world.config.capture.mode = CaptureMode::Events;
    world.up().await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1", "v task:2"]);
    world.run("DELETE task:1").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:2"]);
}
