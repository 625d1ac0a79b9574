//! The first oracle: random plans, rows, changes and users, by seed, against the database itself.
//!
//! The original query runs as its user after every commit (rig `surrealdb`); the reference evaluator and the engine
//! must tell the same. `SPKY_ORACLE_SEEDS=from..to` draws others than the fixed budget.

use std::ops::Range;
use std::path::Path;

use cli::scenario::{self, RigName, Server};
use tests::random::{Case, shrink};
use tests::server;

/// Seeds that every run of the suite draws on the database.
const SEEDS: Range<u64> = 0..120;
/// Seeds at once.
const AT_ONCE: usize = 4;

/// The transcript of a case on a rig, or why there is none.
async fn transcript(case: &Case, rig: RigName, server: Option<&Server>) -> String {
    let text = case.print();
    let script = match scenario::parse(Path::new("drawn.view"), &text) {
        Ok(script) => script,
        Err(error) => return format!("{error}\n{text}"),
    };
    match scenario::play(script, rig, server).await {
        Ok(transcript) => transcript.print(),
        Err(error) => format!("{error}\n"),
    }
}

/// What the rigs dispute about a case; `None` if nothing.
async fn dispute(case: &Case, server: &Server) -> Option<String> {
    let truth = transcript(case, RigName::Surrealdb, Some(server)).await;
    for rig in [RigName::Reference, RigName::Circuit] {
        let told = transcript(case, rig, None).await;
        if told != truth {
            return Some(format!("the database:\n{truth}\nrig `{rig}`:\n{told}"));
        }
    }
    None
}

fn seeds() -> Range<u64> {
    let Ok(named) = std::env::var("SPKY_ORACLE_SEEDS") else { return SEEDS };
    let (from, to) = named.split_once("..").expect("SPKY_ORACLE_SEEDS=from..to");
    from.parse().expect("a number")..to.parse().expect("a number")
}

#[test]
fn the_database_answers_random_queries_as_we_do() {
    let server = server::shared();
    let disputed = tests::block_on(async {
        let mut running = tokio::task::JoinSet::new();
        let mut disputed = Vec::new();
        for seed in seeds() {
            if running.len() == AT_ONCE {
                disputed.push(running.join_next().await.expect("one runs").expect("it ends"));
            }
            running.spawn(Box::pin(async move {
                let case = Case::draw(seed);
                dispute(&case, server).await.map(|_| case)
            }));
        }
        disputed.extend(running.join_all().await);
        disputed.into_iter().flatten().collect::<Vec<Case>>()
    });
    let Some(first) = disputed.iter().min_by_key(|case| case.seed) else { return };
    let seeds: Vec<u64> = disputed.iter().map(|case| case.seed).collect();
    let small = shrink(first.clone(), |case| tests::block_on(dispute(case, server)).is_some());
    let difference = tests::block_on(dispute(&small, server)).unwrap_or_default();
    panic!(
        "disputed seeds: {seeds:?}; the first one, shrunk, for tests/scenarios/regressions/:\n\n{}\n{difference}",
        small.print()
    );
}
