//! The auditor on the real server (mechanism M16): what the changefeed does not tell.

use surreal::{Database, vars};
use surrealdb_types::{Number, RecordId, RecordIdKey, Value};

use crate::follower::{Follower, options};
use crate::support::fresh;

async fn say(database: &Database, text: &str) {
    database.repeat(text, vars([])).await.unwrap();
}

async fn follower(text: &str) -> (Database, Follower) {
    let database = Database::connect(fresh().await).await.unwrap();
    say(&database, text).await;
    let mut follower = Follower::start(&database, options(), &["t"]).await;
    follower.caught_up(&["t"]).await;
    (database, follower)
}

/// *Rows written under `OPTION IMPORT` have no entry in the feed.*
#[tokio::test]
async fn what_an_import_wrote_changed_and_deleted_is_found() {
    let text =
        "DEFINE TABLE t CHANGEFEED 1h; FOR $i IN 0..300 { CREATE type::record('t', $i) SET n = 0 }";
    let (database, mut follower) = follower(text).await;
    say(&database, "UPDATE t:7 SET n = 7; DELETE t:8").await;
    follower.mark().await;
    let text =
        "OPTION IMPORT; UPDATE t:1 SET n = 1; DELETE t:2; CREATE t:new; UPDATE t:7 SET n = 8;
        CREATE t:8 SET n = 9";
    say(&database, text).await;
    for line in ["missed t:1", "missed t:2", "missed t:new", "missed t:7", "missed t:8"] {
        // What was told lately is judged once the floor has passed it, and marks move the floor.
        while !follower.log.iter().any(|logged| logged == line) {
            follower.mark().await;
        }
    }
    follower.equals("t").await;
    let missed = follower.log.iter().filter(|line| line.starts_with("missed"));
    assert_eq!(missed.count(), 5, "each once: {:?}", follower.log);
}

/// Whatever writers do meanwhile, nothing is taken for missed that the feed tells.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_writers_nothing_is_taken_for_missed() {
    let text =
        "DEFINE TABLE t CHANGEFEED 1h; FOR $i IN 0..400 { CREATE type::record('t', $i) SET n = 0 }";
    let (database, mut follower) = follower(text).await;
    let writers: Vec<_> = (0..4i64)
        .map(|writer| {
            let options = database.options().clone();
            tokio::spawn(async move {
                let database = Database::connect(options).await.unwrap();
                for round in 0..400i64 {
                    let text = match round % 3 {
                        0 => "DELETE type::record('t', $at)",
                        1 => "UPSERT type::record('t', $at) SET n = $at",
                        _ => {
                            "BEGIN; UPSERT type::record('t', $at) SET n += 1; \
                              DELETE type::record('t', $at + 1); COMMIT"
                        }
                    };
                    let at = (round * 37 + writer * 100) % 400;
                    let named = vars([("at", surrealdb_types::SurrealValue::into_value(at))]);
                    database.repeat(text, named).await.unwrap();
                }
            })
        })
        .collect();
    while !writers.iter().all(|writer| writer.is_finished()) {
        follower.mark().await;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    for _ in 0..2 {
        let from = follower.log.len();
        follower.until(from, "audited t").await;
    }
    follower.mark().await;
    follower.equals("t").await;
    let missed: Vec<&String> =
        follower.log.iter().filter(|line| line.starts_with("missed")).collect();
    assert!(missed.is_empty(), "{missed:?}");
}

/// *`t:[1]` and `t:[1f]` are equal, and two records: asked for both, the database answers the first one twice.*
#[tokio::test]
async fn records_that_are_equal_are_not_asked_for_together() {
    let text = "DEFINE TABLE t CHANGEFEED 1h; CREATE t:[1] SET n = 1; CREATE t:[1f] SET n = 2";
    let (_, mut follower) = follower(text).await;
    let key = |number| RecordIdKey::Array(vec![Value::Number(number)].into());
    let records = [Number::Int(1), Number::Float(1.0)].map(|it| RecordId::new("t", key(it)));
    follower.handle.look_at(7, "t".into(), records.into());
    follower.until(0, "looked at 7").await;
    follower.equals("t").await;
    let missed = follower.log.iter().filter(|line| line.starts_with("missed"));
    assert_eq!(missed.count(), 0, "{:?}", follower.log);
}

/// COMPUTED values are no content: what they become by themselves is no difference.
#[tokio::test]
async fn computed_values_are_no_difference() {
    let database = Database::connect(fresh().await).await.unwrap();
    let text = "DEFINE TABLE t CHANGEFEED 1h; DEFINE FIELD seen ON t COMPUTED time::now();
        CREATE t:1 SET n = 1; CREATE t:2 SET n = 2";
    say(&database, text).await;
    let mut settings = surreal::schema::Settings::default();
    settings.computed.insert("t".to_owned());
    let options = surreal::capture::Options { settings, ..options() };
    let mut follower = Follower::start(&database, options, &["t"]).await;
    follower.caught_up(&["t"]).await;
    say(&database, "UPDATE t:1 SET n = 3").await;
    for _ in 0..3 {
        let from = follower.log.len();
        follower.until(from, "audited t").await;
    }
    follower.mark().await;
    assert_eq!(
        follower.rows("t"),
        ["{ id: t:1, n: 3 }".to_owned(), "{ id: t:2, n: 2 }".to_owned()].into()
    );
    assert!(!follower.log.iter().any(|line| line.starts_with("missed")), "{:?}", follower.log);
}
