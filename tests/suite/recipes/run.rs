//! Every fault is put in, and its test has to fail.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::build::{self, Ran};
use super::copy::Copy;
use super::{Target, Without, faults};

/// Chooses faults whose history, file, test or lack has this in it.
const CHOICE: &str = "SPKY_RECIPES";

fn chosen() -> Vec<&'static Without> {
    let choice = std::env::var(CHOICE).unwrap_or_default();
    let has = |fault: &&'static Without| {
        let parts = [fault.history, fault.file, fault.test, fault.lacks];
        parts.iter().any(|part| part.contains(&choice))
    };
    faults().into_iter().filter(has).collect()
}

/// Where this run builds: beside the suite's own binary.
fn outer() -> PathBuf {
    let suite = std::env::current_exe().expect("the suite is a file");
    suite.ancestors().nth(3).expect("it stands in TARGET/debug/deps").to_owned()
}

#[test]
#[ignore = "builds once a fault: `make recipes`"]
fn every_test_fails_without_its_recipe() {
    let faults = chosen();
    assert!(!faults.is_empty(), "{CHOICE} chooses none");
    let server = database_server::binary();
    let copy = Copy::make(&outer()).expect("a copy of the sources");
    for fault in &faults {
        copy.mend(fault).expect("the copy can be written");
    }
    all_pass_as_it_is(&copy, &faults, &server);
    let mut survived = Vec::new();
    for (number, fault) in faults.iter().enumerate() {
        let outcome = try_fault(&copy, fault, &server);
        let told = match &outcome {
            Ok(()) => "fails".to_owned(),
            Err(reason) => format!("SURVIVES: {reason}"),
        };
        let of = faults.len();
        eprintln!("{}/{of} {} -- without {}: {told}", number + 1, fault.history, fault.lacks);
        if let Err(reason) = outcome {
            let Without { history, lacks, test, .. } = fault;
            survived.push(format!("{history}: `{test}` without {lacks}: {reason}"));
        }
    }
    assert!(survived.is_empty(), "{} survived:\n{}", survived.len(), survived.join("\n"));
}

fn all_pass_as_it_is(copy: &Copy, faults: &[&Without], server: &Path) {
    let mut tests: BTreeMap<Target, BTreeSet<&str>> = BTreeMap::new();
    for fault in faults {
        tests.entry(fault.target).or_default().insert(fault.test);
    }
    for (target, tests) in tests {
        let tests: Vec<&str> = tests.into_iter().collect();
        let binary = build::build(copy, target).unwrap_or_else(|said| panic!("{target:?}: {said}"));
        let Ran { passed, count, said } = build::run(copy, target, &binary, &tests, server);
        assert!(passed && count == tests.len(), "{target:?} of itself, {count} run:\n{said}");
        eprintln!("{target:?}: {count} tests pass as it is");
    }
}

/// Puts a fault in and runs its test; why it is not noticed.
fn try_fault(copy: &Copy, fault: &Without, server: &Path) -> Result<(), String> {
    copy.break_by(fault).map_err(|error| error.to_string())?;
    let built = build::build(copy, fault.target);
    let ran = built.map(|binary| build::run(copy, fault.target, &binary, &[fault.test], server));
    copy.mend(fault).map_err(|error| error.to_string())?;
    match ran {
        Err(said) => Err(format!("it does not compile:\n{said}")),
        Ok(Ran { passed: true, .. }) => Err("the test passes".to_owned()),
        Ok(Ran { said, .. }) if !said.contains(&format!("test {}", fault.test)) => {
            Err(format!("the test is not run:\n{said}"))
        }
        Ok(_) => Ok(()),
    }
}
