//! *The database is gone, and whoever looks at the processor sees that all is well.*

use database_server::Running;

use crate::support::{SCHEMA, World, new_database, until};

/// Views stand, `/health` and `/metrics` say that nothing comes through, and say so no longer when it is back.
#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_database_is_told() {
    let directory = std::env::temp_dir().join(format!("spky-outage-{}", std::process::id()));
    let mut server = Running::start(&format!("surrealkv://{}", directory.display()));
    let mut world = World::on(new_database(server.address(), "a".into()).await, SCHEMA).await;
    world.up().await;
    let metrics = async || reqwest::get(world.url("/metrics")).await.unwrap().text().await.unwrap();
    let health = world.get("/health").await.1;
    assert_eq!((&health["db"]["status"], health["code"].is_null()), (&"ok".into(), true));
    server.kill();
    until("the outage is told", || async {
        let (status, health) = world.get("/health").await;
        let stalled = health["db"]["status"] == "stalled";
        status == 200 && stalled && health["code"] == "DATABASE_UNREACHABLE"
    })
    .await;
    assert!(metrics().await.contains("spky_capture_stalled 1\n"));
    server.restart();
    until("it is over", || async { world.get("/health").await.1["db"]["status"] == "ok" }).await;
    assert!(metrics().await.contains("spky_capture_stalled 0\n"));
    world.down().await;
    drop(server);
    let _ = std::fs::remove_dir_all(directory);
}
