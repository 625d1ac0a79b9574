use serde_json::json;
use service::Secret;

use crate::support::{SCHEMA, World, answer};

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_asked_for_where_there_is_one() {
    let world =
        World::start_with(SCHEMA, |config| config.secret = Some(Secret::new("s3cret"))).await;
    for path in ["/health", "/health/ready", "/version", "/info"] {
        assert_eq!(world.get(path).await.0, 200, "{path}");
    }
    let (status, problem) = world.get("/debug/deps").await;
    assert_eq!((status, &problem["code"]), (401, &json!("UNAUTHORIZED")));
    for (token, status) in [("s3cret", 200), ("s3cre", 401), ("", 401)] {
        let request = reqwest::Client::new().get(world.url("/debug/deps")).bearer_auth(token);
        assert_eq!(answer(request.send().await.unwrap()).await.0, status, "{token}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_secret_this_machine_may_ask_and_no_other() {
    let world = World::start_with(SCHEMA, |config| config.listen = "0.0.0.0:0".into()).await;
    let port = world.ssp.as_ref().unwrap().addr.port();
    let ask = async |host: &str| {
        let asked = reqwest::get(format!("http://{host}:{port}/debug/deps")).await.unwrap();
        answer(asked).await
    };
    assert_eq!(ask("127.0.0.1").await.0, 200);
    // What comes over this machine's other address comes from that address, as another machine's request would.
    if let Some(address) = outer_address() {
        let (status, problem) = ask(&address).await;
        assert_eq!((status, &problem["code"]), (403, &json!("LOOPBACK_ONLY")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_registers_with_his_own_token_and_for_himself_only() {
    let world =
        World::start_with(SCHEMA, |config| config.secret = Some(Secret::new("s3cret"))).await;
    let (ann, bob) = (world.sign_up("ann").await, world.sign_up("bob").await);
    world.run("CREATE task:1 SET owner = user:ann; CREATE task:2 SET owner = user:bob").await;
    let body = json!({ "id": "v", "surql": "SELECT * FROM task", "clientId": "c1" });
    let (status, told) = world.post_as(&ann.token, "/view/register", body.clone()).await;
    assert_eq!((status, &told["rowCount"]), (200, &json!(1)), "{told}");
    assert_eq!(told["rows"][0]["out"], json!("task:1"));
    assert_eq!(ann.edges().await, ["v task:1"]);
    assert_eq!(bob.edges().await, [""; 0]);

    let mut forged = body.clone();
    forged["authId"] = json!("user:bob");
    let (status, told) = world.post_as(&ann.token, "/view/register", forged).await;
    assert_eq!((status, &told["code"]), (401, &json!("UNAUTHORIZED")));
    let (status, told) = world.post_as("a.b.c", "/view/register", body.clone()).await;
    assert_eq!((status, &told["code"]), (401, &json!("UNAUTHORIZED")), "{told}");
    let (status, _) = world.post_as(&ann.token, "/log", json!({ "message": "m" })).await;
    assert_eq!(status, 401, "a user's token opens no other door");

    // Bob's view of that id is another one: Ann's stands.
    let (status, _) = world.post_as(&bob.token, "/view/unregister", json!({ "id": "v" })).await;
    assert_eq!((status, ann.edges().await), (200, vec!["v task:1".to_owned()]));
    let (status, _) = world.post_as(&ann.token, "/view/unregister", json!({ "id": "v" })).await;
    assert_eq!((status, ann.edges().await), (200, vec![]));
}

/// The address that this machine has for others; none where it has no network.
fn outer_address() -> Option<String> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then(|| address.to_string())
}
