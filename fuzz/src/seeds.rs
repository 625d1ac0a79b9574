//! What the fuzzer begins with: the scenarios and the documents, taken apart.

use view::lower;

/// Inputs for a target, out of one text: a scenario, or a document with SurrealQL in it.
pub fn of(target: &str, text: &str) -> Vec<Vec<u8>> {
    match target {
        "cbor" => {
            let objects = contents(text).filter_map(|content| lower::params(content).ok());
            objects.map(crate::cbor::encode).collect()
        }
        _ => texts(target, text).into_iter().map(String::into_bytes).collect(),
    }
}

fn texts(target: &str, text: &str) -> Vec<String> {
    let queries = || lines_after(text, "view ").filter_map(|line| Some(line.split_once(": ")?.1));
    let permissions =
        || text.lines().filter_map(|line| Some(line.split_once("FOR select WHERE ")?.1.trim_end()));
    let params = || lines_after(text, "with ").map(str::trim);
    match target {
        "scenario" => vec![text.to_owned()],
        "query" => {
            let permission = permissions().next().unwrap_or("owner = $auth");
            queries().map(|query| format!("{query}\0{permission}")).collect()
        }
        "answer" => {
            let (permission, params) =
                (permissions().next().unwrap_or(""), params().next().unwrap_or("{}"));
            queries().map(|query| format!("{query}\0{permission}\0{params}")).collect()
        }
        "values" => {
            let mut contents: Vec<&str> = contents(text).chain(params()).collect();
            contents.dedup();
            contents.windows(2).map(|two| two.join("\0")).collect()
        }
        "wire" => {
            let bodies = queries().zip(params().chain(std::iter::repeat("{}")));
            let bodies = bodies.map(|(query, params)| {
                serde_json::json!({ "id": "v", "surql": query, "clientId": "c", "params": params,
                    "ttl": "10m", "authId": "user:ann", "access": "account" })
            });
            bodies.map(|body| body.to_string()).collect()
        }
        _ => Vec::new(),
    }
}

/// The rows that a scenario writes.
fn contents(text: &str) -> impl Iterator<Item = &str> {
    let written = ["given ", "create ", "update ", "merge "];
    let lines = written.into_iter().flat_map(move |word| lines_after(text, word));
    lines.filter_map(|line| Some(&line[line.find('{')?..]))
}

fn lines_after<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines().filter_map(move |line| line.strip_prefix(word))
}
