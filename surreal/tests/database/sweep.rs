//! What is put right that nobody watched.

use std::collections::BTreeSet;

use protocol::ViewKey;
use surreal::names::RefMode;
use surreal::schema::{self, Schema, Settings};
use surreal::sweep::{Sweep, Swept};
use surreal::writer::{Others, Writer};
use surreal::{Database, user_table};
use surrealdb_types::RecordId;

use crate::people::{ask, installed, token, told, user};

async fn read(database: &Database) -> Schema {
    schema::read(database, &Settings::default()).await.unwrap()
}

async fn sweep(database: &Database, mode: RefMode, living: &[(&str, &str)]) -> Swept {
    let writer = Writer::open(database, "ssp", 1, Others::Close).await.unwrap();
    let mut lane = writer.lane(0).await.unwrap();
    let lives = |view: &ViewKey| {
        living
            .iter()
            .any(|(user, id)| view.auth == Some(RecordId::new("user", *user)) && view.id == *id)
    };
    let users: BTreeSet<RecordId> =
        living.iter().map(|(user, _)| RecordId::new("user", *user)).collect();
    let schema = read(database).await;
    let sweep = Sweep { schema: &schema, mode, users: &users, lives };
    sweep.run(database, &mut lane).await.unwrap()
}

const EDGES: &str = "
    FOR $number IN 0..900 {
        CREATE type::record('_00_list_ref_user_ann', ['dead', NONE, NONE, type::record('task', $number)]);
    };
    CREATE _00_list_ref_user_ann:['top', NONE, NONE, task:1];
    CREATE _00_list_ref:['system', NONE, NONE, task:1];
    CREATE _00_list_ref:[user:ann, 'top', NONE, NONE, task:1];
    CREATE _00_list_ref:[user:bob, 'top', NONE, NONE, task:1];";

#[tokio::test]
async fn what_nobody_owns_goes_and_what_is_missing_comes() {
    let database = installed().await;
    for key in ["ann", "bob", "gone", "not plain", "long gone"] {
        user(&database, key).await;
        user_table::make(&database, &RecordId::new("user", key)).await.unwrap();
    }
    token(&database, "member", "x".repeat(70)).await;
    let long = RecordId::new("account", "x".repeat(70));
    user_table::make(&database, &long).await.unwrap();
    database.query(EDGES, surreal::vars([])).await.unwrap();
    ask(&database, "DELETE user:gone, user:`long gone`").await;
    ask(&database, "REMOVE TABLE _00_list_ref_user_bob").await;

    let swept = sweep(&database, RefMode::Dedicated, &[("ann", "top")]).await;
    assert_eq!(swept, Swept { views: 4, dropped: 3, made: [RecordId::new("user", "bob")].into() });
    assert_eq!(told(&database, "SELECT VALUE id FROM _00_list_ref").await, "[]");
    let anns = "SELECT VALUE id FROM _00_list_ref_user_ann";
    assert_eq!(told(&database, anns).await, "[_00_list_ref_user_ann:['top', NONE, NONE, task:1]]");
    let tables: Vec<(String, bool)> = read(&database).await.edge_tables.into_iter().collect();
    let not_plain = surreal::names::edge_table(&RecordId::new("user", "not plain")).name;
    let expected = [not_plain.as_str(), "_00_list_ref_user_ann", "_00_list_ref_user_bob"];
    assert_eq!(tables, expected.map(|name| (name.to_owned(), true)));

    let again = sweep(&database, RefMode::Dedicated, &[("ann", "top")]).await;
    assert_eq!(again, Swept::default());
}

#[tokio::test]
async fn the_edges_of_the_other_mode_go() {
    let database = installed().await;
    user(&database, "ann").await;
    user_table::make(&database, &RecordId::new("user", "ann")).await.unwrap();
    database.query(EDGES, surreal::vars([])).await.unwrap();
    let swept = sweep(&database, RefMode::Single, &[("ann", "top")]).await;
    assert_eq!(swept, Swept { views: 2, dropped: 1, made: BTreeSet::new() });
    let left = "[_00_list_ref:[user:ann, 'top', NONE, NONE, task:1]]";
    assert_eq!(told(&database, "SELECT VALUE id FROM _00_list_ref").await, left);
}
