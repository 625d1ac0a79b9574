//! The ladder: every skeleton of a plan, every pair of features, the swarm, and its random tail.
//!
//! Without a database by the [`engine`], beside the reference evaluator, with all [`properties`]; on a real one by the
//! [`database`] that runs the original queries, and by the processor. What differs is shrunk and printed as a scenario.
//! The default is what every run of the suite can pay for; `SLOW=1` walks all of it.

mod database;
mod engine;
mod properties;
mod tally;

use std::ops::Range;
use std::path::Path;

use cli::scenario::{self, Script};
use tests::random::{Case, shrink};

/// Whether somebody has the time.
fn slow() -> bool {
    std::env::var_os("SLOW").is_some_and(|on| on == "1")
}

/// The seeds that a variable names as `from..to`, or else some of our own.
fn seeds(variable: &str, usual: Range<u64>) -> Range<u64> {
    let Ok(named) = std::env::var(variable) else { return usual };
    let range = named.split_once("..").and_then(|(from, to)| {
        let (from, to) = (from.parse().ok()?, to.parse().ok()?);
        Some(from..to)
    });
    range.unwrap_or_else(|| panic!("{variable}={named}: not `from..to`"))
}

fn script(case: &Case) -> Result<Script, String> {
    let text = case.print();
    scenario::parse(Path::new("drawn.view"), &text).map_err(|error| format!("{error}\n{text}"))
}

/// Shrinks a case of which `wrong` says something, and says it.
fn fail(case: &Case, mut wrong: impl FnMut(&Case) -> Option<String>) -> ! {
    let small = shrink(case.clone(), |case| script(case).is_ok() && wrong(case).is_some());
    let what = wrong(&small).unwrap_or_else(|| "it is gone when asked again".to_owned());
    panic!(
        "{}; shrunk, for tests/scenarios/regressions/:\n\n{}\n{what}",
        case.title,
        small.print()
    );
}
