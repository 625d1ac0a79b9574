//! What is put right that nobody watched.

use std::collections::BTreeSet;

use protocol::ViewKey;
use surreal::names::RefMode;
use surreal::schema::{self, Schema, Settings};
use surreal::sweep::{Sweep, Swept};
use surreal::writer::{Others, Writer};
use surreal::{Database, user_table};
use surrealdb_types::{RecordId, SurrealValue, Value};

use crate::people::{ask, installed, token, told, user};

async fn read(database: &Database) -> Schema {
    schema::read(database, &Settings::default()).await.unwrap()
}

async fn sweep(database: &Database, mode: RefMode, living: &[(&str, &str)]) -> Swept {
    sweep_by(database, &read(database).await, mode, living).await
}

async fn sweep_by(
    database: &Database,
    schema: &Schema,
    mode: RefMode,
    living: &[(&str, &str)],
) -> Swept {
    let writer = Writer::open(database, "ssp", 1, Others::Close).await.unwrap();
    let mut lane = writer.lane(0).await.unwrap();
    let key = |(user, id): &(&str, &str)| ViewKey {
        auth: Some(RecordId::new("user", *user)),
        id: (*id).to_owned(),
    };
    let views: BTreeSet<ViewKey> = living.iter().map(key).collect();
    let sweep = Sweep { schema, mode, views: &views, began: |_: &ViewKey| false };
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

/// What nobody's views left is found between the edges of those that live, at every place.
#[tokio::test]
async fn strays_are_found_between_what_lives() {
    let database = installed().await;
    for key in ["ann", "bob"] {
        user(&database, key).await;
        user_table::make(&database, &RecordId::new("user", key)).await.unwrap();
    }
    // More than one request asks for, ids that begin like others, and some of them without any edge.
    let ids: Vec<String> = (0..600).map(|n| format!("v{n}")).collect();
    let living: Vec<(&str, &str)> = ids.iter().map(|id| ("ann", id.as_str())).collect();
    let text = "FOR $id IN $ids { FOR $task IN 0..2 {
        CREATE type::record('_00_list_ref_user_ann', [$id, NONE, NONE, type::record('task', $task)]);
        CREATE type::record('_00_list_ref', [user:ann, $id, NONE, NONE, type::record('task', $task)]);
    } }";
    let strays = ["", "a", "v", "v\0", "v1\0", "v1 ", "v10x", "v99z", "v599\0x", "w", "é"];
    let with_edges = ids[100..].iter().map(String::as_str).chain(strays);
    let with_edges: Vec<Value> = with_edges.map(|id| id.to_owned().into_value()).collect();
    database.query(text, surreal::vars([("ids", with_edges.into_value())])).await.unwrap();
    ask(&database, "CREATE _00_list_ref:[user:bob, 'v1', NONE, NONE, task:1]").await;
    for (mode, table, others) in [
        (RefMode::Single, "_00_list_ref", strays.len() + 1),
        (RefMode::Dedicated, "_00_list_ref_user_ann", strays.len()),
    ] {
        if mode == RefMode::Single {
            // It would drop the other one's tables.
            let schema = Schema { edge_tables: Default::default(), ..read(&database).await };
            let swept = sweep_by(&database, &schema, mode, &living).await;
            assert_eq!(swept.views, others as u64);
        } else {
            ask(&database, "DELETE _00_list_ref").await;
            assert_eq!(sweep(&database, mode, &living).await.views, others as u64);
        }
        let left = format!("RETURN count(SELECT id FROM {table})");
        assert_eq!(told(&database, &left).await, "1000");
    }
}
