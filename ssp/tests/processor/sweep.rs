//! What is put right though nobody told of it: looked for at the start and, here, five times a second (mechanism M11).

use std::time::Duration;

use ssp::Config;

use crate::support::{SCHEMA, World, until};

fn often(config: &mut Config) {
    config.sweep = Duration::from_millis(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_nobody_goes_and_what_is_missing_comes() {
    let world = World::start_with(SCHEMA, often).await;
    let ann = world.sign_up("ann").await;
    world.sign_up("bob").await;
    world.run("CREATE task:1 SET owner = user:ann").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    // Left by who knows whom, some of it more than one page; and a table that somebody took away.
    let left = "
        FOR $number IN 0..500 {
            CREATE type::record('_00_list_ref_user_ann', ['dead', NONE, NONE, type::record('task', $number)]);
        };
        CREATE _00_list_ref:['system', NONE, NONE, task:1];
        DEFINE TABLE _00_list_ref_user_nobody SCHEMALESS;
        CREATE _00_list_ref_user_nobody:['v', NONE, NONE, task:1];
        REMOVE TABLE _00_list_ref_user_bob";
    world.run(left).await;
    until("what is left is what belongs to somebody", || async {
        let tables = "SELECT VALUE name FROM (INFO FOR DB STRUCTURE).tables
            WHERE name IN ['_00_list_ref_user_nobody', '_00_list_ref_user_bob']";
        let tables = world.rows(tables).await;
        let shared = world.rows("SELECT VALUE id FROM _00_list_ref").await;
        let anns = world.rows("SELECT VALUE id FROM _00_list_ref_user_ann").await;
        tables == ["'_00_list_ref_user_bob'"]
            && shared.is_empty()
            && anns == ["_00_list_ref_user_ann:['v', NONE, NONE, task:1]"]
    })
    .await;
    assert_eq!(ann.edges().await, ["v task:1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_somebody_removed_is_made_again_with_its_edges() {
    let world = World::start_with(SCHEMA, often).await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann; CREATE task:2 SET owner = user:ann").await;
    ann.register("v", "SELECT * FROM task", "{}").await;
    world.settle().await;
    assert_eq!(ann.edges().await, ["v task:1", "v task:2"]);
    world.run("REMOVE TABLE _00_list_ref_user_ann").await;
    // Nothing is written meanwhile: no flush could meet the missing table.
    until("the edges stand again", || async {
        let edges = "SELECT VALUE id FROM _00_list_ref_user_ann";
        // Refused while there is no table.
        let told = world.database.query_one(edges, surreal::vars([])).await;
        told.is_ok_and(|edges| crate::support::lines(edges).len() == 2)
    })
    .await;
    assert_eq!(ann.edges().await, ["v task:1", "v task:2"]);
}
