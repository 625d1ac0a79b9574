//! What is read of the definitions.

use surreal::meta;
use surreal::schema::{self, Settings};
use view::catalog::{Capture, Permission};

use crate::people::{ask, installed};

#[tokio::test]
async fn definitions_become_a_catalog() {
    let database = installed().await;
    for definition in [
        "DEFINE TABLE a CHANGEFEED 1d PERMISSIONS FOR select WHERE owner = $auth.id",
        "DEFINE FIELD twice ON a COMPUTED n * 2",
        "DEFINE FIELD secret ON a PERMISSIONS NONE",
        "DEFINE FIELD link ON a TYPE option<record<a>> REFERENCE",
        "DEFINE TABLE `b c` PERMISSIONS FULL",
        "DEFINE TABLE total AS SELECT count() FROM a GROUP ALL",
        "DEFINE TABLE noise",
    ] {
        ask(&database, definition).await;
    }
    let settings = Settings { exclude: ["noise".to_owned()].into(), ..Settings::default() };
    let read = schema::read(&database, &settings).await.unwrap();
    let capture = |table: &str| read.catalog.tables[table].capture;
    assert_eq!(capture("a"), Capture::Computed);
    assert_eq!(capture("b c"), Capture::Captured);
    assert_eq!(capture("total"), Capture::View);
    assert_eq!(capture("noise"), Capture::Excluded);
    assert_eq!(capture("_00_query"), Capture::Ours);
    let a = &read.catalog.tables["a"];
    assert_eq!(a.select, Permission::Where("owner = $auth.id".into()));
    assert!(a.fields["twice"].computed && a.fields["link"].reference);
    assert_eq!(a.fields["secret"].select, Permission::None);
    assert_eq!(read.catalog.tables["b c"].select, Permission::Full);
    assert_eq!(read.feedless, ["account", "b c", "user"].map(String::from).into());
    assert_eq!(read.fed_in_vain, ["a".to_owned()].into());
    assert_eq!(read.user_tables, ["account", "user"].map(String::from).into());
    let accesses: Vec<&str> = read.accesses.iter().map(|access| access.name.as_str()).collect();
    assert_eq!(accesses, ["member", "person"]);
    assert!(read.missing.is_empty(), "{:?}", read.missing);

    let computed = Settings { computed: ["a".to_owned()].into(), ..Settings::default() };
    let with_computed = schema::read(&database, &computed).await.unwrap();
    assert_eq!(with_computed.catalog.tables["a"].capture, Capture::Captured);
}

#[tokio::test]
async fn the_digest_moves_with_what_concerns_us_and_with_nothing_else() {
    let database = installed().await;
    let digest = || async {
        let read = schema::read(&database, &Settings::default()).await.unwrap();
        let part = schema::read_but_edge_tables(&database, &Settings::default()).await.unwrap();
        let edge_tables = std::collections::BTreeMap::new();
        assert_eq!(part, schema::Schema { edge_tables, ..read.clone() });
        read.digest
    };
    let mut known = digest().await;
    for nothing in [
        "CREATE user:one",
        "LIVE SELECT * FROM user",
        "DEFINE TABLE _00_list_ref_user_one",
        "DEFINE INDEX name ON user FIELDS name",
    ] {
        ask(&database, nothing).await;
        assert_eq!(digest().await, known, "{nothing}");
    }
    meta::event_of_sign_up(&database, &meta::Settings::default(), "user").await.unwrap();
    assert_eq!(digest().await, known);
    for something in [
        "ALTER TABLE user PERMISSIONS FOR select NONE",
        "DEFINE FIELD n ON user PERMISSIONS NONE",
        "ALTER TABLE user CHANGEFEED 1d",
        "ALTER TABLE user DROP CHANGEFEED",
        "DEFINE TABLE b",
        "REMOVE TABLE b",
        "REMOVE ACCESS member ON DATABASE",
    ] {
        let before = known;
        ask(&database, something).await;
        known = digest().await;
        assert_ne!(known, before, "{something}");
    }
    ask(&database, "REMOVE TABLE account").await;
    let before = digest().await;
    ask(&database, "DEFINE TABLE account").await;
    ask(&database, "REMOVE TABLE account").await;
    assert_eq!(digest().await, before);
}
