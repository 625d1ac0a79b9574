//! The histories of mechanisms M1 to M6 and M12, played on the real server.

use std::time::Duration;

use surreal::capture::Options;
use surreal::{Database, vars};
use surrealdb_types::{SurrealValue, ToSql, Value};

use crate::follower::{Follower, options};
use crate::support::{Server, fresh};

async fn say(database: &Database, text: &str) {
    database.repeat(text, vars([])).await.unwrap();
}

#[tokio::test]
async fn what_stands_is_loaded_and_what_comes_is_told() {
    let database = Database::connect(fresh().await).await.unwrap();
    say(&database, "CREATE t:1 SET a = 1; CREATE t:two SET a = 2; CREATE t:[3, 'x']").await;
    let mut follower = Follower::start(&database, options(), &["t", "nobody"]).await;
    follower.caught_up(&["t", "nobody"]).await;
    follower.equals("t").await;
    say(&database, "UPDATE t:1 SET a = 5; DELETE t:two; CREATE t:4; CREATE other:1").await;
    say(&database, "BEGIN; CREATE t:5; UPDATE t:5 SET a = 1; DELETE t:4; COMMIT").await;
    follower.mark().await;
    follower.equals("t").await;
    assert_eq!(follower.rows("t").len(), 3);
}

#[tokio::test]
async fn keys_of_every_kind_are_paged() {
    let database = Database::connect(fresh().await).await.unwrap();
    let text = "FOR $i IN 0..120 {
        CREATE type::record('t', $i - 60);
        CREATE type::record('t', <string> $i);
        CREATE type::record('t', 'ö' + <string> $i + '`');
        CREATE type::record('t', [$i, <string> $i, NONE, d'2024-01-01T00:00:00Z', t:1, 1.5]);
        CREATE type::record('t', { a: $i, b: { c: [$i] } });
        CREATE type::record('t', rand::uuid());
    }";
    say(&database, text).await;
    let mut follower = Follower::start(&database, options(), &["t"]).await;
    follower.caught_up(&["t"]).await;
    assert_eq!(follower.rows("t").len(), 720);
    follower.equals("t").await;
}

/// *A commit with an older stamp can become visible after a newer one.*
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_writers_and_nothing_is_missed() {
    let options_of = fresh().await;
    let database = Database::connect(options_of.clone()).await.unwrap();
    let mut follower = Follower::start(&database, options(), &["t"]).await;
    follower.caught_up(&["t"]).await;
    let writers: Vec<_> = (0..16)
        .map(|writer| {
            let options = options_of.clone();
            tokio::spawn(async move {
                let database = Database::connect(options).await.unwrap();
                for n in 0..60 {
                    let text = if n % 10 == 0 {
                        // A large commit takes its stamp long before it is visible.
                        "BEGIN; FOR $i IN 0..100 { UPSERT type::record('t', [$w, $i]) SET n = $n }; COMMIT"
                    } else if n % 7 == 0 {
                        "DELETE type::record('t', [$w, $n])"
                    } else {
                        "UPSERT type::record('t', [$w, $n]) SET n = $n"
                    };
                    let named = vars([("w", writer.into_value()), ("n", n.into_value())]);
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
    follower.mark().await;
    follower.equals("t").await;
    assert!(follower.rows("t").len() > 1_000);
}

/// *Pages read from T1 to T9, then a tail from T0: older changes run over newer rows.* Deletes behind the cursor and of
/// the cursor's own row, inserts behind and ahead of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_meets_the_feed() {
    meets_the_feed(options()).await;
}

/// The ranges' transactions see different states: what came between two of them belongs to some rows' past and to others'
/// future.
#[tokio::test]
async fn a_load_by_ranges_meets_the_feed() {
    meets_the_feed(Options { range_rows: 300, ..options() }).await;
}

async fn meets_the_feed(reading: Options) {
    let options_of = fresh().await;
    let database = Database::connect(options_of.clone()).await.unwrap();
    let text = "FOR $i IN 0..3000 { CREATE type::record('t', $i * 2) SET n = 0 }";
    say(&database, text).await;
    let writers: Vec<_> = (0..4i64)
        .map(|writer| {
            let options = options_of.clone();
            tokio::spawn(async move {
                let database = Database::connect(options).await.unwrap();
                for round in 0..150i64 {
                    // Sweeps over the keys faster than the load does, so that it is now behind and now ahead of it.
                    let at = (round * 97 + writer * 1_501) % 6_000;
                    let text = "BEGIN; DELETE type::record('t', $at - $at % 2);
                        UPSERT type::record('t', $at + 1) SET n = $n;
                        UPDATE type::record('t', ($at + 50) - $at % 2) SET n += 1; COMMIT";
                    let named = vars([("at", at.into_value()), ("n", round.into_value())]);
                    database.repeat(text, named).await.unwrap();
                }
            })
        })
        .collect();
    let mut follower = Follower::start(&database, reading, &["t"]).await;
    follower.caught_up(&["t"]).await;
    for _ in 0..3 {
        let from = follower.log.len();
        follower.handle.follow("t");
        follower.until(from, "caught up t").await;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    follower.mark().await;
    follower.equals("t").await;
}

/// *Turning a feed on is no barrier: a writer that began before commits without an entry.*
#[tokio::test]
async fn a_writer_from_before_the_feed_is_found_by_the_second_look() {
    let database = Database::connect(fresh().await).await.unwrap();
    say(&database, "DEFINE TABLE t; CREATE t:1").await;
    let early = database.transaction().await.unwrap();
    early.query("CREATE t:2", vars([])).await.unwrap();
    let mut follower = Follower::start(&database, options(), &["t"]).await;
    follower.caught_up(&["t"]).await;
    early.commit().await.unwrap();
    follower.mark().await;
    assert_eq!(follower.rows("t").len(), 1, "the feed does not tell");
    follower.until(0, "expected t:2").await;
    follower.equals("t").await;
    assert_eq!(follower.rows("t").len(), 2);
}

#[tokio::test]
async fn pages_and_the_feed_share_a_snapshot() {
    let database = Database::connect(fresh().await).await.unwrap();
    say(&database, "DEFINE TABLE t CHANGEFEED 1h; CREATE t:1").await;
    let reading = database.transaction().await.unwrap();
    let feed = "SHOW CHANGES FOR DATABASE SINCE 0";
    let shown = reading.query(feed, vars([])).await.unwrap();
    say(&database, "CREATE t:2; DELETE t:1").await;
    let rows = reading.query("SELECT VALUE id FROM t", vars([])).await.unwrap();
    assert_eq!(rows[0].to_sql(), "[t:1]");
    assert_eq!(reading.query(feed, vars([])).await.unwrap(), shown);
    reading.cancel().await.unwrap();
}

/// *A migration says DEFINE TABLE OVERWRITE: the feed is gone.* And a table that is made later gets one.
#[tokio::test]
async fn a_feed_that_vanished_is_put_back_and_its_table_loaded_again() {
    let database = Database::connect(fresh().await).await.unwrap();
    say(&database, "CREATE t:1").await;
    let mut follower = Follower::start(&database, options(), &["t"]).await;
    follower.caught_up(&["t"]).await;
    let from = follower.log.len();
    say(&database, "DEFINE TABLE OVERWRITE t SCHEMALESS; CREATE t:2; DELETE t:1").await;
    follower.until(from, "caught up t").await;
    follower.mark().await;
    follower.equals("t").await;

    let from = follower.log.len();
    say(&database, "DEFINE TABLE late; CREATE late:1").await;
    follower.until(from, "definitions").await;
    follower.handle.follow("late");
    follower.caught_up(&["late"]).await;
    say(&database, "CREATE late:2").await;
    follower.mark().await;
    follower.equals("late").await;
}

/// *A table is removed and made again: the feed tells neither.*
#[tokio::test]
async fn another_table_of_the_same_name_is_loaded_again() {
    let database = Database::connect(fresh().await).await.unwrap();
    say(&database, "CREATE t:1; CREATE t:2").await;
    let mut follower = Follower::start(&database, options(), &["t"]).await;
    follower.caught_up(&["t"]).await;
    let from = follower.log.len();
    say(
        &database,
        "UPDATE t:1 SET a = 1; REMOVE TABLE t; DEFINE TABLE t CHANGEFEED 1h; CREATE t:3",
    )
    .await;
    follower.until(from, "caught up t").await;
    follower.mark().await;
    follower.equals("t").await;
    assert_eq!(follower.rows("t").len(), 1);
}

/// *One huge commit cannot be carried, and everything else waits behind it.* With `SLOW` at full size: 300,000 rows of
/// 1 KiB, on the engine that keeps what it stores, against the limit as it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_too_large_to_be_read_is_passed_over() {
    // Loads begin so long after the set was passed over.
    let options = Options { overlap: Duration::from_secs(3), ..options() };
    if std::env::var_os("SLOW").is_some() {
        let directory = std::env::temp_dir().join(format!("spky-large-{}", std::process::id()));
        let server = Server::start(&format!("surrealkv://{}", directory.display())).await;
        let database = Database::connect(server.options("a")).await.unwrap();
        is_passed_over(&database, options, (300_000, 1_024)).await;
        drop(server);
        let _ = std::fs::remove_dir_all(directory);
    } else {
        let database = Database::connect(fresh().await).await.unwrap();
        let small = Options { message_bytes_max: 200_000, ..options };
        is_passed_over(&database, small, (100, 5_000)).await;
    }
}

async fn is_passed_over(database: &Database, options: Options, (rows, bytes): (usize, usize)) {
    say(database, "DEFINE TABLE t; DEFINE TABLE o").await;
    let mut follower = Follower::start(database, options, &["t", "o"]).await;
    follower.caught_up(&["t", "o"]).await;
    follower.mark().await;
    let from = follower.log.len();
    let text = format!(
        "FOR $i IN 0..{rows} {{ CREATE type::record('t', $i) SET a = string::repeat('x', {bytes}) RETURN NONE }}"
    );
    say(database, &format!("BEGIN; {text}; COMMIT")).await;
    let others = others_go_on(database);
    while follower.rows("o").is_empty() {
        follower.take().await;
    }
    let loaded = follower.log[from..].iter().any(|line| line.starts_with("load "));
    assert!(!loaded, "other tables go on without a load: {:?}", follower.log);
    follower.until(from, "caught up t").await;
    others.abort();
    let _ = others.await;
    follower.mark().await;
    follower.equals("t").await;
    follower.equals("o").await;
    assert_eq!(follower.rows("t").len(), rows);
    say(database, "CREATE t:more; DELETE t:1").await;
    follower.mark().await;
    follower.equals("t").await;
    assert!(!follower.log.iter().any(|line| line.starts_with("missed")), "{:?}", follower.log);
}

/// Somebody who writes into another table, one row after the other, until he is aborted.
fn others_go_on(database: &Database) -> tokio::task::JoinHandle<()> {
    let options = database.options().clone();
    tokio::spawn(async move {
        let database = Database::connect(options).await.unwrap();
        loop {
            say(&database, "CREATE o SET n = 1").await;
        }
    })
}

#[tokio::test]
async fn a_row_too_large_to_be_read_has_a_name() {
    let database = Database::connect(fresh().await).await.unwrap();
    say(&database, "CREATE t:1; CREATE t:2 SET a = string::repeat('x', 300000)").await;
    let small = surreal::capture::Options { message_bytes_max: 200_000, ..options() };
    let mut follower = Follower::start(&database, small, &["t"]).await;
    follower.until(0, "failed SET_TOO_LARGE").await;
}

/// *A single SSP restarts with nothing on disk, and the machine's clock went back meanwhile.*
#[tokio::test]
async fn versions_never_go_back_over_a_restart() {
    let database = Database::connect(fresh().await).await.unwrap();
    say(&database, "CREATE t:1; CREATE t:2").await;
    let mut newest = protocol::RowVersion(0);
    for unix_micros in [1_700_000_000_000_000, 1_700_000_000_000_000, 1_600_000_000_000_000] {
        let options = surreal::capture::Options { unix_micros, ..options() };
        let mut follower = Follower::start(&database, options, &["t"]).await;
        follower.caught_up(&["t"]).await;
        let loaded = follower.versions("t");
        assert!(loaded.values().all(|version| *version > newest), "{loaded:?} after {newest}");
        say(&database, "UPDATE t:1 SET n = (n ?? 0) + 1").await;
        follower.mark().await;
        let changed = follower.versions("t");
        assert!(changed.values().max() > loaded.values().max());
        newest = follower.newest;
    }
}

#[tokio::test]
async fn a_mark_raised_while_nobody_read_is_met_in_the_load() {
    let database = Database::connect(fresh().await).await.unwrap();
    let follower = Follower::start(&database, options(), &[]).await;
    drop(follower);
    let n = surreal::mark::raise(&database, "early").await.unwrap();
    assert_eq!(n, 1);
    let mut follower = Follower::start(&database, options(), &[]).await;
    follower.caught_up(&["_00_mark"]).await;
    follower.swept("early").await;
    // Raised by another asker, later: answered for itself.
    follower.mark().await;
    let writer = surrealdb_types::RecordId::new("_00_writer", "w");
    let early = surreal::mark::record("early");
    let closed = surreal::mark::settle(&database, &writer, &early, n).await.unwrap();
    assert_eq!(closed, surreal::mark::Settled::Closed, "a writer without a record answers nothing");
    say(&database, "CREATE _00_writer:w").await;
    let done = surreal::mark::settle(&database, &writer, &early, n).await.unwrap();
    assert_eq!(done, surreal::mark::Settled::Done);
    assert!(surreal::mark::wait(&database, "early", n, Duration::ZERO).await.unwrap());
}

#[tokio::test]
async fn reading_goes_on_after_the_server_was_killed() {
    let directory = std::env::temp_dir().join(format!("spky-capture-{}", std::process::id()));
    let mut server = Server::start(&format!("surrealkv://{}", directory.display())).await;
    let database = Database::connect(server.options("a")).await.unwrap();
    let mut follower = Follower::start(&database, options(), &["t"]).await;
    follower.caught_up(&["t"]).await;
    say(&database, "CREATE t:1; CREATE t:2").await;
    follower.mark().await;
    server.kill();
    server.restart().await;
    say(&database, "DELETE t:1; CREATE t:3").await;
    follower.mark().await;
    follower.equals("t").await;
    assert!(!follower.log.iter().any(|line| line == "behind"), "{:?}", follower.log);
    drop(server);
    let _ = std::fs::remove_dir_all(directory);
}

/// *The database comes back as another one: no poll shows its new entries.*
#[tokio::test]
async fn a_feed_that_does_not_bring_the_mark_back_is_behind() {
    let mut server = Server::start("memory").await;
    let database = Database::connect(server.options("a")).await.unwrap();
    let mut follower = Follower::start(&database, options(), &["t"]).await;
    follower.caught_up(&["t"]).await;
    server.kill();
    server.restart().await;
    follower.until(0, "behind").await;
    // Nothing of ours is in it: that is no database to go on with.
    follower.until(0, "failed FEED_BEHIND").await;
}

/// *The database comes back with an older clock: its new entries stand below the feed's last one.*
#[tokio::test]
async fn a_clock_that_goes_back_an_hour_delays_and_loses_nothing() {
    let directory = std::env::temp_dir().join(format!("spky-clock-{}", std::process::id()));
    let mut server = Server::start(&format!("surrealkv://{}", directory.display())).await;
    let database = Database::connect(server.options("a")).await.unwrap();
    let mut follower = Follower::start(&database, options(), &["t"]).await;
    follower.caught_up(&["t"]).await;
    say(&database, "CREATE t:1; CREATE t:2; CREATE t:3").await;
    follower.mark().await;
    server.kill();
    server.restart_at(Some("-1h"));
    say(&database, "UPDATE t:1 SET n = 1; DELETE t:2; CREATE t:4").await;
    follower.until(0, "behind").await;
    for n in 0..3 {
        let text = format!("UPDATE t:1 SET n = {n}; DELETE t:{}; CREATE t:new{n}", n + 3);
        say(&database, &text).await;
        follower.mark().await;
        follower.equals("t").await;
    }
    server.kill();
    server.restart_at(None);
    say(&database, "UPDATE t:1 SET n = 100; DELETE t:new0; CREATE t:2").await;
    follower.until(0, "recovered").await;
    follower.mark().await;
    follower.equals("t").await;
    say(&database, "DELETE t:1; CREATE t:9").await;
    follower.mark().await;
    follower.equals("t").await;
    // What the auditor found before anybody knew was missed indeed; afterwards nothing is.
    let behind = follower.log.iter().position(|line| line == "behind").unwrap();
    let missed = follower.log[behind..].iter().any(|line| line.starts_with("missed"));
    assert!(!missed, "{:?}", follower.log);
    drop(server);
    let _ = std::fs::remove_dir_all(directory);
}

#[tokio::test]
async fn values_arrive_as_they_are() {
    let database = Database::connect(fresh().await).await.unwrap();
    let mut follower = Follower::start(&database, options(), &["t"]).await;
    follower.caught_up(&["t"]).await;
    let text =
        "CREATE t:1 SET a = 1, b = 1f, c = 1dec, d = [NONE, NULL], e = d'2024-01-01T00:00:00.5Z',
        f = 1h, g = u'018f6c5e-0000-7000-8000-000000000000', h = t:[1, { x: 2 }], i = <bytes> 'x',
        j = (1, 2), k = { l: {} }, m = 9223372036854775807, n = <set> [1, 1, 2]";
    say(&database, text).await;
    follower.mark().await;
    follower.equals("t").await;
    let Value::Object(row) = database.query_one("SELECT * FROM ONLY t:1", vars([])).await.unwrap()
    else {
        panic!("a row")
    };
    assert_eq!(follower.rows("t"), [Value::Object(row).to_sql()].into());
}
