//! What a request is made of.

use std::time::Duration;

use protocol::limits::BODY_BYTES_MAX;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{is_well, post, told};
use crate::support::{SCHEMA, World};

/// Every route that reads its body.
const ROUTES: [&str; 9] = [
    "/view/register",
    "/view/unregister",
    "/log",
    "/debug/cost",
    "/verify/table",
    "/verify/rows",
    "/verify/view",
    "/verify/read",
    "/verify/reconcile",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_none_is_refused_with_its_code() {
    let world = World::start(SCHEMA).await;
    let nested = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(100_000), close.repeat(100_000))
    };
    let bodies: [Vec<u8>; 12] = [
        b"".into(),
        b"{".into(),
        b"null".into(),
        b"[]".into(),
        b"'x'".into(),
        b"7".into(),
        b"{}{}".into(),
        b"\xff\xfe\x00".into(),
        b"{\"id\": \"\xff\"}".into(),
        b"{\"id\": \"\\ud800\"}".into(),
        nested("[", "", "]").into(),
        nested("{\"a\":", "1", "}").into(),
    ];
    for route in ROUTES {
        for body in &bodies {
            let answer = post(&world, route, body.clone()).await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(20)]);
            let expected = match (route, &body[..]) {
                // An object of which nothing is missing yet.
                ("/view/register", b"{}") => "400 MISSING_CLIENT_ID",
                _ => "400 BAD_REQUEST",
            };
            assert_eq!(told(&answer), expected, "{route} {shown}: {}", answer.1);
        }
        let huge = post(&world, route, vec![b' '; BODY_BYTES_MAX + 1]).await;
        assert_eq!(told(&huge), "413 LIMIT_EXCEEDED", "{route}: {}", huge.1);
    }
    is_well(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_of_a_wrong_kind_is_refused_with_its_code() {
    let world = World::start(SCHEMA).await;
    world.run("CREATE user:ann").await;
    world.settle().await;
    let whole = json!({ "id": "v", "surql": "SELECT * FROM task", "clientId": "c", "params": {},
        "authId": "user:ann", "access": "account", "ttl": "10m" });
    let wrong = [json!(7), json!([]), json!({ "a": 1 }), json!(true), json!("\0"), json!("⟨")];
    for field in ["id", "surql", "clientId", "params", "authId", "access", "ttl"] {
        for value in &wrong {
            let right = match (field, value.as_str()) {
                ("id" | "clientId", Some(_)) => true,
                ("params", None) => value.is_object(),
                _ => false,
            };
            let mut body = whole.clone();
            body[field] = value.clone();
            let answer = world.post("/view/register", body).await;
            let status = if right { 200 } else { 400 };
            assert_eq!(answer.0, status, "{field} {value}: {}", answer.1);
            assert!(right || answer.1["code"].is_string(), "{field} {value}: {}", answer.1);
        }
    }
    let users =
        ["user", "user:", ":ann", "user:ann;", "user:ann; DELETE user", "user:ann:bob", "7"];
    for user in users {
        let mut body = whole.clone();
        body["authId"] = json!(user);
        let answer = world.post("/view/register", body).await;
        let problem = &answer.1;
        assert_eq!(told(&answer), "400 BAD_REQUEST", "{user}: {problem}");
        let names = |problem: &serde_json::Value, field: &str| {
            let message = problem["message"].as_str().unwrap_or_default();
            message.starts_with(&format!("{field} is no record id: "))
        };
        assert!(names(problem, "authId"), "{user}: {problem}");
        let answer = world.get(&format!("/debug/view/v?auth={user}")).await;
        assert_eq!(told(&answer), "400 BAD_REQUEST", "{user}: {}", answer.1);
        assert!(names(&answer.1, "auth"), "{user}: {}", answer.1);
    }
    for (route, body) in [
        ("/verify/table", json!({ "table": 7, "buckets": 1 })),
        ("/verify/table", json!({ "table": "task", "buckets": 0 })),
        ("/verify/table", json!({ "table": "task", "buckets": -1 })),
        ("/verify/table", json!({ "table": "task", "buckets": 4_000_000_000_u64 })),
        ("/verify/table", json!({ "table": "task", "buckets": 1e300 })),
        ("/verify/rows", json!({ "table": "task", "buckets": 1, "only": "all" })),
        ("/verify/rows", json!({ "table": "task", "buckets": 1, "only": [-1] })),
        ("/verify/read", json!({ "table": "task", "records": ["task:1", "user:ann"] })),
        ("/verify/read", json!({ "table": "task", "records": ["task:1; DELETE user"] })),
        ("/verify/view", json!({ "id": 7 })),
        ("/verify/reconcile", json!({ "id": "v", "auth": "ann" })),
        ("/view/unregister", json!({ "id": "v", "authId": 7 })),
        ("/debug/cost", json!({ "surql": ["SELECT * FROM task"] })),
        ("/log", json!({ "message": 7 })),
        ("/log", json!({ "message": "m", "level": "loud" })),
        ("/log", json!({ "message": "m", "level": "" })),
    ] {
        let answer = world.post(route, body.clone()).await;
        assert_eq!(answer.0, 400, "{route} {body}: {}", answer.1);
        assert!(answer.1["code"].is_string(), "{route} {body}: {}", answer.1);
    }
    assert_eq!(world.rows("SELECT VALUE id FROM user").await, ["user:ann"]);
    is_well(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_cannot_be_read_is_refused_with_its_code() {
    let world = World::start(SCHEMA).await;
    for (path, expected) in [
        ("/debug/view/%ff", "400 BAD_REQUEST"),
        ("/debug/mark/%ff%fe", "400 BAD_REQUEST"),
        ("/debug/view/v?auth=%ff", "400 BAD_REQUEST"),
        ("/debug/view/v?auth=user:ann&auth=user:bob", "400 BAD_REQUEST"),
        ("/debug/view/v?auth=%7B", "400 BAD_REQUEST"),
        ("/debug/view/v%2Fw", "404 NOT_FOUND"),
        ("/debug/view/%E2%9F%A8a%20b%E2%9F%A9", "404 NOT_FOUND"),
        ("/debug/view/v;DELETE%20user", "404 NOT_FOUND"),
        ("/debug/view/", "404 NOT_FOUND"),
        ("/debug/mark/%00", "404 NOT_FOUND"),
        ("/../../etc/passwd", "404 NOT_FOUND"),
        ("//health", "404 NOT_FOUND"),
        ("/view/register", "405 BAD_REQUEST"),
    ] {
        let answer = world.get(path).await;
        assert_eq!(told(&answer), expected, "{path}: {}", answer.1);
    }
    is_well(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_even_http_ends_its_own_connection_only() {
    let world = World::start(SCHEMA).await;
    let long = "x".repeat(1024 * 1024);
    let starts = "POST /view/register HTTP/1.1\r\nhost: x\r\n";
    let sent: [Vec<u8>; 10] = [
        b"\r\n\r\n\r\n".into(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".into(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(),
        b"GET / HTTP/9.9\r\n\r\n".into(),
        format!("GET /{long} HTTP/1.1\r\nhost: x\r\n\r\n").into(),
        format!("GET /health HTTP/1.1\r\nhost: x\r\nlong: {long}\r\n\r\n").into(),
        format!("{starts}content-length: -1\r\n\r\n{{}}").into(),
        format!("{starts}content-length: 2\r\ncontent-length: 3\r\n\r\n{{}}").into(),
        format!("{starts}transfer-encoding: chunked\r\n\r\nzz\r\n").into(),
        format!("{starts}content-length: 100\r\n\r\n{{").into(),
    ];
    let addr = world.ssp.as_ref().unwrap().addr;
    for bytes in sent {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        let mut connection = TcpStream::connect(addr).await.unwrap();
        // It may be closed before everything was taken.
        let _ = connection.write_all(&bytes).await;
        let _ = connection.shutdown().await;
        let mut answer = Vec::new();
        let read = connection.read_to_end(&mut answer);
        let ended = tokio::time::timeout(Duration::from_secs(10), read).await;
        assert!(ended.is_ok(), "still open: {shown}");
        let answer = String::from_utf8_lossy(&answer);
        // The second version of HTTP is answered in frames of its own.
        let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
        assert!(refused || shown.starts_with("PRI"), "{shown}: {answer}");
    }
    // Somebody who says nothing more holds his own connection and nobody else's.
    let mut silent = Vec::new();
    for _ in 0..200 {
        let mut connection = TcpStream::connect(addr).await.unwrap();
        connection.write_all(starts.as_bytes()).await.unwrap();
        silent.push(connection);
    }
    is_well(&world).await;
}
