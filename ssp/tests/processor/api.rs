//! Plays `docs/ssp-api.md`: every request in it has the reply that stands below it.

use serde_json::Value as Json;

use crate::support::{SCHEMA, World};

/// What stands for a value that differs from run to run.
const ANYTHING: &str = "…";

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_requests_have_the_documented_replies() {
    // Tests run in the directory of their package.
    let document = std::fs::read_to_string("../docs/ssp-api.md").unwrap();
    let world = World::start_with(SCHEMA, |config| config.id = "ssp-1".into()).await;
    world.run("CREATE user:ann; CREATE task:1 SET owner = user:ann, done = false").await;
    world.settle().await;
    let exchanges = exchanges(&document);
    assert!(exchanges.len() > 10, "the document has lost its requests");
    for Exchange { request, kind, expected } in exchanges {
        let (first, body) = request.split_once('\n').unwrap_or((request, ""));
        let (method, path) = first.split_once(' ').unwrap();
        if kind == "text" {
            let reply = reqwest::get(world.url(path)).await.unwrap().text().await.unwrap();
            let lacks = expected.lines().find(|line| !reply.lines().any(|its| its == *line));
            assert_eq!(lacks, None, "{request}\nis answered by\n{reply}");
            continue;
        }
        let body = if body.trim().is_empty() { Json::Null } else { json(body) };
        let (_, reply) = match method {
            "GET" => world.get(path).await,
            "POST" => world.post(path, body).await,
            other => panic!("{other}"),
        };
        assert!(matches(&json(expected), &reply), "{request}\nis answered by\n{reply:#}");
    }
}

/// A block of `http`, and the block behind it.
struct Exchange<'a> {
    request: &'a str,
    /// `json`: the whole reply; `text`: some of its lines.
    kind: &'a str,
    expected: &'a str,
}

fn exchanges(document: &str) -> Vec<Exchange<'_>> {
    let blocks: Vec<(&str, &str)> = document
        .split("```")
        .skip(1)
        .step_by(2)
        .filter_map(|block| block.split_once('\n'))
        .collect();
    let pairs = blocks.windows(2).filter(|pair| pair[0].0 == "http");
    pairs
        .map(|pair| {
            let ((_, request), (kind, expected)) = (pair[0], pair[1]);
            Exchange { request: request.trim(), kind, expected }
        })
        .collect()
}

fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn matches(expected: &Json, reply: &Json) -> bool {
    match (expected, reply) {
        (Json::String(text), _) if text == ANYTHING => true,
        (Json::Object(expected), Json::Object(reply)) => {
            expected.len() == reply.len()
                && expected
                    .iter()
                    .all(|(name, value)| reply.get(name).is_some_and(|reply| matches(value, reply)))
        }
        (Json::Array(expected), Json::Array(reply)) => {
            expected.len() == reply.len()
                && expected.iter().zip(reply).all(|(expected, reply)| matches(expected, reply))
        }
        (expected, reply) => expected == reply,
    }
}
