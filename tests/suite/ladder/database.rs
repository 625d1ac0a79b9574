//! The final oracle: after every step the original queries run on a real SurrealDB, each as its user.
//!
//! The reference evaluator and the engine walk along and must tell the same; so must the processor, whose answers are
//! read from its users' edge tables. `SPKY_ORACLE_SEEDS=from..to` and `SPKY_SSP_SEEDS=from..to` choose the seeds.

use cli::scenario::rig::circuit::Circuit;
use cli::scenario::rig::reference::Reference;
use cli::scenario::rig::surrealdb::Surrealdb;
use cli::scenario::{self, RigName, Server};
use tests::random::{Case, draw, groups, pairs, skeletons, subqueries};
use tests::server;

use super::tally::Tally;
use super::{fail, script, seeds, slow};

/// Cases at once.
const AT_ONCE: usize = 4;

/// What the rigs dispute about a case; `Ok` if nothing.
async fn dispute(case: &Case, server: &Server) -> Result<Tally, String> {
    let script = script(case)?;
    let mut tally = Tally::default();
    tally.case(&script);
    let made = Box::pin(Surrealdb::new(server, &script)).await;
    let mut database = made.map_err(|error| error.to_string())?;
    let (mut reference, mut circuit) = (Reference::new(&script), Circuit::new(&script));
    let mut disputed = Ok(());
    for entry in &script.entries {
        let Some(step) = &entry.step else { continue };
        let truth = Box::pin(database.step(step)).await.map(|outcome| {
            tally.step(step, &outcome);
            outcome.lines().join("\n")
        });
        let truth = truth.unwrap_or_else(|error| format!("error: {error}"));
        let lines = |told: Result<scenario::Outcome, scenario::Stopped>| match told {
            Ok(outcome) => outcome.lines().join("\n"),
            Err(error) => format!("error: {error}"),
        };
        let told =
            [("reference", lines(reference.step(step))), ("circuit", lines(circuit.step(step)))];
        if let Some((rig, told)) = told.into_iter().find(|(_, told)| *told != truth) {
            let (line, text) = (entry.line, entry.text.join("\n"));
            disputed =
                Err(format!("line {line}: {text}\nthe database:\n{truth}\nrig `{rig}`:\n{told}"));
            break;
        }
    }
    tally.excluded = database.excluded();
    Box::pin(database.end()).await;
    disputed.map(|()| tally)
}

/// What the processor tells otherwise than the reference evaluator; `Ok` if nothing.
async fn processor(case: &Case, server: &Server) -> Result<Tally, String> {
    let script = script(case)?;
    let mut tally = Tally::default();
    tally.case(&script);
    let play = |rig, server| {
        let script = script.clone();
        async move {
            match Box::pin(scenario::play(script, rig, server)).await {
                Ok(transcript) => transcript.print(),
                Err(error) => format!("error: {error}\n"),
            }
        }
    };
    let (right, told) =
        (play(RigName::Reference, None).await, play(RigName::Ssp, Some(server)).await);
    if told == right { Ok(tally) } else { Err(format!("right:\n{right}\nthe processor:\n{told}")) }
}

/// Who is asked.
#[derive(Clone, Copy)]
enum Asked {
    Database,
    Processor,
}

async fn ask(asked: Asked, case: &Case) -> Result<Tally, String> {
    match asked {
        Asked::Database => Box::pin(dispute(case, server::shared())).await,
        Asked::Processor => Box::pin(processor(case, server::shared())).await,
    }
}

fn all_agree(asked: Asked, cases: impl Iterator<Item = Case>) {
    let mut tally = Tally::default();
    let mut disputed = None;
    tests::block_on(async {
        let mut running = tokio::task::JoinSet::new();
        let mut take = |(case, told): (Case, Result<Tally, String>)| match told {
            Ok(counted) => tally += counted,
            Err(_) => disputed = Some(case),
        };
        for case in cases {
            if running.len() == AT_ONCE {
                take(running.join_next().await.expect("one runs").expect("it ends"));
            }
            running.spawn(Box::pin(async move {
                let told = ask(asked, &case).await;
                (case, told)
            }));
        }
        running.join_all().await.into_iter().for_each(take);
    });
    eprintln!("{tally}");
    if let Some(case) = disputed {
        fail(&case, |case| tests::block_on(ask(asked, case)).err());
    }
}

#[test]
fn the_database_answers_skeletons_as_we_do() {
    let every = if slow() { 1 } else { 60 };
    all_agree(Asked::Database, skeletons::cases().into_iter().step_by(every));
}

#[test]
fn the_database_answers_pairs_of_features_as_we_do() {
    let every = if slow() { 1 } else { 6 };
    let rows = pairs::rows().into_iter().enumerate().step_by(every);
    all_agree(Asked::Database, rows.map(|(number, row)| pairs::case(number, &row)));
}

#[test]
fn the_database_answers_the_swarm_as_we_do() {
    let usual = if slow() { 0..2_000 } else { 0..60 };
    all_agree(Asked::Database, seeds("SPKY_ORACLE_SEEDS", usual).map(draw));
}

#[test]
fn the_database_answers_drawn_groups_as_we_do() {
    let usual = if slow() { 0..1_000 } else { 0..30 };
    all_agree(Asked::Database, seeds("SPKY_ORACLE_GROUPED", usual).map(groups::draw));
}

#[test]
fn the_database_answers_drawn_subqueries_as_we_do() {
    let usual = if slow() { 0..1_000 } else { 0..40 };
    let draw = |seed| subqueries::draw(seed, false);
    all_agree(Asked::Database, seeds("SPKY_ORACLE_NESTED", usual).map(draw));
}

#[test]
fn the_processor_tells_drawn_subqueries_as_we_do() {
    let usual = if slow() { 0..100 } else { 0..4 };
    let draw = |seed| subqueries::draw(seed, false);
    all_agree(Asked::Processor, seeds("SPKY_SSP_NESTED", usual).map(draw));
}

#[test]
fn the_processor_tells_the_swarm_as_we_do() {
    let usual = if slow() { 0..200 } else { 0..8 };
    all_agree(Asked::Processor, seeds("SPKY_SSP_SEEDS", usual).map(draw));
}
