//! Rows of `_00_query` that nobody asked for in this way.

use super::{is_well, said};
use crate::support::{SCHEMA, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_writes_what_is_not_his() {
    let world = World::start(SCHEMA).await;
    let (ann, bob) = (world.sign_up("ann").await, world.sign_up("bob").await);
    world.run("CREATE task:1 SET owner = user:ann; CREATE task:2 SET owner = user:bob").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    bob.register("w", "SELECT * FROM task", "{}").await;
    world.settle().await;
    let before = world.rows("SELECT * FROM _00_query WHERE auth_id = user:ann").await;
    for text in [
        "SELECT * FROM _00_query:v",
        "UPDATE _00_query:v SET surql = 'SELECT * FROM task WHERE false'",
        "UPSERT _00_query:v SET surql = 'SELECT * FROM task WHERE false'",
        "DELETE _00_query:v",
        "UPDATE _00_query:v SET auth_id = user:bob",
        "UPDATE _00_query SET lastActiveAt = time::now() - 10y WHERE auth_id = user:ann",
        "CREATE _00_query:['v', user:ann] SET surql = 'SELECT * FROM task'",
        "CREATE _00_query:['v', NONE] SET surql = 'SELECT * FROM task'",
        "CREATE _00_query:['w', user:bob, 1] SET surql = 'SELECT * FROM task'",
        "CREATE _00_query:7 SET surql = 'SELECT * FROM task'",
        "CREATE _00_query:{ a: 1 } SET surql = 'SELECT * FROM task'",
        "fn::query::unsubscribe('v')",
        "fn::query::heartbeat(['v', _00_query:v, 7, NONE, {}])",
        "SELECT * FROM _00_list_ref_user_ann",
        "CREATE _00_list_ref_user_ann SET in = _00_query:v, out = task:2",
        "CREATE _00_list_ref_user_bob SET in = _00_query:w, out = task:1",
        "DELETE _00_list_ref_user_bob",
        "CREATE _00_list_ref SET auth_id = user:bob",
        "UPSERT _00_mark:test SET n = 1000, flushed = 1000",
        "CREATE _00_mark:x SET n = 1",
        "SELECT * FROM _00_writer",
        "UPDATE _00_writer SET closed = true",
        "DELETE _00_writer",
        "DELETE _00_capture",
        "DEFINE TABLE OVERWRITE _00_query PERMISSIONS FULL",
        "REMOVE TABLE _00_query",
        "DEFINE FUNCTION OVERWRITE fn::query::state() { 1 }",
    ] {
        let answer = said(&bob, text).await;
        assert!(!answer.contains("user:ann") && !answer.contains("task:1"), "{text}: {answer}");
    }
    world.settle().await;
    assert_eq!(world.rows("SELECT * FROM _00_query WHERE auth_id = user:ann").await, before);
    assert_eq!(
        (ann.edges().await, bob.edges().await),
        (vec!["v task:1".into()], vec!["w task:2".into()])
    );
    assert_eq!(world.rows("SELECT VALUE record::id(id) FROM _00_query").await, ["'v'", "'w'"]);
    assert_eq!(world.rows("SELECT VALUE n FROM _00_mark WHERE n > 100").await, [""; 0]);
    is_well(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_forges_in_his_own_row_is_as_if_he_had_registered() {
    let world = World::start(SCHEMA).await;
    let (bob, _ann) = (world.sign_up("bob").await, world.sign_up("ann").await);
    world.run("CREATE task:1 SET owner = user:ann; CREATE task:2 SET owner = user:bob").await;
    let row = "surql = 'SELECT * FROM task', clientId = 'c'";
    for text in [
        format!("CREATE _00_query:plain SET {row}"),
        format!("CREATE _00_query:owner SET {row}, auth_id = user:ann, access = 'other'"),
        format!(
            "CREATE _00_query:told SET {row}, state = 'ready', rowCount = 7, error = {{ code: 'X' }}"
        ),
        format!("CREATE _00_query:['second', user:bob] SET {row}"),
        format!(
            "CREATE _00_query:old SET {row}, registeredAt = d'1970-01-01T00:00:00Z', \
            lastActiveAt = d'2970-01-01T00:00:00Z'"
        ),
        format!("CREATE _00_query:none SET {row}, params = NONE, clientId = NONE, clients = {{}}"),
        format!("CREATE _00_query:more SET {row}, clients = {{ a: 'no time', b: [] }}"),
        "CREATE _00_query:textless".to_owned(),
        "CREATE _00_query:hostile SET surql = 'DELETE task', params = { auth: user:ann }"
            .to_owned(),
    ] {
        let answer = said(&bob, &text).await;
        assert!(answer.contains("auth_id: user:bob"), "{text}: {answer}");
    }
    for text in [
        format!("CREATE _00_query:field SET {row}, other = 'field'"),
        format!("CREATE _00_query:ttl SET {row}, ttl = 100y"),
        format!("CREATE _00_query:kind SET {row}, params = 7"),
        format!("CREATE _00_query:time SET {row}, lastActiveAt = 'never'"),
        format!("CREATE _00_query:kinds SET {row}, clients = []"),
    ] {
        let answer = said(&bob, &text).await;
        assert!(!answer.contains("auth_id"), "{text}: {answer}");
    }
    world.settle().await;
    for id in ["plain", "owner", "told", "second", "old", "none", "more"] {
        assert_eq!(bob.state(id).await, "ready 1", "{id}");
    }
    assert_eq!(bob.state("hostile").await, "refused  PROTECTED_PARAMETER");
    let edges = bob.edges().await;
    assert!(edges.len() == 7 && edges.iter().all(|edge| edge.ends_with(" task:2")), "{edges:?}");
    // He goes on as with a view that he registered.
    bob.run("UPDATE _00_query:plain SET surql = 'SELECT * FROM task WHERE n = 1'").await;
    bob.run("UPDATE _00_query:owner SET state = 'refused', rowCount = -1").await;
    bob.run("fn::query::heartbeat(['more', 'none'], 'c')").await;
    bob.run("fn::query::unsubscribe('more', 'c')").await;
    world.settle().await;
    assert_eq!(bob.state("plain").await, "ready 0");
    assert_eq!(bob.state("owner").await, "ready 1");
    assert_eq!(bob.state("none").await, "ready 1");
    assert_eq!(world.rows("SELECT VALUE id FROM task").await, ["task:1", "task:2"]);
    is_well(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_nobody_could_have_registered_are_passed_over() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    let row = "surql = 'SELECT * FROM task', clientId = 'c', lastActiveAt = time::now()";
    for text in [
        format!("CREATE _00_query:7 SET {row}"),
        format!("CREATE _00_query:rand() SET {row}, auth_id = user:nobody"),
        format!("CREATE _00_query:[1, 2] SET {row}"),
        format!("CREATE _00_query:['x'] SET {row}"),
        format!("CREATE _00_query:['x', user:ann, 3] SET {row}, auth_id = user:ann"),
        format!("CREATE _00_query:['y', user:nobody] SET {row}, auth_id = user:ann"),
        format!("CREATE _00_query:{{ id: 'x' }} SET {row}"),
        format!("CREATE _00_query:u'018f0000-0000-7000-8000-000000000000' SET {row}"),
        format!("CREATE _00_query:users SET {row}, auth_id = task:1"),
        format!("CREATE _00_query:tables SET {row}, auth_id = nothing:1"),
        format!("CREATE _00_query:accesses SET {row}, auth_id = user:ann, access = 'no such'"),
        "CREATE _00_query:textless SET lastActiveAt = time::now()".to_owned(),
        format!("CREATE _00_query:`` SET {row}, auth_id = user:ann"),
    ] {
        world.run(&text).await;
    }
    world.settle().await;
    assert_eq!(ann.state("v").await, "ready 1");
    let edges = ann.edges().await;
    assert!(edges.contains(&"v task:1".to_owned()), "{edges:?}");
    assert!(edges.iter().all(|edge| edge.ends_with(" task:1")), "{edges:?}");
    assert_eq!(
        world.rows("SELECT VALUE out FROM _00_list_ref WHERE auth_id != NONE").await,
        [""; 0]
    );
    is_well(&world).await;
    // It is the same for one that starts and finds them.
    let mut world = world;
    world.down().await;
    world.up().await;
    world.settle().await;
    assert_eq!(ann.state("v").await, "ready 1");
    is_well(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_too_deep_to_be_read_holds_up_its_own_table_only() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world.run("DEFINE TABLE deep SCHEMALESS PERMISSIONS FULL; CREATE deep:1 SET a = 1").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    ann.register("w", "SELECT * FROM deep", "{}").await;
    crate::support::until("both are followed", || async { ann.edges().await == ["w deep:1"] })
        .await;
    for _ in 0..10 {
        let deeper = "FOR $i IN 0..25 { UPDATE deep:1 SET a = [a] RETURN NONE }";
        // The last ones are deeper than the database lets a value be.
        let _ = world.database.query(deeper, surreal::vars([])).await;
    }
    world.run("CREATE task:1 SET owner = user:ann").await;
    crate::support::until("others go on", || async {
        ann.edges().await.contains(&"v task:1".to_owned())
    })
    .await;
}
