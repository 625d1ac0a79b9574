//! Texts of queries.

use protocol::limits::QUERY_BYTES_MAX;
use serde_json::json;
use surreal::vars;
use surrealdb_types::Value;

use super::{is_well, said, told};
use crate::support::{SCHEMA, World};

fn deep(open: &str, inner: &str, close: &str) -> String {
    let expression = format!("{}{inner}{}", open.repeat(10_000), close.repeat(10_000));
    format!("SELECT * FROM task WHERE {expression}")
}

fn bottomless() -> Vec<String> {
    vec![
        deep("(", "1", ")"),
        deep("[", "1", "]"),
        deep("{a:", "1", "}"),
        deep("!", "a", ""),
        deep("-", "a", ""),
        deep("<int>", "a", ""),
        deep("a.", "a", ""),
        deep("a", "", "[0]"),
        deep("a", "", "()"),
        deep("t:[", "1", "]"),
        deep("a = ", "1", ""),
        deep("a OR ", "a", ""),
        deep("a + ", "1", ""),
        deep("f(", "1", ")"),
        deep("{", "1", "}"),
        deep("(a, ", "1", ")"),
        deep("|$a| ", "1", ""),
        deep("->t", "", ""),
        deep("IF a {", "1", "}"),
        deep("(SELECT * FROM ", "task", ")"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bottomless_text_is_refused() {
    let world = World::start(SCHEMA).await;
    for text in bottomless() {
        let shown = &text[..40];
        let body = json!({ "id": "v", "surql": text, "clientId": "c" });
        let answer = world.post("/view/register", body).await;
        assert_eq!(answer.0, 400, "{shown}: {}", answer.1);
        assert!(answer.1["code"].is_string(), "{shown}: {}", answer.1);
        let answer = world.post("/debug/cost", json!({ "surql": text })).await;
        assert_eq!(answer.0, 400, "{shown}: {}", answer.1);
    }
    let text = "SELECT * FROM task WHERE n = $n";
    for (open, close) in [("[", "]"), ("{ a: ", "}"), ("t:[", "]"), ("(", ")"), ("-", "")] {
        let value = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        let body = json!({ "id": "v", "surql": text, "clientId": "c",
            "params": format!("{{ n: {value} }}"), "authId": value });
        let answer = world.post("/view/register", body).await;
        assert_eq!(answer.0, 400, "{open}: {}", answer.1);
    }
    assert!(world.rows("SELECT * FROM _00_query").await.is_empty());
    is_well(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_of_a_megabyte_is_refused_at_every_door() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    let text = format!("SELECT * FROM task WHERE name = '{}'", "x".repeat(1024 * 1024));
    let body = json!({ "id": "v", "surql": text, "clientId": "c" });
    assert_eq!(told(&world.post("/view/register", body.clone()).await), "400 LIMIT_EXCEEDED");
    let answer = world.post_as(&ann.token, "/view/register", body).await;
    assert_eq!(told(&answer), "400 LIMIT_EXCEEDED");
    let cost = json!({ "surql": text });
    assert_eq!(told(&world.post("/debug/cost", cost).await), "400 LIMIT_EXCEEDED");
    let bound = || vars([("text", Value::String(text.clone()))]);
    for statement in [
        "fn::query::register({ id: 'v', surql: $text, clientId: 'c' })",
        "fn::query::register({ id: $text, surql: 'SELECT * FROM task', clientId: 'c' })",
        "fn::query::register({ id: 'v', surql: 'SELECT * FROM task', clientId: $text })",
        "fn::query::register({ id: 'v', surql: 'SELECT * FROM task', clientId: 'c', params: { a: $text } })",
        "CREATE _00_query:v SET surql = $text",
        "CREATE type::record('_00_query', $text) SET surql = 'SELECT * FROM task'",
        "CREATE _00_query:v SET surql = 'SELECT * FROM task', params = { a: $text }",
        "CREATE _00_query:v SET surql = 'SELECT * FROM task', clientId = $text",
    ] {
        let outcome = ann.database.query(statement, bound()).await;
        // A row that its rule does not let in is not made, in silence.
        let made = outcome.is_ok_and(|told| {
            told.iter().any(|value| !matches!(value, Value::Array(rows) if rows.is_empty()))
        });
        assert!(!made, "{statement}");
    }
    assert!(world.rows("SELECT VALUE id FROM _00_query").await.is_empty());
    // What is as long as it may be is read.
    let begins = "SELECT * FROM task WHERE name = 'y'";
    let longest = format!("{begins}{}", " ".repeat(QUERY_BYTES_MAX - begins.len()));
    ann.register("longest", &longest, "{}").await;
    world.settle().await;
    assert_eq!(ann.state("longest").await, "ready 0");
    is_well(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_select_that_would_write_or_look_behind_the_tables_is_refused() {
    let world = World::start(SCHEMA).await;
    world.run("CREATE task:1 SET n = 1; DEFINE FUNCTION fn::x() { DELETE task }").await;
    world.settle().await;
    for text in [
        "SELECT * FROM task; DELETE task",
        "DELETE task",
        "SELECT * FROM (DELETE task)",
        "SELECT (DELETE task) FROM task",
        "SELECT * FROM task WHERE (UPDATE task SET n = 2)",
        "SELECT * FROM task WHERE { DELETE task; true }",
        "SELECT * FROM task ORDER BY (DELETE task)",
        "SELECT * FROM task LIMIT (DELETE task)",
        "SELECT * FROM task WHERE fn::x()",
        "SELECT fn::x() FROM task",
        "SELECT * FROM _00_query",
        "SELECT * FROM `_00_writer`",
        "SELECT * FROM ⟨_00_list_ref⟩",
        "SELECT * FROM type::table('_00_query')",
        "SELECT * FROM $table",
        "SELECT * FROM task WHERE id IN (SELECT VALUE id FROM _00_query)",
        "SELECT * FROM task WHERE http::get('http://127.0.0.1')",
        "SELECT * FROM task WHERE sleep(1h)",
        "SELECT * FROM task WHERE rand::bool()",
        "SELECT * FROM task WHERE record::exists(user:ann)",
        "SELECT * FROM task WHERE eval('1')",
        "SELECT * FROM task WHERE function() { return 1 }",
        "SELECT * FROM task WHERE ml::x<1>(1)",
        "SELECT * FROM task WHERE $session.tk",
        "SELECT * FROM task WHERE $token.exp",
        "SELECT * FROM task FOR UPDATE",
        "SELECT * FROM task SPLIT a FETCH b",
        "USE DB other; SELECT * FROM task",
        "LIVE SELECT * FROM task",
        "INFO FOR DB",
        "",
        ";",
        "\0",
        "SELECT * FROM task WHERE \u{202e}",
    ] {
        let body = json!({ "id": "v", "surql": text, "clientId": "c" });
        let answer = world.post("/view/register", body).await;
        assert_eq!(answer.0, 400, "{text}: {}", answer.1);
        let code = answer.1["code"].as_str();
        assert!(code.is_some_and(|code| code != "DATABASE_REFUSED"), "{text}: {}", answer.1);
    }
    assert_eq!(world.rows("SELECT VALUE n FROM task").await, ["1"]);
    assert!(world.rows("SELECT * FROM _00_query").await.is_empty());
    is_well(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_registers_himself_is_refused_in_its_row() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann").await;
    let long = format!("SELECT * FROM task WHERE {}1{}", "(".repeat(10_000), ")".repeat(10_000));
    for (id, text, params, state) in [
        ("deep", long.as_str(), "{}", "refused  SYNTAX_ERROR"),
        ("syntax", "SELECT * FROM", "{}", "refused  SYNTAX_ERROR"),
        ("empty", "", "{}", "refused  NOT_A_SELECT"),
        ("writes", "DELETE task", "{}", "refused  WRITES"),
        ("two", "SELECT * FROM task; DELETE task", "{}", "refused  NOT_A_SELECT"),
        ("ours", "SELECT * FROM _00_query", "{}", "refused  NOT_CAPTURED"),
        ("auth", "SELECT * FROM task", "{ auth: user:bob }", "refused  PROTECTED_PARAMETER"),
        ("limit", "SELECT * FROM task LIMIT $n", "{ n: 'x' }", "refused  PARAMETER_INVALID"),
        ("limits", "SELECT * FROM task LIMIT $n", "{ n: -1 }", "refused  PARAMETER_INVALID"),
        ("call", "SELECT * FROM task WHERE sleep(1h)", "{}", "refused  FUNCTION_REFUSED"),
        ("right", "SELECT * FROM task", "{}", "ready 1"),
    ] {
        ann.register(id, text, params).await;
        world.settle().await;
        assert_eq!(ann.state(id).await, state, "{id}");
    }
    assert_eq!(ann.edges().await, ["right task:1"]);
    let answer =
        said(&ann, "fn::query::register({ id: 'v', surql: 'x', clientId: 'c', params: 7 })");
    assert!(answer.await.contains("BAD_REQUEST: params must be an object"));
    is_well(&world).await;
}
