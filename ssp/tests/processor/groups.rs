//! Groups: documents in the edge table, of records that nobody has.

use serde_json::{Value as Json, json};

use crate::support::{SCHEMA, User, World};

const LISTS: &str = "SELECT list, count() AS n, math::sum(rank) AS total FROM task GROUP BY list";

/// What his groups' edges say, in the order of what they show.
const SHOWN: &str = "SELECT VALUE value FROM type::table(fn::query::table()) ORDER BY value.list";

async fn shown(user: &User) -> Vec<String> {
    crate::support::lines(user.run(SHOWN).await)
}

async fn world() -> (World, User) {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world
        .run(
            "CREATE task:1 SET owner = user:ann, list = 'home', rank = 1;
             CREATE task:2 SET owner = user:ann, list = 'work', rank = 2;
             CREATE task:3 SET owner = user:bob, list = 'work', rank = 4",
        )
        .await;
    ann.register("lists", LISTS, "{}").await;
    world.settle().await;
    (world, ann)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_an_edge_without_a_record_and_its_version_rises() {
    let (mut world, ann) = world().await;
    let home = "{ list: 'home', n: 1, total: 1 }";
    assert_eq!(shown(&ann).await, [home, "{ list: 'work', n: 1, total: 2 }"]);
    assert_eq!(ann.state("lists").await, "ready 2");
    let edge = "SELECT id, out, value, hash, version FROM type::table(fn::query::table())
        WHERE value.list = 'work'";
    let version = async |ann: &User| {
        let told = crate::support::lines(ann.run(edge).await).pop().unwrap();
        assert!(told.contains("out: NONE"), "{told}");
        let number = told.split("version: ").nth(1).unwrap().trim_end_matches(" }");
        let id = told.split("id: ").nth(1).unwrap().split("], out").next().unwrap().to_owned();
        (id, number.parse::<u64>().unwrap())
    };
    let (id, first) = version(&ann).await;
    world.run("CREATE task:4 SET owner = user:ann, list = 'work', rank = 10").await;
    world.settle().await;
    assert_eq!(shown(&ann).await, [home, "{ list: 'work', n: 2, total: 12 }"]);
    let (same, second) = version(&ann).await;
    assert_eq!(id, same, "it is the same edge");
    assert!(first < second, "{first} {second}");
    world.down().await;
    world.run("DELETE task:2; UPDATE task:1 SET list = 'work'").await;
    world.up().await;
    world.settle().await;
    assert_eq!(shown(&ann).await, ["{ list: 'work', n: 2, total: 11 }"]);
    let (same, third) = version(&ann).await;
    assert_eq!(id, same);
    assert!(second < third, "over a restart, too: {second} {third}");
    ann.run("fn::query::unsubscribe('lists')").await;
    world.settle().await;
    assert_eq!(shown(&ann).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_user_may_no_longer_select_leaves_its_group_and_a_failed_view_has_none() {
    let (world, ann) = world().await;
    let failing = "SELECT list, count() AS n FROM task WHERE rank + 1 > 0 GROUP BY list";
    ann.register("failing", failing, "{}").await;
    world.run("UPDATE task:2 SET owner = user:bob").await;
    world.settle().await;
    let home = ["{ list: 'home', n: 1 }", "{ list: 'home', n: 1, total: 1 }"];
    assert_eq!(shown(&ann).await, home);
    world.run("CREATE task:5 SET owner = user:ann, list = 'home', rank = 'five'").await;
    world.settle().await;
    assert_eq!(ann.state("failing").await, "failed 0 ROW_FAILED");
    assert_eq!(
        shown(&ann).await,
        ["{ list: 'home', n: 2, total: 1 }"],
        "what is no number is none"
    );
    world.run("DELETE task:5").await;
    world.settle().await;
    assert_eq!(shown(&ann).await, home);
    world.run("ALTER TABLE task PERMISSIONS FOR select NONE").await;
    world.settle().await;
    assert_eq!(shown(&ann).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_answered_with_what_its_groups_show() {
    let (world, ann) = world().await;
    let body = json!({ "id": "http", "surql": LISTS, "clientId": "c" });
    let (status, told) = world.post_as(&ann.token, "/view/register", body).await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(told["rowCount"], 2);
    let values: Vec<&Json> =
        told["rows"].as_array().unwrap().iter().map(|row| &row["value"]).collect();
    let expected = [
        json!({ "list": "home", "n": 1, "total": 1 }),
        json!({ "list": "work", "n": 1, "total": 2 }),
    ];
    assert_eq!(values, expected.iter().collect::<Vec<_>>());
    assert!(told["rows"][0].get("out").is_none(), "{told}");
}
