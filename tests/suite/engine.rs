//! Properties of the engine, on random cases, without a database.
//!
//! After every step: the folded deltas are the reference's answer; hydrating now gives what hydrating at the start and
//! following the deltas gave; what was delivered once says nothing when it is delivered again. One commit tells what
//! the same writes one by one come to; a view that asks the same in other words has the same answer.

use std::path::Path;

use cli::scenario::rig::circuit::Circuit;
use cli::scenario::rig::reference::Reference;
use cli::scenario::{self, Outcome, Script, Step};
use surrealdb_types::ToSql as _;
use tests::random::{Case, shrink};

/// Seeds that every run of the suite draws.
const SEEDS: std::ops::Range<u64> = 10_000..11_500;

fn script(case: &Case) -> Script {
    scenario::parse(Path::new("drawn.view"), &case.print())
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Draws the cases and shrinks the first one of which `wrong` says something.
fn holds(wrong: impl Fn(&Case) -> Option<String>) {
    for seed in SEEDS {
        let case = Case::draw(seed);
        if wrong(&case).is_none() {
            continue;
        }
        let small = shrink(case, |case| wrong(case).is_some());
        let what = wrong(&small).unwrap_or_default();
        panic!(
            "seed {seed}, shrunk, for tests/scenarios/regressions/:\n\n{}\n{what}",
            small.print()
        );
    }
}

/// Runs both rigs and asks after every step.
fn walk(
    case: &Case,
    mut wrong: impl FnMut(&Step, &mut Circuit, &Reference, &Outcome, &Outcome) -> Option<String>,
) -> Option<String> {
    let script = script(case);
    let (mut circuit, mut reference) = (Circuit::new(&script), Reference::new(&script));
    for entry in &script.entries {
        let Some(step) = &entry.step else { continue };
        let right = reference.step(step).unwrap_or_else(|error| panic!("reference: {error}"));
        let told = circuit.step(step).unwrap_or_else(|error| panic!("circuit: {error}"));
        if let Some(what) = wrong(step, &mut circuit, &reference, &told, &right) {
            return Some(format!("line {}: {}\n{what}", entry.line, entry.text.join("\n")));
        }
    }
    None
}

#[test]
fn deltas_add_up_to_the_reference() {
    holds(|case| {
        walk(case, |_, _, _, told, right| {
            let (told, right) = (told.lines().join("\n"), right.lines().join("\n"));
            (told != right).then(|| format!("told:\n{told}\nright:\n{right}"))
        })
    });
}

#[test]
fn hydrating_now_is_hydrating_before_and_following() {
    holds(|case| {
        walk(case, |_, circuit, _, _, _| {
            let views: Vec<String> = circuit.views();
            views.iter().find_map(|name| {
                let (now, stands) = (circuit.hydrate_again(name), circuit.answer(name));
                let shown = |ids: &[surrealdb_types::RecordId]| {
                    ids.iter().map(|id| id.to_sql()).collect::<Vec<_>>().join(" ")
                };
                (now.as_ref().is_some_and(|now| *now != stands)).then(|| {
                    let now = now.unwrap_or_default();
                    format!(
                        "{name} hydrated now: {}\n{name} stands: {}",
                        shown(&now),
                        shown(&stands)
                    )
                })
            })
        })
    });
}

#[test]
fn what_is_delivered_again_says_nothing() {
    holds(|case| {
        walk(case, |_, circuit, _, _, _| {
            let again = circuit.redeliver();
            (!again.is_empty()).then(|| format!("delivered again, it says:\n{}", again.join("\n")))
        })
    });
}

#[test]
fn one_commit_is_its_writes_one_by_one() {
    holds(|case| {
        let mut apart = case.clone();
        // A rejected write takes its transaction along, but not its neighbours.
        apart.steps = case.steps.iter().flatten().map(|write| vec![write.clone()]).collect();
        let mut together = case.clone();
        together.steps.iter_mut().flatten().for_each(force);
        apart.steps.iter_mut().flatten().for_each(force);
        let (one, many) = (last_answers(&together), last_answers(&apart));
        (one != many).then(|| format!("one commit each:\n{one}\none by one:\n{many}"))
    });
}

/// A `create` of what is there would cancel its transaction: it becomes a pair that cannot be rejected.
fn force(write: &mut String) {
    if let Some(rest) = write.strip_prefix("create ") {
        *write = format!("merge {rest}");
    }
}

fn last_answers(case: &Case) -> String {
    let script = script(case);
    let mut circuit = Circuit::new(&script);
    let mut shown = String::new();
    for step in script.steps() {
        let told = circuit.step(step).unwrap_or_else(|error| panic!("circuit: {error}"));
        if matches!(step, Step::Show(_)) {
            shown.push_str(&format!("{}\n", told.lines().join(" ")));
        }
    }
    shown
}

/// What is said otherwise, and how.
type Variant = (&'static str, fn(&mut Case));

#[test]
fn the_same_question_in_other_words_has_the_same_answer() {
    holds(|case| {
        let right = last_answers(case);
        let variants: [Variant; 4] = [
            ("a conjunct twice", |case| {
                for view in &mut case.views {
                    let first = view.query.conjuncts.first().cloned();
                    view.query.conjuncts.extend(first);
                }
            }),
            ("a conjunct that always holds", |case| {
                for view in &mut case.views {
                    view.query.conjuncts.push("(id = id)".to_owned());
                }
            }),
            ("a LIMIT that does not bind", |case| {
                for view in &mut case.views {
                    view.query.limit.get_or_insert_with(|| "1000".to_owned());
                }
            }),
            ("other names of parameters", |case| {
                for view in &mut case.views {
                    for conjunct in &mut view.query.conjuncts {
                        *conjunct = conjunct.replace("$p", "$renamed");
                    }
                    for (name, _) in view.params.iter_mut().filter(|(name, _)| *name == "p") {
                        *name = "renamed";
                    }
                }
            }),
        ];
        variants.into_iter().find_map(|(title, change)| {
            let mut other = case.clone();
            change(&mut other);
            let told = last_answers(&other);
            (told != right).then(|| format!("{title}:\n{told}\nright:\n{right}\n{}", other.print()))
        })
    });
}
