//! What a connection promises.

use surreal::{Database, Error, vars};
use surrealdb_types::{RecordId, SurrealValue, ToSql, Value};

use crate::support::{Server, fresh};

#[tokio::test]
async fn each_statement_has_its_result() {
    let database = Database::connect(fresh().await).await.unwrap();
    let results = database.query("RETURN 1; RETURN $x", vars([("x", "a".into_value())])).await;
    assert_eq!(results, Ok(vec![1i64.into_value(), "a".into_value()]));
}

#[tokio::test]
async fn the_error_that_made_a_transaction_fail_is_told() {
    let database = Database::connect(fresh().await).await.unwrap();
    let text = "BEGIN; CREATE a:1; THROW 'closed'; CREATE a:2; COMMIT";
    let error = database.query(text, vars([])).await.unwrap_err();
    assert!(
        matches!(&error, Error::Refused { message } if message.contains("closed")),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_conflict_is_told_apart_and_repeated() {
    let database = Database::connect(fresh().await).await.unwrap();
    database.query("CREATE a:1 SET n = 0", vars([])).await.unwrap();
    let one = database.transaction().await.unwrap();
    let two = database.transaction().await.unwrap();
    one.query("UPDATE a:1 SET n += 1", vars([])).await.unwrap();
    two.query("UPDATE a:1 SET n += 1", vars([])).await.unwrap();
    one.commit().await.unwrap();
    assert!(matches!(two.commit().await, Err(Error::Conflict { .. })));

    let writers = (0..8).map(|_| {
        let database = database.clone();
        tokio::spawn(async move {
            for _ in 0..10 {
                let text = "BEGIN; UPDATE a:1 SET n += 1; COMMIT";
                database.repeat(text, vars([])).await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let n = database.query_one("a:1.n", vars([])).await.unwrap();
    assert_eq!(n, 81i64.into_value());
}

#[tokio::test]
async fn a_transaction_is_a_snapshot_and_a_dropped_one_leaves_nothing() {
    let database = Database::connect(fresh().await).await.unwrap();
    database.query("CREATE a:1", vars([])).await.unwrap();
    let reading = database.transaction().await.unwrap();
    let before = reading.query("SELECT VALUE id FROM a", vars([])).await.unwrap();
    let dropped = database.transaction().await.unwrap();
    dropped.query("CREATE a:3", vars([])).await.unwrap();
    drop(dropped);
    database.query("CREATE a:2", vars([])).await.unwrap();
    let after = reading.query("SELECT VALUE id FROM a", vars([])).await.unwrap();
    assert_eq!(before, after);
    reading.cancel().await.unwrap();
    let Value::Array(now) = database.query_one("SELECT VALUE id FROM a", vars([])).await.unwrap()
    else {
        panic!("not a list")
    };
    assert_eq!(now.len(), 2);
}

#[tokio::test]
async fn a_connection_outlives_its_server() {
    let mut server = Server::start("memory").await;
    let database = Database::connect(server.options("a")).await.unwrap();
    database.query("RETURN 1", vars([])).await.unwrap();
    server.kill();
    let lost = database.query("RETURN 1", vars([])).await.unwrap_err();
    assert!(lost.is_lost(), "{lost:?}");
    let (_, again) =
        tokio::join!(server.restart(), database.repeat("RETURN $session.db", vars([])));
    assert_eq!(again, Ok(vec!["a".into_value()]), "it signed in and selected its database again");
}

/// What was shown for the password has a short life, and what is new needs another one.
#[tokio::test]
async fn a_connection_outlives_its_token() {
    let mut server = Server::start("memory").await;
    let root = Database::connect(server.options("a")).await.unwrap();
    let user = "DEFINE USER short ON DATABASE PASSWORD 'short' ROLES EDITOR DURATION FOR TOKEN 1s; \
        DEFINE TABLE user; DEFINE ACCESS person ON DATABASE TYPE RECORD SIGNUP (CREATE user:ann)";
    root.query(user, vars([])).await.unwrap();
    let options =
        surreal::Options { user: "short".into(), pass: "short".into(), ..server.options("a") };
    let database = Database::connect(options).await.unwrap();
    let other = database.socket().await.unwrap();
    let ann = root.sign_up("person", surrealdb_types::Object::new()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;

    let level = "RETURN $session.db";
    assert_eq!(database.query_one(level, vars([])).await, Ok("a".into_value()), "as before");
    let begun =
        database.retry(|database| async move { database.transaction().await }).await.unwrap();
    let told = begun.query("INFO FOR DB", vars([])).await.unwrap();
    assert!(matches!(told[..], [Value::Object(_)]), "a session that is new is let in: {told:?}");
    begun.cancel().await.unwrap();
    let whose = other.retry(|other| {
        let ann = ann.clone();
        async move { other.bearer(&ann).await }
    });
    assert_eq!(whose.await.unwrap().user, RecordId::new("user", "ann"));
    assert!(database.socket().await.unwrap().query("INFO FOR DB", vars([])).await.is_ok());
    server.kill();
}

/// The library reconnects, and the server does not know the token: it is another one, whose user has the same password.
#[tokio::test]
async fn a_connection_outlives_what_let_it_in() {
    let mut server = Server::start("memory").await;
    let database = Database::connect(server.options("a")).await.unwrap();
    let kept = database.transaction().await.unwrap();
    kept.cancel().await.unwrap();
    server.kill();
    server.restart().await;
    // Nothing was asked meanwhile: the library has reconnected by itself.
    tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
    let told = database.repeat("INFO FOR DB; RETURN $session.db", vars([])).await.unwrap();
    assert_eq!(told[1], "a".into_value());
    let begun =
        database.retry(|database| async move { database.transaction().await }).await.unwrap();
    assert!(begun.query("INFO FOR DB", vars([])).await.is_ok());
    begun.cancel().await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_a_closed_door_is_unreachable() {
    let mut options = fresh().await;
    options.pass = "wrong".into();
    assert!(matches!(Database::connect(options.clone()).await, Err(Error::Refused { .. })));
    options.ws = "ws://127.0.0.1:9".into();
    assert!(matches!(Database::connect(options).await, Err(Error::Unreachable { .. })));
}

#[tokio::test]
async fn a_record_user_speaks_for_himself() {
    let options = fresh().await;
    let database = Database::connect(options).await.unwrap();
    let access = "DEFINE TABLE user; DEFINE ACCESS person ON DATABASE TYPE RECORD \
        SIGNUP (CREATE user:ann SET name = $name) SIGNIN (SELECT * FROM user WHERE name = $name)";
    database.query(access, vars([])).await.unwrap();
    let mut params = surrealdb_types::Object::new();
    params.insert("name", "Ann".into_value());
    let token = database.sign_up("person", params).await.unwrap();
    let ann = database.as_user(&token).await.unwrap();
    let auth = ann.query_one("<string> $auth", vars([])).await;
    assert_eq!(auth, Ok("user:ann".into_value()));
    assert!(database.as_user("no token").await.is_err());
}

#[tokio::test]
async fn a_token_says_whose_it_is_and_nothing_of_others_is_taken() {
    let options = fresh().await;
    let database = Database::connect(options.clone()).await.unwrap();
    let access = "DEFINE TABLE user; DEFINE ACCESS person ON DATABASE TYPE RECORD \
        SIGNUP (CREATE user:ann SET name = $name) SIGNIN (SELECT * FROM user WHERE name = $name)";
    database.query(access, vars([])).await.unwrap();
    let named = || surrealdb_types::Object::from_iter([("name".to_owned(), "Ann".into_value())]);
    let token = database.sign_up("person", named()).await.unwrap();
    let ann = database.bearer(&token).await.unwrap();
    assert_eq!(ann.user, RecordId::new("user", "ann"));
    assert_eq!(ann.access.as_deref(), Some("person"));
    assert!(ann.until.is_some(), "the database gives tokens an end");

    let other = Database::connect(fresh().await).await.unwrap();
    assert!(other.bearer(&token).await.is_err(), "a token of another database");
    let at = token.len() - 10;
    let another = if &token[at..=at] == "x" { "y" } else { "x" };
    let forged = format!("{}{another}{}", &token[..at], &token[at + 1..]);
    assert!(database.bearer(&forged).await.is_err(), "a forged signature");
    // The connection itself is still the system user's.
    let system = database.query_one("RETURN [$auth, $access]", vars([])).await.unwrap();
    assert_eq!(system.to_sql(), "[NONE, NONE]");
}
