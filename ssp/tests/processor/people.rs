use std::time::Duration;

use surreal::vars;
use surrealdb_types::Value;

use crate::support::{SCHEMA, User, World, lines, until};

#[tokio::test(flavor = "multi_thread")]
async fn two_users_with_one_id_have_two_views() {
    let world = World::start(SCHEMA).await;
    let (ann, bob) = (world.sign_up("ann").await, world.sign_up("bob").await);
    world.run("CREATE task:1 SET owner = user:ann; CREATE task:2 SET owner = user:bob").await;
    ann.register("same", "SELECT * FROM task", "{}").await;
    bob.register("same", "SELECT * FROM task", "{}").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["same task:1"]);
    assert_eq!(bob.edges().await, ["same task:2"]);
    ann.run("fn::query::unsubscribe('same')").await;
    world.settle().await;
    assert_eq!(ann.edges().await, [""; 0]);
    assert_eq!(bob.edges().await, ["same task:2"], "nobody ends another's view");
    assert_eq!(bob.state("same").await, "ready 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_goes_takes_views_rows_and_table_along() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1"]);
    world.run("DELETE user:ann").await;
    world.settle().await;
    until("registration and table are gone", || async {
        let registrations = world.rows("SELECT VALUE id FROM _00_query").await;
        registrations.is_empty() && !has_table(&world, "_00_list_ref_user_ann").await
    })
    .await;
    let again = world.sign_up("ann").await;
    until("the table is there again", || async {
        has_table(&world, "_00_list_ref_user_ann").await
    })
    .await;
    world.settle().await;
    assert_eq!(again.edges().await, [""; 0], "she inherits nothing");
    again.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    assert_eq!(again.edges().await, ["v task:1"]);
}

/// *Her edges are being written when she is deleted*: the database takes a second for that. It lets her table go meanwhile,
/// and then they would stand in the next one of that name.
#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_has_none_of_the_edges_that_were_under_way_when_she_went() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann").await;
    let slow =
        "DEFINE EVENT slow ON _00_list_ref_user_ann WHEN $event = 'CREATE' THEN { sleep(1s) }";
    world.run(slow).await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    // Until they are under way. Were this too short, she would have none.
    tokio::time::sleep(Duration::from_millis(400)).await;
    world.run("DELETE user:ann").await;
    world.settle().await;
    let again = world.sign_up("ann").await;
    world.run("UPDATE task:1 SET owner = user:bob; CREATE task:2 SET owner = user:ann").await;
    until("the next table is there, and empty", || async {
        let edges = "SELECT VALUE id FROM _00_list_ref_user_ann";
        // Refused while there is no table.
        world.database.query_one(edges, vars([])).await.is_ok_and(|edges| lines(edges).is_empty())
    })
    .await;
    again.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    assert_eq!(again.edges().await, ["v task:2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_at_once_sees_the_edges_of_her_first_registration() {
    let world = World::start(SCHEMA).await;
    world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann").await;
    // Her table stands all the time, and nobody has given it its rule.
    let text = "BEGIN; DELETE user:ann; CREATE user:ann SET name = 'ann'; COMMIT";
    world.database.query(text, vars([])).await.unwrap();
    world.settle().await;
    let mut params = surrealdb_types::Object::new();
    params.insert("name", "ann");
    let token = world.database.sign_in("account", params).await.unwrap();
    let ann = User { database: world.database.as_user(&token).await.unwrap(), token };
    ann.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_whose_key_is_not_plain_gets_a_table_with_the_first_registration() {
    let world = World::start(SCHEMA).await;
    let odd = world.sign_up("ann smith").await;
    let record = "user:`ann smith`";
    world.run(&format!("CREATE task:1 SET owner = {record}")).await;
    odd.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    assert_eq!(odd.state("v").await, "ready 1");
    assert_eq!(odd.edges().await, ["v task:1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_single_mode_all_share_one_table_and_see_their_own() {
    let world = World::start_with(SCHEMA, |config| {
        config.ref_mode = surreal::names::RefMode::Single;
    })
    .await;
    let (ann, bob) = (world.sign_up("ann").await, world.sign_up("bob").await);
    world.run("CREATE task:1 SET owner = user:ann; CREATE task:2 SET owner = user:bob").await;
    ann.register("same", "SELECT * FROM task", "{}").await;
    bob.register("same", "SELECT * FROM task", "{}").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["same task:1"]);
    assert_eq!(bob.edges().await, ["same task:2"]);
    let Value::Array(all) = world.run("SELECT * FROM _00_list_ref").await else { panic!() };
    assert_eq!(all.len(), 2);
}

async fn has_table(world: &World, name: &str) -> bool {
    let Value::Object(told) = world.run("INFO FOR DB").await else { panic!() };
    matches!(&told["tables"], Value::Object(tables) if tables.contains_key(name))
}
