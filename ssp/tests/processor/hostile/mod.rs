//! What nobody should send: each is refused with its code, and the processor goes on as if nothing had been said.

mod bodies;
mod names;
mod queries;
mod rows;
mod too_many;

use serde_json::Value as Json;

use crate::support::{User, World};

/// Posts bytes as they are.
async fn post(world: &World, path: &str, body: impl Into<reqwest::Body>) -> (u16, Json) {
    let request = reqwest::Client::new().post(world.url(path)).body(body);
    crate::support::answer(request.send().await.unwrap()).await
}

/// What was answered, as `400 CODE`.
fn told((status, problem): &(u16, Json)) -> String {
    format!("{status} {}", problem["code"].as_str().unwrap_or("no code"))
}

/// Whether the processor still does what it is there for.
async fn is_well(world: &World) {
    let url = world.url("/health/ready");
    assert_eq!(reqwest::get(url).await.unwrap().status(), 200);
    world.run("UPSERT task:well SET owner = user:well, at = rand::uuid()").await;
    let body =
        serde_json::json!({ "id": "well", "surql": "SELECT * FROM task:well", "clientId": "c" });
    let (status, reply) = world.post("/view/register", body).await;
    assert_eq!((status, &reply["rowCount"]), (200, &serde_json::json!(1)), "{reply}");
}

/// What the database says to a user's statement.
async fn said(user: &User, text: &str) -> String {
    use surrealdb_types::ToSql;
    match user.database.query(text, surreal::vars([])).await {
        Ok(mut results) => results.pop().unwrap_or_default().to_sql(),
        Err(error) => error.to_string(),
    }
}
