//! From one `capture.mode` to another: what the one put into the database the other takes off.

use service::config::kind::CaptureMode;

use crate::support::{SCHEMA, World};

/// What is ours on the tables of users, and beside them.
async fn ours(world: &World) -> String {
    let mut found = Vec::new();
    for (what, asked) in [
        ("feed", "string::contains((INFO FOR DB).tables.task, 'CHANGEFEED')"),
        ("feed of users", "string::contains((INFO FOR DB).tables.user, 'CHANGEFEED')"),
        ("event", "(INFO FOR TABLE task).events._00_announce != NONE"),
        ("versions", "(INFO FOR DB).tables._00_version != NONE"),
    ] {
        if world.rows(&format!("RETURN {asked}")).await == ["true"] {
            found.push(what);
        }
    }
    found.join(", ")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mode_takes_the_others_things_off_and_uninstall_all_of_them() {
    let schema = format!("{SCHEMA} DEFINE TABLE theirs SCHEMALESS CHANGEFEED 1d");
    let mut world = World::without_ssp(&schema).await;
    let before = world.rows("RETURN (INFO FOR DB).tables.values().sort()").await;
    for (mode, expected) in [
        (CaptureMode::Changefeed, "feed, feed of users"),
        (CaptureMode::Events, "event, versions"),
        (CaptureMode::None, ""),
        (CaptureMode::Events, "event, versions"),
        (CaptureMode::Changefeed, "feed, feed of users"),
        (CaptureMode::Events, "event, versions"),
    ] {
        world.config.capture.mode = mode;
        world.up().await;
        world.settle().await;
        assert_eq!(ours(&world).await, expected, "{}", mode.as_str());
        let theirs = world.rows("RETURN (INFO FOR DB).tables.theirs").await.remove(0);
        assert!(theirs.contains("CHANGEFEED"), "a feed that we did not give stays");
        world.run("CREATE task SET n = 1").await;
        world.settle().await;
        world.down().await;
    }
    surreal::meta::uninstall(&world.database).await.unwrap();
    let after = world.rows("RETURN (INFO FOR DB).tables.values().sort()").await;
    assert_eq!(after, before, "nothing of ours is left");
    assert_eq!(world.rows("RETURN (INFO FOR TABLE task).events").await, ["{  }"]);
}
