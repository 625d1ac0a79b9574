//! What we keep in the database, and what clients are told by it.

use surreal::meta::{self, InstallError, Settings, feed};
use surreal::names::{self, RefMode};
use surreal::query_row::{self, QueryRow, Registration, Saying, State};
use surreal::{Database, vars};
use surrealdb_types::{Object, RecordId, SurrealValue, Value};

use crate::people::{ask, installed, installed_with, token, told, user};
use crate::support::fresh;

// -- installing ------------------------------------------------------------------------------------------------

#[tokio::test]
async fn installing_twice_changes_nothing_and_a_changed_definition_is_put_right() {
    let database = Database::connect(fresh().await).await.unwrap();
    let settings = Settings::default();
    assert_eq!(meta::install(&database, &settings).await, Ok(true));
    let before = told(&database, "INFO FOR DB STRUCTURE").await;
    assert_eq!(meta::install(&database, &settings).await, Ok(false));
    assert_eq!(told(&database, "INFO FOR DB STRUCTURE").await, before);

    ask(&database, "ALTER TABLE _00_query DROP CHANGEFEED").await;
    assert_eq!(meta::install(&database, &settings).await, Ok(true));
    ask(&database, "REMOVE FIELD auth_id ON _00_query").await;
    assert_eq!(meta::install(&database, &settings).await, Ok(true));
    assert_eq!(told(&database, "INFO FOR DB STRUCTURE").await, before);
    let single = Settings { ref_mode: RefMode::Single, ..settings };
    assert_eq!(meta::install(&database, &single).await, Ok(true));
}

#[tokio::test]
async fn nothing_foreign_is_overwritten() {
    for (foreign, named) in [
        ("DEFINE TABLE _00_mark", "table `_00_mark`"),
        ("DEFINE FUNCTION fn::query::state($id: any) { RETURN 1 }", "function `fn::query::state`"),
    ] {
        let database = Database::connect(fresh().await).await.unwrap();
        ask(&database, foreign).await;
        let before = told(&database, "INFO FOR DB STRUCTURE").await;
        let error = meta::install(&database, &Settings::default()).await.unwrap_err();
        assert!(matches!(error, InstallError::Foreign { .. }), "{error:?}");
        assert!(error.to_string().starts_with(named), "{error}");
        assert_eq!(error.problem().code, protocol::Code::MetaConflict);
        assert_eq!(told(&database, "INFO FOR DB STRUCTURE").await, before);
    }
    let database = installed().await;
    ask(&database, "DEFINE TABLE OVERWRITE _00_writer COMMENT 'sp00ky 99'").await;
    let error = meta::install(&database, &Settings::default()).await.unwrap_err();
    assert!(matches!(error, InstallError::Newer { found: 99, .. }), "{error:?}");
}

#[tokio::test]
async fn only_a_feed_that_we_gave_is_taken_back() {
    let database = installed().await;
    ask(&database, "DEFINE TABLE a CHANGEFEED 1h").await;
    ask(&database, "DEFINE TABLE `b c`").await;
    feed::give(&database, "b c", std::time::Duration::from_secs(3600)).await.unwrap();
    assert_eq!(feed::take(&database, "a").await, Ok(false));
    assert_eq!(feed::take(&database, "b c").await, Ok(true));
    let fed = "(INFO FOR DB STRUCTURE).tables[WHERE changefeed != NONE].name";
    assert_eq!(told(&database, fed).await, "['_00_mark', '_00_query', 'a']");
    // Nor one that the application has defined since.
    feed::give(&database, "b c", std::time::Duration::from_secs(3600)).await.unwrap();
    ask(&database, "ALTER TABLE `b c` CHANGEFEED 2h").await;
    assert_eq!(feed::take(&database, "b c").await, Ok(false));
    assert_eq!(told(&database, fed).await, "['_00_mark', '_00_query', 'a', 'b c']");
    // Nor one that is kept as long as ours, and says more.
    feed::give(&database, "b c", std::time::Duration::from_secs(3600)).await.unwrap();
    ask(&database, "DEFINE TABLE OVERWRITE `b c` CHANGEFEED 1h INCLUDE ORIGINAL").await;
    assert_eq!(feed::take(&database, "b c").await, Ok(false));
    assert_eq!(told(&database, fed).await, "['_00_mark', '_00_query', 'a', 'b c']");
}

#[tokio::test]
async fn what_is_said_to_go_are_the_feeds_that_stand_as_they_were_given() {
    let database = installed().await;
    for table in ["ours", "theirs", "original", "unfed"] {
        ask(&database, &format!("DEFINE TABLE {table}")).await;
        feed::give(&database, table, std::time::Duration::from_secs(3600)).await.unwrap();
    }
    ask(&database, "ALTER TABLE theirs CHANGEFEED 2h").await;
    ask(&database, "DEFINE TABLE OVERWRITE original CHANGEFEED 1h INCLUDE ORIGINAL").await;
    ask(&database, "DEFINE TABLE OVERWRITE unfed").await;
    let inventory = meta::Inventory::read(&database).await.unwrap();
    let said = meta::Removal::of(&inventory);
    assert_eq!(said.feeds, ["ours".to_owned()].into());
    assert_eq!(meta::uninstall(&database).await, Ok(said));
    let fed = "(INFO FOR DB STRUCTURE).tables[WHERE changefeed != NONE].name";
    assert_eq!(told(&database, fed).await, "['original', 'theirs']");
}

#[tokio::test]
async fn everything_is_taken_off_again() {
    let database = Database::connect(fresh().await).await.unwrap();
    for definition in [
        "DEFINE TABLE user",
        "DEFINE TABLE own CHANGEFEED 1h",
        "DEFINE TABLE _00_theirs",
        "DEFINE FUNCTION fn::query::theirs() { RETURN 1 }",
    ] {
        ask(&database, definition).await;
    }
    let described = "SELECT VALUE [name, changefeed] FROM (INFO FOR DB STRUCTURE).tables";
    let before = told(&database, described).await;
    for _ in 0..2 {
        meta::install(&database, &Settings::default()).await.unwrap();
        feed::give(&database, "user", std::time::Duration::from_secs(60)).await.unwrap();
        meta::event_of_sign_up(&database, &Settings::default(), "user").await.unwrap();
        ask(&database, "CREATE user:ann").await;
        meta::uninstall(&database).await.unwrap();
        assert_eq!(told(&database, described).await, before);
        let functions = "(INFO FOR DB STRUCTURE).functions.name";
        assert_eq!(told(&database, functions).await, "['query::theirs']");
        assert_eq!(told(&database, "(INFO FOR TABLE user STRUCTURE).events").await, "[]");
        ask(&database, "DELETE user").await;
    }
}

// -- signing up ------------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_sign_up_makes_the_plain_table_and_ends_what_the_dead_one_registered() {
    let database = installed().await;
    let settings = Settings::default();
    assert_eq!(meta::event_of_sign_up(&database, &settings, "user").await, Ok(true));
    assert_eq!(meta::event_of_sign_up(&database, &settings, "user").await, Ok(false));
    assert_eq!(meta::event_of_sign_up(&database, &settings, "account").await, Ok(true));

    let ann = user(&database, "ann").await;
    user(&database, "o-k").await;
    user(&database, 7i64).await;
    token(&database, "member", "ann").await;
    let tables =
        "(INFO FOR DB STRUCTURE).tables[WHERE string::starts_with(name, '_00_list_ref_')].name";
    assert_eq!(told(&database, tables).await, "['_00_list_ref_user_7', '_00_list_ref_user_ann']");
    assert_eq!(told(&ann, "LIVE SELECT * FROM _00_list_ref_user_ann").await.get(..2), Some("u'"));

    let config = "{id: 'top', surql: 'SELECT * FROM task', clientId: 'c'}";
    ask(&ann, &format!("fn::query::register({config})")).await;
    ask(&database, "DELETE user:ann").await;
    assert_eq!(told(&database, "SELECT VALUE id FROM _00_query").await, "[_00_query:top]");
    ask(&database, "CREATE user:ann").await;
    assert_eq!(told(&database, "SELECT VALUE id FROM _00_query").await, "[]");
    meta::take_event_of_sign_up(&database, "user").await.unwrap();
    assert_eq!(told(&database, "(INFO FOR TABLE user STRUCTURE).events").await, "[]");
}

#[tokio::test]
async fn the_database_and_we_name_a_table_alike() {
    let database = installed().await;
    let keys: [Value; 9] = [
        "ann".into_value(),
        "12".into_value(),
        12i64.into_value(),
        (-5i64).into_value(),
        "it's `quoted` ⟨so⟩".into_value(),
        "true".into_value(),
        vec!["a".into_value(), 1.5f64.into_value(), Value::None].into_value(),
        "x".repeat(70).into_value(),
        surrealdb_types::Uuid::new_v7().into_value(),
    ];
    for access in ["person", "member"] {
        for key in &keys {
            let token = token(&database, access, key.clone()).await;
            let client = database.as_user(&token).await.unwrap();
            let Value::RecordId(who) = ask(&client, "$auth").await else { panic!("no user") };
            let name = ask(&client, "fn::query::table()").await;
            assert_eq!(name, names::edge_table(&who).name.into_value(), "{who:?}");
        }
    }
    let single = Settings { ref_mode: RefMode::Single, ..Settings::default() };
    meta::install(&database, &single).await.unwrap();
    let bob = user(&database, "bob").await;
    assert_eq!(told(&bob, "fn::query::table()").await, "'_00_list_ref'");
}

// -- whose is a view (M10) -------------------------------------------------------------------------------------

fn register(id: &str, surql: &str, client: &str) -> String {
    format!("fn::query::register({{id: '{id}', surql: '{surql}', clientId: '{client}'}})")
}

#[tokio::test]
async fn ann_and_bob_can_have_the_same_id() {
    let database = installed().await;
    let (ann, bob) = (user(&database, "ann").await, user(&database, "bob").await);
    assert_eq!(told(&ann, &register("top", "SELECT 1", "c")).await, "_00_query:top");
    assert_eq!(told(&bob, &register("top", "SELECT 2", "c")).await, "_00_query:top");
    let rows = "SELECT VALUE [id, auth_id, surql] FROM _00_query";
    let both = "[[_00_query:top, user:ann, 'SELECT 1'], \
        [_00_query:['top', user:bob], user:bob, 'SELECT 2']]";
    assert_eq!(told(&database, rows).await, both);

    // Each replaces, asks after and ends his own.
    ask(&bob, &register("top", "SELECT 3", "c")).await;
    ask(&database, "UPDATE _00_query SET state = 'ready', rowCount = 2 WHERE auth_id = user:ann")
        .await;
    assert_eq!(
        told(&bob, "fn::query::state('top')").await,
        "{ error: NONE, rowCount: NONE, state: 'materializing' }"
    );
    assert_eq!(
        told(&ann, "fn::query::heartbeat(['top', _00_query:top, 'gone'])").await,
        "[{ error: NONE, id: 'top', state: 'ready' }, \
         { error: NONE, id: _00_query:top, state: 'ready' }, \
         { error: NONE, id: 'gone', state: 'unknown' }]"
    );
    ask(&bob, "fn::query::unsubscribe('top')").await;
    let left = "[[_00_query:top, user:ann, 'SELECT 1']]";
    assert_eq!(told(&database, rows).await, left);

    // Neither sees, touches, ends or forestalls the other's.
    ask(&bob, "fn::query::unsubscribe('top')").await;
    for attempt in [
        "SELECT * FROM _00_query",
        "UPDATE _00_query:top SET surql = 'x'",
        "UPSERT _00_query:top SET surql = 'x'",
        "DELETE _00_query:top RETURN BEFORE",
        "CREATE _00_query:['next', user:ann] SET surql = 'x'",
        "CREATE _00_query:7 SET surql = 'x'",
    ] {
        assert_eq!(told(&bob, attempt).await, "[]", "{attempt}");
    }
    assert_eq!(
        told(&bob, "fn::query::heartbeat('top')").await,
        "[{ error: NONE, id: 'top', state: 'unknown' }]"
    );
    assert_eq!(told(&database, rows).await, left);
}

#[tokio::test]
async fn who_has_no_record_gets_nothing() {
    let database = installed().await;
    let gone = user(&database, "gone").await;
    ask(&gone, &register("mine", "SELECT 1", "c")).await;
    ask(&database, "DELETE user:gone").await;
    // The system's view has no owner, and `$auth.id` of one whose record is gone is NONE as well.
    ask(&database, "CREATE _00_query:system SET surql = 'SELECT 1'").await;
    ask(&database, "CREATE _00_list_ref:['system', NONE, NONE, task:1]").await;
    let guest = database.as_guest().await.unwrap();
    for client in [&gone, &guest] {
        for attempt in [
            "SELECT * FROM _00_query",
            "SELECT * FROM _00_list_ref",
            "UPDATE _00_query SET surql = 'x'",
            "DELETE _00_query RETURN BEFORE",
            "CREATE _00_query:new SET surql = 'x'",
        ] {
            let answer = told(client, attempt).await;
            assert!(answer == "[]" || answer.contains("Anonymous access"), "{attempt}: {answer}");
        }
        let answer = told(client, &register("other", "SELECT 1", "c")).await;
        assert!(answer.starts_with("error: "), "{answer}");
    }
    let left = "SELECT VALUE [id, surql] FROM _00_query";
    let both = "[[_00_query:mine, 'SELECT 1'], [_00_query:system, 'SELECT 1']]";
    assert_eq!(told(&database, left).await, both);
    let told = told(&gone, &register("other", "SELECT 1", "c")).await;
    assert_eq!(told, "error: An error occurred: NO_SUCH_USER: the record of this user is gone");
}

#[tokio::test]
async fn a_client_cannot_write_what_is_ours_to_say() {
    let database = installed().await;
    let ann = user(&database, "ann").await;
    ask(&ann, &register("top", "SELECT 1", "c")).await;
    ask(&database, "UPDATE _00_query SET state = 'failed', rowCount = 1, error = {code: 'X'}")
        .await;
    let columns = "[state, rowCount, error, auth_id, access, registeredAt < time::now()]";
    let said = told(&database, &format!("SELECT VALUE {columns} FROM ONLY _00_query:top")).await;
    let forged = "UPDATE _00_query:top SET state = 'ready', rowCount = 9, error = NONE, \
        auth_id = user:bob, access = 'root', registeredAt = d'2040-01-01T00:00:00Z'";
    ask(&ann, forged).await;
    assert_eq!(
        told(&database, &format!("SELECT VALUE {columns} FROM ONLY _00_query:top")).await,
        said
    );
    let long = told(&ann, "UPDATE _00_query:top SET ttl = 1000y").await;
    assert!(long.contains("Found 1000y for field `ttl`"), "{long}");
    ask(&ann, "UPDATE _00_query:top SET lastActiveAt = d'2040-01-01T00:00:00Z'").await;
    let later = "SELECT VALUE lastActiveAt > time::now() FROM ONLY _00_query:top";
    assert_eq!(told(&database, later).await, "false");
    // Once named, an owner stays, whoever says otherwise.
    ask(&database, "UPDATE _00_query:top SET auth_id = user:bob, access = 'root'").await;
    let owner = "SELECT VALUE [auth_id, access] FROM ONLY _00_query:top";
    assert_eq!(told(&database, owner).await, "[user:ann, 'person']");
}

#[tokio::test]
async fn a_view_lives_as_long_as_its_last_client() {
    let database = installed().await;
    let ann = user(&database, "ann").await;
    ask(&ann, &register("top", "SELECT 1", "one")).await;
    ask(&ann, &register("top", "SELECT 1", "two")).await;
    let clients = "SELECT VALUE object::keys(clients) FROM _00_query";
    assert_eq!(told(&database, clients).await, "[['one', 'two']]");
    ask(&ann, "fn::query::unsubscribe('top', 'one')").await;
    assert_eq!(told(&database, clients).await, "[['two']]");
    ask(&ann, "fn::query::unsubscribe('top', 'stranger')").await;
    assert_eq!(told(&database, clients).await, "[['two']]");
    ask(&ann, "fn::query::unsubscribe('top', 'two')").await;
    assert_eq!(told(&database, clients).await, "[]");
}

#[tokio::test]
async fn another_text_or_parameter_begins_anew_and_keeps_the_clients() {
    let database = installed().await;
    let ann = user(&database, "ann").await;
    let with = |surql: &str, params: &str, client: &str| {
        format!(
            "fn::query::register({{id: 'top', surql: '{surql}', params: {params}, clientId: '{client}'}})"
        )
    };
    let columns = "SELECT VALUE [state, params, object::keys(clients)] FROM ONLY _00_query:top";
    ask(&ann, &with("SELECT 1", "{n: 1, x: NONE}", "one")).await;
    ask(&database, "UPDATE _00_query SET state = 'ready'").await;
    ask(&ann, &with("SELECT 1", "{n: 1}", "two")).await;
    assert_eq!(told(&database, columns).await, "['ready', { n: 1 }, ['one', 'two']]");
    ask(&ann, &with("SELECT 1", "{n: 1f}", "two")).await;
    assert_eq!(told(&database, columns).await, "['materializing', { n: 1f }, ['one', 'two']]");
    ask(&database, "UPDATE _00_query SET state = 'ready'").await;
    ask(&ann, &with("SELECT 2", "{n: 1f}", "three")).await;
    let replaced = "['materializing', { n: 1f }, ['one', 'three', 'two']]";
    assert_eq!(told(&database, columns).await, replaced);
}

#[tokio::test]
async fn registering_is_refused_with_its_reason() {
    let settings = Settings { views_per_user_max: 2, ..Settings::default() };
    let database = installed_with(settings).await;
    let ann = user(&database, "ann").await;
    for (config, reason) in [
        ("{id: 'a', surql: 'SELECT 1'}", "Missing client id"),
        ("{id: 'a', clientId: 'c'}", "BAD_REQUEST: surql must be a string"),
        ("{id: 7, surql: 'SELECT 1', clientId: 'c'}", "BAD_REQUEST: id must be a string"),
        (
            "{id: 'a', surql: 'SELECT 1', clientId: 'c', ttl: '7m'}",
            "BAD_REQUEST: ttl must be one of 1m 5m 10m 15m 20m 25m 30m 1h … 12h 1d",
        ),
    ] {
        let answer = told(&ann, &format!("fn::query::register({config})")).await;
        assert_eq!(answer, format!("error: An error occurred: {reason}"));
    }
    ask(&ann, &register("a", "SELECT 1", "c")).await;
    ask(&ann, &register("b", "SELECT 1", "c")).await;
    ask(&ann, &register("b", "SELECT 2", "c")).await;
    let answer = told(&ann, &register("c", "SELECT 1", "c")).await;
    assert_eq!(answer, "error: An error occurred: LIMIT_EXCEEDED: a user holds at most 2 views");
}

// -- what we say of a view -------------------------------------------------------------------------------------

async fn row(database: &Database) -> QueryRow {
    let rows = query_row::all(database).await.unwrap();
    rows.into_iter().next().unwrap().unwrap()
}

#[tokio::test]
async fn what_is_said_of_an_old_text_does_not_land_on_the_new_one() {
    let database = installed().await;
    let ann = user(&database, "ann").await;
    ask(&ann, &register("top", "SELECT 1", "c")).await;
    let first = row(&database).await;
    assert_eq!(first.view.auth, Some(RecordId::new("user", "ann")));
    assert_eq!((first.view.id.as_str(), first.client.as_str()), ("top", "c"));
    assert_eq!((first.state, first.row_count), (Some(State::Materializing), None));
    let ready = Saying { state: State::Ready, error: None, row_count: Some(3) };
    let told = async |of: &QueryRow| {
        query_row::say(&database, [(of, &ready)]).await.unwrap();
        let row = row(&database).await;
        (row.state, row.row_count)
    };
    assert_eq!(told(&first).await, (Some(State::Ready), Some(3)));

    ask(&ann, &register("top", "SELECT 2", "c")).await;
    assert_eq!(told(&first).await, (Some(State::Materializing), None));
    // The first text again is another registration: its edges are not the first one's.
    ask(&ann, &register("top", "SELECT 1", "c")).await;
    assert_eq!(told(&first).await, (Some(State::Materializing), None));
    assert_eq!(query_row::delete(&database, &first).await, Ok(false));
    assert_eq!(query_row::delete(&database, &row(&database).await).await, Ok(true));
}

#[tokio::test]
async fn nobody_expires_before_he_could_be_heard_for_a_whole_ttl() {
    let database = installed().await;
    let ann = user(&database, "ann").await;
    for id in ["old", "young"] {
        ask(&ann, &register(id, "SELECT 1", "c")).await;
    }
    ask(&database, "UPDATE _00_query:old SET lastActiveAt = time::now() - 11m").await;
    let now = query_row::clock(&database).await.unwrap();
    assert_eq!(query_row::expire(&database, None, &now).await, Ok(vec![]));
    let past = ask(&database, "time::now() - 10m - 1ms").await;
    let Value::Datetime(past) = past else { panic!("no time") };
    let old = RecordId::new("_00_query", "old");
    let young = RecordId::new("_00_query", "young");
    let gone = RecordId::new("_00_query", "gone");
    let among = [gone, young];
    assert_eq!(query_row::expire(&database, Some(&among), &past).await, Ok(vec![]));
    let among = [among[0].clone(), old.clone()];
    assert_eq!(query_row::expire(&database, Some(&among), &past).await, Ok(vec![old]));
}

#[tokio::test]
async fn with_the_secret_a_view_is_registered_for_a_user_or_the_system() {
    let database = installed().await;
    let ann = user(&database, "ann").await;
    ask(&ann, &register("top", "SELECT 1", "c")).await;
    let wanted = |auth: Option<&str>| Registration {
        view: protocol::ViewKey {
            auth: auth.map(|key| RecordId::new("user", key)),
            id: "top".into(),
        },
        access: auth.map(|_| "person".to_owned()),
        surql: "SELECT 2".into(),
        params: Object::new(),
        client: "server".into(),
        ttl: None,
    };
    let put = |auth| {
        let (database, wanted) = (database.clone(), wanted(auth));
        async move { query_row::register(&database, &wanted, 10).await }
    };
    let of = |auth| names::own_query_record(&wanted(auth).view);
    assert_eq!(put(None).await.unwrap(), of(None));
    assert_eq!(put(None).await.unwrap(), of(None));
    assert_eq!(put(Some("ann")).await.unwrap(), names::query_record("top"));
    let refused = put(Some("nobody")).await.unwrap_err().to_string();
    assert_eq!(refused, "NO_SUCH_USER: the user has no record");
    let rows = "SELECT VALUE [auth_id, surql, state, object::keys(clients)] FROM _00_query";
    let both = "[[user:ann, 'SELECT 2', 'materializing', ['c', 'server']], \
        [NONE, 'SELECT 2', 'materializing', ['server']]]";
    assert_eq!(told(&database, rows).await, both);
    let view = wanted(None).view;
    assert_eq!(query_row::remove(&database, &view).await, Ok(true));
    assert_eq!(query_row::remove(&database, &view).await, Ok(false));
    assert_eq!(query_row::all(&database).await.unwrap().len(), 1);
    let _ = vars([]);
}
