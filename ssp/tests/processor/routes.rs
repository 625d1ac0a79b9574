use serde_json::json;

use crate::support::{SCHEMA, World};

#[tokio::test(flavor = "multi_thread")]
async fn what_anybody_may_ask() {
    let world = World::start_with(SCHEMA, |config| config.id = "ssp-7".into()).await;
    let (status, health) = world.get("/health").await;
    assert_eq!(
        (status, &health["status"], &health["db"]["status"]),
        (200, &json!("ready"), &json!("ok"))
    );
    assert!(health["lag_ms"].is_u64() && health["views"] == 0, "{health}");
    assert_eq!(world.get("/health/ready").await.0, 200);
    let version = json!({ "version": env!("CARGO_PKG_VERSION"), "mode": "streaming" });
    assert_eq!(world.get("/version").await, (200, version));
    world.run("CREATE user:ann").await;
    world.settle().await;
    let (status, info) = world.get("/info").await;
    let info = &info[0];
    assert_eq!((status, &info["entity"], &info["id"]), (200, &json!("ssp"), &json!("ssp-7")));
    assert_eq!((&info["ref_mode"], &info["status"]), (&json!("dedicated"), &json!("ready")));
    assert_eq!(info["circuit_tables"]["user"], 1);
    assert!(info["circuit_hashes"]["user"].is_string());
    assert_eq!(info["env"]["SPKY_DB_PASS"], "***");
    let (status, problem) = world.get("/nowhere").await;
    assert_eq!((status, &problem["code"]), (404, &json!("NOT_FOUND")));
    assert_eq!(world.get("/view/register").await.0, 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_is_registered_shown_and_unregistered() {
    let world = World::start(SCHEMA).await;
    world.run("CREATE user:ann; CREATE task:1 SET owner = user:ann, n = 1").await;
    let body = json!({ "id": "top", "surql": "SELECT * FROM task WHERE n = $n", "clientId": "c",
        "params": "{ n: 1 }", "authId": "user:ann", "access": "account", "ttl": "10m" });
    let (status, reply) = world.post("/view/register", body.clone()).await;
    assert_eq!(status, 200, "{reply}");
    assert_eq!((&reply["id"], &reply["state"]), (&json!("_00_query:top"), &json!("ready")));
    assert_eq!((&reply["rowCount"], &reply["rows"][0]["out"]), (&json!(1), &json!("task:1")));
    let version = &reply["rows"][0]["version"];
    let edges = world.rows("SELECT VALUE version FROM _00_list_ref_user_ann").await;
    assert_eq!(edges, [version.to_string()], "ready means that the edges stand");

    let (status, again) = world.post("/view/register", body).await;
    assert_eq!((status, &again["digest"]), (200, &reply["digest"]), "the same again touches it");

    let (status, shown) = world.get("/debug/view/top?auth=user:ann").await;
    assert_eq!((status, &shown["state"], &shown["rowCount"]), (200, &json!("ready"), &json!(1)));
    assert_eq!(shown["tables"], json!(["task", "user"]));
    assert_eq!(shown["digest"], reply["digest"]);
    let (status, readers) = world.get("/debug/deps").await;
    assert_eq!(status, 200);
    assert_eq!(readers[0], json!({ "table": "task", "views": ["top of user:ann"] }));
    assert_eq!(world.get("/debug/view/top").await.0, 404, "the system has no such view");

    let gone = json!({ "id": "top", "authId": "user:ann" });
    assert_eq!(world.post("/view/unregister", gone.clone()).await.0, 200);
    assert!(world.rows("SELECT * FROM _00_list_ref_user_ann").await.is_empty());
    assert_eq!(world.post("/view/unregister", gone).await.0, 200, "unknown ids too");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_systems_views_have_no_permissions_and_no_readers() {
    let world = World::start(SCHEMA).await;
    let ann = world.sign_up("ann").await;
    world.run("CREATE task:1 SET owner = user:ann; CREATE task:2 SET owner = user:bob").await;
    let body = json!({ "plan": "SELECT * FROM task ORDER BY id DESC", "metadata": { "id": "all", "client_id": "c" } });
    let (status, reply) = world.post("/view/register", body).await;
    assert_eq!(status, 200, "{reply}");
    assert_eq!(
        (&reply["rows"][0]["out"], &reply["rows"][1]["out"]),
        (&json!("task:2"), &json!("task:1"))
    );
    assert_eq!(world.rows("SELECT VALUE out FROM _00_list_ref").await.len(), 2);
    assert_eq!(crate::support::lines(ann.run("SELECT * FROM _00_list_ref").await), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_registered_is_refused_before_anything_is_written() {
    let world = World::start(SCHEMA).await;
    world.run("CREATE user:ann; DEFINE TABLE odd PERMISSIONS FOR select WHERE fn::x(id)").await;
    world.settle().await;
    let register = async |surql: &str, more: serde_json::Value| {
        let mut body = json!({ "id": "v", "surql": surql, "clientId": "c" });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let (status, problem) = world.post("/view/register", body).await;
        (status, problem["code"].as_str().unwrap_or("none").to_owned(), problem)
    };
    let (status, code, problem) = register("SELECT * FROM task WHERE", json!({})).await;
    assert_eq!((status, code.as_str()), (400, "SYNTAX_ERROR"));
    assert_eq!(problem["position"]["line"], 1);
    let refused = [
        ("CREATE task", json!({}), 400, "WRITES"),
        ("RETURN 1", json!({}), 400, "NOT_A_SELECT"),
        ("SELECT * FROM task", json!({ "clientId": "" }), 400, "MISSING_CLIENT_ID"),
        ("SELECT * FROM task", json!({ "params": { "auth": 1 } }), 400, "PROTECTED_PARAMETER"),
        ("SELECT * FROM task", json!({ "params": "{" }), 400, "BAD_REQUEST"),
        ("SELECT * FROM task", json!({ "ttl": "soon" }), 400, "BAD_REQUEST"),
        ("SELECT * FROM task", json!({ "authId": "user:nobody" }), 400, "NO_SUCH_USER"),
        ("SELECT * FROM task", json!({ "authId": "user:ann", "access": "x" }), 400, "BAD_REQUEST"),
        ("SELECT * FROM odd", json!({ "authId": "user:ann" }), 403, "PERMISSION_REFUSED"),
    ];
    for (surql, more, status, code) in refused {
        let (was, said, problem) = register(surql, more).await;
        assert_eq!((was, said.as_str()), (status, code), "{surql}: {problem}");
    }
    assert!(world.rows("SELECT * FROM _00_query").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_and_definitions_can_be_asked_for() {
    let world = World::start(SCHEMA).await;
    world.settle().await;
    let (status, mark) = world.get("/debug/mark/test").await;
    assert_eq!((status, mark), (200, json!({ "n": 1, "flushed": 1 })));
    assert_eq!(world.get("/debug/mark/nobody").await.0, 404);
    assert_eq!(world.post("/schema/refresh", json!({})).await.0, 200);
    assert_eq!(world.post("/log", json!({ "message": "hello", "level": "warn" })).await.0, 200);
    assert_eq!(world.post("/log", json!({})).await.0, 400);
}
