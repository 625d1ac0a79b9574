//! *The database is gone, and whoever looks at the processor sees that all is well.*

use database_server::Running;

use ssp::Config;
use surreal::{Database, Missing, Options, vars};

use crate::support::{self, SCHEMA, World, new_database, until};

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

/// *A slip in SPKY_DB_NAME, and the processor is ready, on an empty database that nobody wanted.*
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_there_is_waited_for_and_not_made() {
    let server = Running::start("memory");
    let there = new_database(server.address(), "there".into()).await;
    let named = Options { db: "nope".into(), ..there.clone() };
    let elsewhere = Options { ns: "nowhere".into(), ..named.clone() };
    for (options, missing) in [(&elsewhere, Missing::Namespace), (&named, Missing::Database)] {
        let (listen, database) = ("127.0.0.1:0".into(), options.clone());
        let ssp = ssp::start(Config { listen, database, ..Config::default() }).await.unwrap();
        until("it is told", || async {
            let (status, health) = support::get(ssp.addr, "/health").await;
            (status, health["code"].as_str()) == (503, Some("DATABASE_MISSING"))
        })
        .await;
        tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
        assert_eq!(Database::missing(options).await, Ok(Some(missing)), "it is not made");
        if missing == Missing::Database {
            let database = Database::connect(there.clone()).await.unwrap();
            database.query("DEFINE DATABASE nope", vars([])).await.unwrap();
            ssp.ready().await.unwrap();
            let (status, health) = support::get(ssp.addr, "/health").await;
            assert_eq!((status, health["code"].is_null()), (200, true), "{health}");
        }
        ssp.stop().await;
    }
}
