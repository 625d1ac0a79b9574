//! Every scenario, on every rig.
//!
//! `UPDATE_EXPECT=1` writes into the files what really happened on the rig `surrealdb`, where the reference evaluator
//! agrees.

use std::path::{Path, PathBuf};

use cli::scenario::{self, RigName, Server};
use tests::{server, sources};

/// Scenarios that run at once on a rig with a database.
const AT_ONCE: usize = 8;

/// Every scenario, by path.
pub fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![sources::root().join("tests/scenarios")];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).expect("a directory of scenarios").flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "view") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn updating() -> bool {
    std::env::var_os("UPDATE_EXPECT").is_some_and(|on| on == "1")
}

/// Checks one file; what differs, or why it did not run.
async fn check(path: PathBuf, rig: RigName, server: Option<Server>) -> String {
    if updating() {
        return match scenario::record(&path, rig, server.as_ref()).await {
            Ok(()) => String::new(),
            Err(error) => format!("{error}\n"),
        };
    }
    match scenario::run(&[path], rig, true, server.as_ref()).await {
        Ok(reports) => reports.into_iter().map(|report| report.text).collect(),
        Err(error) => format!("{error}\n"),
    }
}

fn check_all(rig: RigName) {
    if updating() && rig != RigName::Surrealdb {
        return;
    }
    let server = rig.needs_server().then(|| server::shared().clone());
    let differences = tests::block_on(async {
        let mut running = tokio::task::JoinSet::new();
        let mut differences = Vec::new();
        for path in files() {
            if running.len() == AT_ONCE {
                differences.push(running.join_next().await.expect("one runs").expect("it ends"));
            }
            running.spawn(Box::pin(check(path, rig, server.clone())));
        }
        differences.extend(running.join_all().await);
        differences
    });
    let mut differences: Vec<String> =
        differences.into_iter().filter(|text| !text.is_empty()).collect();
    differences.sort();
    assert!(
        differences.is_empty(),
        "{} of {} scenarios happen otherwise on rig `{rig}`:\n\n{}",
        differences.len(),
        files().len(),
        differences.join("\n")
    );
}

#[test]
fn every_scenario_happens_on_the_reference() {
    check_all(RigName::Reference);
}

#[test]
fn every_scenario_happens_on_the_circuits() {
    check_all(RigName::Circuit);
}

#[test]
fn every_scenario_happens_on_the_database_itself() {
    check_all(RigName::Surrealdb);
}

#[test]
fn every_scenario_happens_on_the_processor() {
    check_all(RigName::Ssp);
}

#[test]
fn every_scenario_begins_with_a_sentence_and_has_results() {
    for path in files() {
        let script = scenario::read(&path).unwrap_or_else(|error| panic!("{error}"));
        let first = &script.entries[0].text[0];
        assert!(
            first.starts_with("# "),
            "{}: say in the first line what the scenario shows",
            path.display()
        );
        let results = script.entries.iter().any(|entry| !entry.expected.is_empty());
        assert!(results, "{}: run the suite with UPDATE_EXPECT=1", path.display());
    }
}

#[test]
fn printing_a_parsed_scenario_changes_nothing() {
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("a scenario");
        let script = scenario::parse(&path, &text).unwrap_or_else(|error| panic!("{error}"));
        let happened = script.entries.iter().map(|entry| entry.expected.clone()).collect();
        let printed = scenario::Transcript { script, happened }.print();
        assert_eq!(printed, text, "{}", path.display());
    }
}

#[test]
fn a_line_that_is_none_says_where_and_why() {
    let cases = [
        ("view a SELECT * FROM t", "x.view:1: `view` takes NAME: QUERY"),
        (
            "given t:1 {}\nview a: SELECT * FROM t\ngiven t:2 {}",
            "x.view:3: `given` cannot stand after the first `view`",
        ),
        ("begin\ncreate t:1 {}", "x.view:1: `begin` without `commit` or `cancel`"),
        ("commit", "x.view:1: `commit` without `begin`"),
        ("  + t:1", "x.view:1: `+ t:1` is indented, hence a result, but no instruction precedes"),
        ("show a", "x.view:1: no view has the name `a`"),
        ("replace a: SELECT * FROM t", "x.view:1: no view has the name `a`"),
        ("insert t:1 {}", "x.view:1: `insert` is no instruction; a result is indented"),
        ("create t:1", "x.view:1: an object is missing, `{ … }`"),
        ("with {}", "x.view:1: `with` stands only below a `view`"),
    ];
    for (text, message) in cases {
        let error = scenario::parse(Path::new("x.view"), text).expect_err(text);
        assert_eq!(error.to_string(), message, "{text}");
    }
}
