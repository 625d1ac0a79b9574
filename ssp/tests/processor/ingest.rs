//! Rows that somebody posts, beside a database whose own tables are captured.

use reqwest::header::CONTENT_TYPE;
use serde_json::{Value as Json, json};
use service::Secret;
use surrealdb_types::Value;

use crate::support::{SCHEMA, User, World, answer, until};

/// A view of the system over a table that the database does not have; the records in it.
async fn records(world: &World, table: &str) -> Vec<String> {
    let body = json!({ "id": "all", "surql": format!("SELECT * FROM {table} ORDER BY id"),
        "clientId": "c" });
    let (status, reply) = world.post("/view/register", body).await;
    assert_eq!((status, &reply["state"]), (200, &json!("ready")), "{reply}");
    let rows = reply["rows"].as_array().unwrap();
    rows.iter().map(|row| row["out"].as_str().unwrap().to_owned()).collect()
}

fn sensor(op: &str, id: Json, record: Json) -> Json {
    json!({ "table": "sensor", "op": op, "id": id, "record": record })
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_table_that_the_database_does_not_have_are_the_posters() {
    let world = World::start(SCHEMA).await;
    let posted = sensor("CREATE", json!("sensor:1"), json!({ "n": 1 }));
    let (status, told) = world.post("/ingest", posted).await;
    assert_eq!((status, &told["applied"], &told["captured"]), (200, &json!(1), &json!(0)));
    assert_eq!(records(&world, "sensor").await, ["sensor:1"]);
    let batch = json!([
        sensor("update", json!(2), json!({ "n": 2 })),
        sensor("UPDATE", json!("sensor:1"), json!({ "n": 7, "_00_rv": 1 })),
        sensor("create", json!("sensor:3"), json!({})),
        { "table": "sensor", "op": "delete", "id": "sensor:3" },
    ]);
    assert_eq!(world.post("/ingest", batch).await.1["applied"], 4);
    assert_eq!(records(&world, "sensor").await, ["sensor:1", "sensor:2"]);
    world.settle().await;
    let edges = world.rows("SELECT VALUE out FROM _00_list_ref").await;
    assert_eq!(edges.len(), 2, "edges follow: {edges:?}");
    let (_, health) = world.get("/health").await;
    assert_eq!((&health["posted"]["tables"], &health["posted"]["rows"]), (&json!(1), &json!(2)));
    assert_eq!(health["posted"]["memory"], told["memory"]);
    let known = world.rows("RETURN (INFO FOR DB).tables.sensor").await;
    assert_eq!(known, ["NONE"], "nothing of it is in the database");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_for_a_captured_table_is_answered_and_changes_nothing() {
    let world = World::start(SCHEMA).await;
    let ann: User = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    let forged = json!({ "table": "task", "op": "CREATE", "id": "task:9",
        "record": { "owner": { "$rid": "user:ann" } } });
    let (status, told) = world.post("/ingest", forged).await;
    assert_eq!((status, &told["applied"], &told["captured"]), (200, &json!(0), &json!(1)));
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn posted_rows_give_way_to_the_databases_table() {
    let world = World::start(SCHEMA).await;
    world.post("/ingest", sensor("CREATE", json!("sensor:1"), json!({}))).await;
    assert_eq!(records(&world, "sensor").await, ["sensor:1"]);
    world.run("DEFINE TABLE sensor SCHEMALESS; CREATE sensor:2").await;
    world.settle().await;
    assert_eq!(world.rows("SELECT VALUE out FROM _00_list_ref").await, ["sensor:2"]);
    assert_eq!(world.get("/health").await.1["posted"]["rows"], 0);
    let late = world.post("/ingest", sensor("CREATE", json!("sensor:3"), json!({}))).await.1;
    assert_eq!(late["captured"], 1, "it is the database's now");
}

#[tokio::test(flavor = "multi_thread")]
async fn cbor_of_the_database_keeps_every_kind() {
    let world = World::start(SCHEMA).await;
    let text = "RETURN encoding::cbor::encode({ table: 'sensor', op: 'CREATE', id: sensor:1, record: {
        d: 1.50dec, at: d'2020-01-02T03:04:05.006Z', took: 1h30m, who: user:ann, b: <bytes> 'x',
        u: u'018f7e3c-0000-7000-8000-000000000000', a: [1, 1.0, NULL], t: table:⟨a b⟩, f: 1.5f } })";
    let Value::Bytes(body) = world.run(text).await else { panic!("the database encodes") };
    let request = reqwest::Client::new()
        .post(world.url("/ingest"))
        .header(CONTENT_TYPE, "application/cbor")
        .body(body.to_vec());
    let (status, told) = answer(request.send().await.unwrap()).await;
    assert_eq!((status, &told["applied"]), (200, &json!(1)), "{told}");
    let condition = "d = 1.5dec AND at = d'2020-01-02T03:04:05.006Z' AND took = 90m
        AND who = user:ann AND u = u'018f7e3c-0000-7000-8000-000000000000' AND f = 1.5";
    let body = json!({ "id": "kinds", "surql": format!("SELECT * FROM sensor WHERE {condition}"),
        "clientId": "c" });
    assert_eq!(world.post("/view/register", body).await.1["rowCount"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_are_names() {
    let world = World::start(SCHEMA).await;
    let table = "a b`; REMOVE TABLE task; --";
    for key in ["x", "`", "⟩; DELETE task", "ключ"] {
        let body = json!({ "table": table, "op": "CREATE", "id": key, "record": { "n": 1 } });
        assert_eq!(world.post("/ingest", body).await.0, 200, "{key}");
    }
    assert_eq!(world.get("/health").await.1["posted"]["rows"], 4);
    assert_eq!(world.rows("RETURN (INFO FOR DB).tables.task != NONE").await, ["true"]);
    for body in [
        json!({ "table": "_00_query", "op": "DELETE", "id": "x" }),
        json!({ "table": "", "op": "DELETE", "id": "x" }),
        json!({ "table": "t\u{0}", "op": "DELETE", "id": "x" }),
        // A record of another table, as it is written.
        json!({ "table": "t", "op": "DELETE", "id": "a:b" }),
        json!({ "table": "t", "op": "MERGE", "id": "x" }),
        json!("t"),
    ] {
        let (status, problem) = world.post("/ingest", body).await;
        assert_eq!((status, &problem["code"]), (400, &json!("BAD_REQUEST")), "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_post() {
    let world =
        World::start_with(SCHEMA, |config| config.secret = Some(Secret::new("s3cret"))).await;
    let ann = world.sign_up("ann").await;
    let body = sensor("CREATE", json!(1), json!({}));
    assert_eq!(world.post("/ingest", body.clone()).await.0, 401);
    assert_eq!(world.post_as(&ann.token, "/ingest", body.clone()).await.0, 401);
    assert_eq!(world.post_as("s3cret", "/ingest", body).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_posts_before_the_rows_are_loaded() {
    let mut world = World::without_ssp(SCHEMA).await;
    // Nobody listens there: the processor waits for its database.
    world.config.database.ws = "ws://127.0.0.1:9".into();
    world.ssp = Some(ssp::start(world.config.clone()).await.unwrap());
    let (status, problem) = world.post("/ingest", sensor("CREATE", json!(1), json!({}))).await;
    assert_eq!((status, &problem["code"]), (503, &json!("SSP_NOT_READY")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_memory_held_is_lost_with_it_and_the_poster_is_told() {
    let world = World::start(SCHEMA).await;
    let row = sensor("CREATE", json!("sensor:1"), json!({}));
    let memory = world.post("/ingest", row.clone()).await.1["memory"].clone();
    assert_eq!(records(&world, "sensor").await, ["sensor:1"]);
    assert_eq!(world.post("/reset", json!({})).await.0, 200);
    until("it is ready again", || async { world.get("/health").await.0 == 200 }).await;
    world.settle().await;
    assert_eq!(world.rows("SELECT VALUE out FROM _00_list_ref").await, [""; 0]);
    let again = world.post("/ingest", row).await.1;
    assert_ne!(again["memory"], memory, "post everything again");
    world.settle().await;
    assert_eq!(world.rows("SELECT VALUE out FROM _00_list_ref").await, ["sensor:1"]);
}
