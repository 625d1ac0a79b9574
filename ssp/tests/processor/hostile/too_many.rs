//! One who registers without end.

use protocol::limits::{CLIENTS_PER_VIEW_MAX, VIEWS_PER_USER_MAX};
use serde_json::json;

use super::{is_well, said, told};
use crate::support::{SCHEMA, World};

/// Statements in one request.
const AT_ONCE: usize = 250;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_holds_more_views_than_he_may() {
    let world = World::start(SCHEMA).await;
    let (ann, bob) = (world.sign_up("ann").await, world.sign_up("bob").await);
    world.run("CREATE task:1 SET owner = user:ann; CREATE task:2 SET owner = user:bob").await;
    for from in (0..VIEWS_PER_USER_MAX).step_by(AT_ONCE) {
        let register = |no| {
            let surql = format!("SELECT * FROM task WHERE n != {no}");
            format!("fn::query::register({{ id: 'v{no}', surql: '{surql}', clientId: 'c' }})")
        };
        let text: Vec<String> = (from..from + AT_ONCE).map(register).collect();
        ann.run(&text.join(";")).await;
    }
    let limit = format!("LIMIT_EXCEEDED: a user holds at most {VIEWS_PER_USER_MAX} views");
    let row = "{ id: 'more', surql: 'SELECT * FROM task', clientId: 'c' }";
    let answer = said(&ann, &format!("fn::query::register({row})")).await;
    assert!(answer.contains(&limit), "{answer}");
    // Nor by writing the rows himself, one after the other or many in one statement.
    let direct = said(&ann, "CREATE _00_query:more SET surql = 'SELECT * FROM task'").await;
    assert_eq!(direct, "[]");
    said(
        &ann,
        "FOR $i IN 0..100 { CREATE type::record('_00_query', <string> $i) SET surql = 'x' }",
    )
    .await;
    let body = json!({ "id": "more", "surql": "SELECT * FROM task", "clientId": "c" });
    let answer = world.post_as(&ann.token, "/view/register", body).await;
    assert_eq!(told(&answer), "400 LIMIT_EXCEEDED", "{}", answer.1);
    let count = "SELECT VALUE count FROM (SELECT count() FROM _00_query WHERE auth_id = user:ann GROUP ALL)";
    assert_eq!(world.rows(count).await, [VIEWS_PER_USER_MAX.to_string()]);
    // What she has goes on, and so do others.
    bob.register("v", "SELECT * FROM task", "{}").await;
    ann.register("v7", "SELECT * FROM task WHERE n = NONE", "{}").await;
    world.settle().await;
    assert_eq!(bob.edges().await, ["v task:2"]);
    assert_eq!(ann.edges().await.len(), VIEWS_PER_USER_MAX);
    ann.run("fn::query::unsubscribe('v8')").await;
    ann.register("more", "SELECT * FROM task", "{}").await;
    // A view has many clients, and not endlessly many.
    let clients = "FOR $i IN 0..1000 { fn::query::register({ id: 'v', surql: 'SELECT * FROM task', clientId: <string> $i }) }";
    let answer = said(&bob, clients).await;
    let limit = format!("LIMIT_EXCEEDED: a view has at most {CLIENTS_PER_VIEW_MAX} clients");
    assert!(answer.contains(&limit), "{answer}");
    let forged = "UPDATE _00_query:v SET clients = object::from_entries(array::range(0..1001).map(|$i| [<string> $i, 1]))";
    let answer = said(&bob, forged).await;
    assert!(answer.contains("clients"), "{answer}");
    world.settle().await;
    assert_eq!(ann.state("more").await, "ready 1");
    is_well(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_gets_past_the_count_is_refused_or_removed() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann").await;
    // As many transactions at one moment could do it: none of them sees the others' rows.
    let rows = 2 * VIEWS_PER_USER_MAX + 5;
    let one = "CREATE type::record('_00_query', <string> $i) SET surql = 'SELECT * FROM task', \
        clientId = 'c', auth_id = user:ann, access = 'account', lastActiveAt = time::now()";
    world.run(&format!("FOR $i IN 0..{rows} {{ {one} }}")).await;
    world.settle().await;
    let of = |state: &str| {
        let text = format!("SELECT VALUE id FROM _00_query WHERE state = '{state}'");
        let world = &world;
        async move { world.rows(&text).await.len() }
    };
    crate::support::until("the rest is removed", || async {
        world.rows("SELECT VALUE id FROM _00_query").await.len() == 2 * VIEWS_PER_USER_MAX
    })
    .await;
    assert_eq!((of("ready").await, of("refused").await), (VIEWS_PER_USER_MAX, VIEWS_PER_USER_MAX));
    assert_eq!(ann.edges().await.len(), VIEWS_PER_USER_MAX);
    let codes = "SELECT VALUE error.code FROM _00_query WHERE state = 'refused'";
    assert!(world.rows(codes).await.iter().all(|code| code == "'LIMIT_EXCEEDED'"));
    // The place of one that ends is the next one's.
    world.run("DELETE (SELECT VALUE id FROM _00_query WHERE state = 'ready' LIMIT 3)").await;
    world.settle().await;
    world.settle().await;
    assert_eq!(
        (of("ready").await, of("refused").await),
        (VIEWS_PER_USER_MAX, VIEWS_PER_USER_MAX - 3)
    );
    is_well(&world).await;
}
