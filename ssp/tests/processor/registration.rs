use crate::support::{SCHEMA, World, until};

#[tokio::test(flavor = "multi_thread")]
async fn rows_appear_change_and_leave() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world
        .run("CREATE task:1 SET owner = user:ann, n = 1; CREATE task:2 SET owner = user:bob")
        .await;
    ann.register("open", "SELECT * FROM task WHERE n < $max ORDER BY n LIMIT 2", "{ max: 9 }")
        .await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["open task:1"]);
    assert_eq!(ann.state("open").await, "ready 1");

    world.run("CREATE task:3 SET owner = user:ann, n = 3").await;
    world.run("CREATE task:4 SET owner = user:ann, n = 2").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["open task:1", "open task:4"]);

    let version = "SELECT VALUE version FROM ONLY _00_list_ref_user_ann WHERE out = task:4 LIMIT 1";
    let before = world.run(version).await;
    world.run("UPDATE task:4 SET title = 'new'").await;
    world.settle().await;
    assert_ne!(world.run(version).await, before, "a new content has a new version");

    world.run("DELETE task:1; UPDATE task:4 SET owner = user:bob").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["open task:3"]);

    ann.run("fn::query::unsubscribe('open')").await;
    world.settle().await;
    assert_eq!(ann.edges().await, [""; 0]);
    assert_eq!(ann.state("open").await, "unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_query_builders_send_is_live() {
    let schema = "
        DEFINE TABLE user SCHEMALESS PERMISSIONS FULL;
        DEFINE TABLE thread SCHEMALESS PERMISSIONS FULL;
        DEFINE TABLE comment SCHEMALESS PERMISSIONS FULL;
    ";
    let world =
        World::start(&format!("{SCHEMA}{}", schema.replace("TABLE", "TABLE OVERWRITE"))).await;
    let ann = world.sign_up("ann").await;
    world
        .run(
            "CREATE user:⟨123⟩ SET username = 'bob', email = 'b@c', created_at = 2;
             CREATE thread:1 SET author = user:⟨123⟩; CREATE thread:2 SET author = user:ann;
             CREATE comment:1 SET thread = thread:1, author = user:⟨123⟩;
             CREATE comment:2 SET thread = thread:1, author = user:ann",
        )
        .await;
    let queries = [
        ("a", "SELECT * FROM user;"),
        ("b", "SELECT * FROM user WHERE username = $username AND email = $email;"),
        ("c", "SELECT username, email FROM user;"),
        ("d", "SELECT * FROM user ORDER BY created_at desc LIMIT 10 START 1;"),
        (
            "e",
            "SELECT *, (SELECT * FROM user WHERE id=$parent.author LIMIT 1)[0] AS author FROM thread;",
        ),
        (
            "f",
            "SELECT *, (SELECT * FROM comment WHERE thread=$parent.id AND author = user:⟨123⟩ LIMIT 5) \
             AS comments FROM thread;",
        ),
        (
            "g",
            "SELECT *, (SELECT *, (SELECT * FROM user WHERE id=$parent.author LIMIT 1)[0] AS author \
             FROM comment WHERE thread=$parent.id) AS comments FROM thread;",
        ),
    ];
    for (id, text) in queries {
        ann.register(id, text, "{ username: 'bob', email: 'b@c' }").await;
    }
    world.settle().await;
    let mut states = Vec::new();
    for (id, _) in queries {
        states.push(ann.state(id).await);
    }
    let rows = ["ready 2", "ready 1", "ready 2", "ready 1", "ready 2", "ready 2", "ready 2"];
    assert_eq!(states, rows, "the rows of the queries themselves are counted");
    let children = "SELECT VALUE string::concat(in.id(), ' ', out, ' under ', parent, ' as ', parent_rel) \
        FROM _00_list_ref_user_ann WHERE parent != NONE ORDER BY in, parent, out";
    let told = |children: &surrealdb_types::Value| {
        let texts = children.clone().into_json_value();
        let texts = texts.as_array().cloned().unwrap_or_default();
        let mut texts: Vec<String> =
            texts.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect();
        texts.sort();
        texts
    };
    let expected = [
        "e user:`123` under thread:1 as author",
        "e user:ann under thread:2 as author",
        "f comment:1 under thread:1 as comments",
        "g comment:1 under thread:1 as comments",
        "g comment:2 under thread:1 as comments",
        "g user:`123` under comment:1 as author",
        "g user:ann under comment:2 as author",
    ];
    assert_eq!(told(&world.run(children).await), expected);
    world.run("UPDATE comment:2 SET author = user:⟨123⟩; DELETE thread:2").await;
    world.settle().await;
    let expected = [
        "e user:`123` under thread:1 as author",
        "f comment:1 under thread:1 as comments",
        "f comment:2 under thread:1 as comments",
        "g comment:1 under thread:1 as comments",
        "g comment:2 under thread:1 as comments",
        "g user:`123` under comment:1 as author",
        "g user:`123` under comment:2 as author",
    ];
    assert_eq!(told(&world.run(children).await), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_answer_is_ready() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    ann.register("none", "SELECT * FROM task", "{}").await;
    ann.register("later", "SELECT * FROM comes_later WHERE a = 1", "{}").await;
    world.settle().await;
    assert_eq!(ann.state("none").await, "ready 0");
    assert_eq!(ann.state("later").await, "ready 0");
    world.run("DEFINE TABLE comes_later PERMISSIONS FULL; CREATE comes_later:1 SET a = 1").await;
    until("the new table is followed", || async { ann.edges().await == ["later comes_later:1"] })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_query_says_why_and_recovers_when_it_is_replaced() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann").await;
    ann.register("v", "SELECT * FROM task WHERE owner = $token.id", "{}").await;
    ann.register("w", "SELECT FROM WHERE", "{}").await;
    world.settle().await;
    assert_eq!(ann.state("v").await, "refused  SESSION_DEPENDENT");
    assert_eq!(ann.state("w").await, "refused  SYNTAX_ERROR");
    ann.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    assert_eq!(ann.state("v").await, "ready 1");
    assert_eq!(ann.edges().await, ["v task:1"]);
    ann.register("v", "SELECT * FROM task WHERE n = 1", "{}").await;
    world.settle().await;
    assert_eq!(ann.state("v").await, "ready 0");
    assert_eq!(ann.edges().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_on_which_the_query_fails_fails_the_view_until_it_is_mended() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann, name = 'A'").await;
    ann.register("v", "SELECT * FROM task WHERE string::lowercase(name) = 'a'", "{}").await;
    world.settle().await;
    assert_eq!(ann.state("v").await, "ready 1");
    world.run("CREATE task:2 SET owner = user:ann, name = 7").await;
    world.settle().await;
    assert_eq!(ann.state("v").await, "failed 1 ROW_FAILED");
    assert_eq!(ann.edges().await, ["v task:1"], "the answer stands");
    world.run("UPDATE task:2 SET name = 'a'").await;
    world.settle().await;
    assert_eq!(ann.state("v").await, "ready 2");
    assert_eq!(ann.edges().await, ["v task:1", "v task:2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_ends_with_its_last_client() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann").await;
    ann.register_for("v", "SELECT * FROM task", "{}", "phone").await;
    ann.register_for("v", "SELECT * FROM task", "{}", "laptop").await;
    world.settle().await;
    assert_eq!(world.get("/health").await.1["views"], 1);
    ann.run("fn::query::unsubscribe('v', 'phone')").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1"]);
    ann.run("fn::query::unsubscribe('v', 'laptop')").await;
    world.settle().await;
    assert_eq!(ann.edges().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_nobody_touches_ends_with_its_ttl() {
    let world = World::start_with(SCHEMA, |config| {
        config.ttl_sweep = std::time::Duration::from_millis(200);
    })
    .await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann").await;
    ann.register("short", "SELECT * FROM task", "{}").await;
    ann.register("long", "SELECT * FROM task", "{}").await;
    // No client may ask for so little: the system sets it.
    let text = "UPDATE _00_query:short SET ttl = 1s";
    world.database.repeat(text, surreal::vars([])).await.unwrap();
    until("the view has ended", || async { ann.state("short").await == "unknown" }).await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["long task:1"]);
}
