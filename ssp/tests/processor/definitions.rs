use std::cell::Cell;

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

/// *A migration says DEFINE TABLE OVERWRITE, and with the table's words the feed is gone*: again and again, under load.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_defined_anew_a_hundred_times_under_load_loses_nothing() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    ann.register("all", "SELECT * FROM task", "{}").await;
    ann.register("top", "SELECT * FROM task ORDER BY n LIMIT 5", "{}").await;
    world.settle().await;
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let database = world.database.clone();
            tokio::spawn(async move {
                for n in 0..150 {
                    let (id, gone) = (writer * 1_000 + n, writer * 1_000 + n / 2);
                    let text = match n % 3 {
                        0 => format!("DELETE task:{gone}"),
                        _ => format!("UPSERT task:{id} SET owner = user:ann, n = {}", n * 7 % 50),
                    };
                    database.repeat(&text, surreal::vars([])).await.unwrap();
                }
            })
        })
        .collect();
    for _ in 0..100 {
        let text = "DEFINE TABLE OVERWRITE task SCHEMALESS \
            PERMISSIONS FOR select WHERE owner = $auth.id";
        world.database.repeat(text, surreal::vars([])).await.unwrap();
    }
    for writer in writers {
        writer.await.unwrap();
    }
    world.settle().await;
    let right = |view: &str, mut ids: Vec<String>| {
        ids.sort();
        ids.into_iter().map(|id| format!("{view} {id}")).collect::<Vec<_>>()
    };
    let all = right("all", world.rows("SELECT VALUE id FROM task").await);
    let top = right(
        "top",
        world.rows("SELECT VALUE id FROM (SELECT id, n FROM task ORDER BY n, id LIMIT 5)").await,
    );
    assert_eq!(ann.edges().await, [all, top].concat());
    let fed = world
        .run("RETURN (INFO FOR DB STRUCTURE).tables[WHERE name = 'task'][0].changefeed != NONE")
        .await;
    assert_eq!(fed, surrealdb_types::Value::Bool(true), "the feed was put back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_table_empties_its_views_and_made_again_it_fills_them() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann; CREATE task:2 SET owner = user:ann").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1", "v task:2"]);
    world.run("REMOVE TABLE task").await;
    world.settle().await;
    assert_eq!(ann.edges().await, [""; 0]);
    let text = "DEFINE TABLE task SCHEMALESS PERMISSIONS FOR select WHERE owner = $auth.id;
        CREATE task:3 SET owner = user:ann";
    world.run(text).await;
    until("it fills again", || async { ann.edges().await == ["v task:3"] }).await;
    world.run("CREATE task:4 SET owner = user:ann").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:3", "v task:4"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_excluded_table_keeps_no_edge_and_loses_the_feed_that_we_gave() {
    let mut world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1"]);
    world.down().await;
    world.config.capture.exclude.insert("task".into());
    world.up().await;
    world.settle().await;
    assert_eq!(ann.edges().await, [""; 0]);
    assert_eq!(ann.state("v").await, "refused  NOT_CAPTURED");
    let feed = "RETURN (INFO FOR DB STRUCTURE).tables[WHERE name = 'task'][0].changefeed";
    until("the feed is off", || async {
        matches!(world.run(feed).await, surrealdb_types::Value::None)
    })
    .await;
}

/// Field permissions decide who may name a field; and what one rule takes away goes before another one gives.
#[tokio::test(flavor = "multi_thread")]
async fn a_fields_permission_and_an_access_that_change_take_effect() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann, n = 1; CREATE task:2 SET n = 2").await;
    ann.register("v", "SELECT * FROM task WHERE n > 0", "{}").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1"]);
    world.run("DEFINE FIELD n ON task PERMISSIONS FOR select NONE").await;
    world.settle().await;
    assert_eq!(ann.edges().await, [""; 0]);
    assert_eq!(ann.state("v").await.split(' ').next(), Some("refused"));
    world.run("REMOVE FIELD n ON task; ALTER TABLE task PERMISSIONS FOR select WHERE n = 2").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:2"]);
}

/// *A permission is tightened while edges are on their way*, and the engine is too busy to hear of it: what waits is not
/// written meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_between_reading_a_tightened_permission_and_applying_it() {
    const TASKS: i64 = 12_000;
    let slow = "DEFINE TABLE slow SCHEMALESS PERMISSIONS FULL";
    let world = World::start(&format!("{SCHEMA};{slow}")).await;
    let ann = world.sign_up("ann").await;
    let all = format!("FOR $n IN 0..{TASKS} {{ CREATE task SET owner = user:ann RETURN NONE }}");
    world.run(&all).await;
    // Each row keeps the engine busy for a while, and the database not at all.
    let busy = "SELECT * FROM slow WHERE crypto::sha512(string::repeat(name, 100000)) = 'x'";
    ann.register("busy", busy, "{}").await;
    world.settle().await;

    let edges = "SELECT VALUE count FROM (SELECT count() FROM _00_list_ref_user_ann GROUP ALL)";
    let count =
        || async { world.run(&format!("RETURN ({edges})[0] ?? 0")).await.into_int().unwrap() };
    ann.register("v", "SELECT * FROM task", "{}").await;
    until("the first edges are written", || async { count().await > 0 }).await;
    world.run("FOR $n IN 0..1000 { CREATE slow SET name = 'abcdefghij' RETURN NONE }").await;
    world.run("ALTER TABLE task PERMISSIONS FOR select NONE").await;
    assert_eq!(world.post("/schema/refresh", serde_json::json!({})).await.0, 200);
    let most = Cell::new(0);
    until("it is applied", || async {
        let there = count().await;
        most.set(most.get().max(there));
        there == 0
    })
    .await;
    let most = most.get();
    assert!(most < TASKS / 2, "{most} edges were written behind the permission");
}
