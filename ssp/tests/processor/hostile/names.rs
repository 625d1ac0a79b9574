//! Names: of tables, rows, users and views.

use surreal::names::quoted;
use surreal::vars;
use surrealdb_types::{RecordId, SurrealValue, ToSql, Value};

use super::is_well;
use crate::support::{SCHEMA, World};

/// Names that mean something else where they are put into a statement as they stand.
const NAMES: [&str; 14] = [
    "a b",
    "⟨a b⟩",
    "a⟩b",
    "a`b",
    "a\\b",
    "a\\`b",
    "a'b\"c",
    "a; DELETE user; --",
    "$auth",
    "select",
    "7",
    "task:1",
    "ä€𝄞\u{202e}\u{200b}",
    "a\nb\t/*",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_table_may_be_called_anything() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world.sign_up("bob").await;
    for name in NAMES {
        let table = quoted(name);
        let define = "PERMISSIONS FOR select WHERE owner = $auth.id";
        world.run(&format!("DEFINE TABLE {table} SCHEMALESS {define}")).await;
        let told = [
            ("mine", RecordId::new(name, "mine").into_value()),
            ("other", RecordId::new(name, "other").into_value()),
        ];
        let create = "CREATE $mine SET owner = user:ann, n = 1; CREATE $other SET owner = user:bob";
        world.database.query(create, vars(told)).await.unwrap();
    }
    // Until the new definitions are known there is nothing to be seen.
    assert_eq!(world.post("/schema/refresh", serde_json::json!({})).await.0, 200);
    let mut expected = Vec::new();
    for (no, name) in NAMES.iter().enumerate() {
        ann.register(&format!("v{no:02}"), &format!("SELECT * FROM {}", quoted(name)), "{}").await;
        expected.push(format!("v{no:02} {}", RecordId::new(*name, "mine").to_sql()));
    }
    crate::support::until("every table is followed", || async {
        world.settle().await;
        ann.edges().await.len() >= NAMES.len()
    })
    .await;
    assert_eq!(ann.edges().await, expected);
    for name in NAMES {
        let told = vars([("mine", RecordId::new(name, "mine").into_value())]);
        world.database.query("DELETE $mine", told).await.unwrap();
    }
    world.settle().await;
    assert_eq!(ann.edges().await, [""; 0]);
    // What begins like ours is ours: nobody follows it.
    world.run("DEFINE TABLE _00_x PERMISSIONS FULL; CREATE _00_x:1").await;
    ann.register("ours", "SELECT * FROM _00_x", "{}").await;
    world.settle().await;
    assert_eq!(ann.state("ours").await, "refused  NOT_CAPTURED");
    assert_eq!(world.rows("SELECT VALUE id FROM user").await, ["user:ann", "user:bob"]);
    is_well(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_rows_and_views_may_be_called_anything() {
    let world = World::start(SCHEMA).await;
    let mut users = Vec::new();
    for name in NAMES {
        let user = world.sign_up(name).await;
        let told = vars([
            ("row", RecordId::new("task", name).into_value()),
            ("owner", RecordId::new("user", name).into_value()),
        ]);
        world.database.query("CREATE $row SET owner = $owner", told).await.unwrap();
        user.register(name, "SELECT * FROM task WHERE owner = $auth.id", "{}").await;
        users.push((name, user));
    }
    world.settle().await;
    for (name, user) in &users {
        let view = surreal::names::query_record(name).to_sql();
        let view = view.trim_start_matches("_00_query:");
        let row = RecordId::new("task", *name).to_sql();
        assert_eq!(
            user.edges().await,
            [format!("{view} {row}")],
            "sees his own row and no other's"
        );
        let state = "fn::query::state($id).state";
        let id = || vars([("id", Value::String((*name).to_owned()))]);
        let told = user.database.query(state, id()).await.unwrap().pop();
        assert_eq!(told, Some(Value::String("ready".into())), "{name}");
        user.database.repeat("fn::query::unsubscribe($id)", id()).await.unwrap();
    }
    world.settle().await;
    for (name, user) in &users {
        assert_eq!(user.edges().await, [""; 0], "{name}");
    }
    assert_eq!(world.rows("SELECT VALUE id FROM user").await.len(), NAMES.len());
    is_well(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_may_have_a_key_of_every_kind() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    let mut rows = vec![
        "task:0".to_owned(),
        "task:-9223372036854775808".into(),
        "task:9223372036854775807".into(),
        "task:`1`".into(),
        "task:abc".into(),
        "task:u'018f0000-0000-7000-8000-000000000000'".into(),
        "task:`018f0000-0000-7000-8000-000000000000`".into(),
        "task:[]".into(),
        "task:[1, [2f, 3dec], 'x', NONE, NULL, true]".into(),
        "task:[d'2024-01-01T00:00:00Z', user:ann, 1h, b\"00FF\"]".into(),
        "task:{ a: { b: [1, { c: 'd' }] }, `e f`: 2 }".into(),
        format!("task:`{}`", "x".repeat(4_000)),
    ];
    for row in &rows {
        world.run(&format!("CREATE {row} SET owner = user:ann")).await;
    }
    ann.register("all", "SELECT * FROM task", "{}").await;
    ann.register(
        "some",
        "SELECT * FROM task WHERE id IN $ids",
        &format!("{{ ids: [{}] }}", rows.join(", ")),
    )
    .await;
    world.settle().await;
    // As the database prints them.
    let ids = world.run("SELECT VALUE id FROM task").await;
    let Value::Array(ids) = ids else { panic!("{ids:?}") };
    rows = ids.iter().map(ToSql::to_sql).collect();
    let of = |view: &str| rows.iter().map(|row| format!("{view} {row}")).collect::<Vec<_>>();
    let mut expected = [of("all"), of("some")].concat();
    expected.sort();
    assert_eq!(ann.edges().await, expected);
    for row in &rows {
        world.run(&format!("UPDATE {row} SET owner = user:bob")).await;
    }
    world.settle().await;
    assert_eq!(ann.edges().await, [""; 0]);
    is_well(&world).await;
}
