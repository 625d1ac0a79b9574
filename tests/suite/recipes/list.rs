//! The list of faults does not rot: texts, tests and histories are where it says.

use std::collections::BTreeSet;

use tests::sources::{root, rust_files};

use super::{NOT_PLAYED, faults};

/// The mechanisms whose histories are played.
const SCOPE: &[&str] =
    &["M1", "M2", "M3", "M4", "M6", "M7", "M8", "M9", "M10", "M11", "M12", "M16"];

fn hold(broken: Vec<String>) {
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The histories of the table in `docs/exactness.md`.
fn histories() -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("docs/exactness.md")).expect("the document");
    let cells = text.lines().filter_map(|line| line.strip_prefix("| M"));
    let first = cells.filter_map(|cells| cells.split(" | ").next());
    first.map(|cell| format!("M{}", cell.trim())).collect()
}

#[test]
fn the_text_of_every_fault_stands_once_in_its_file() {
    let counted = faults().into_iter().filter_map(|fault| {
        let text = std::fs::read_to_string(root().join(fault.file)).unwrap_or_default();
        let times = text.matches(fault.with).count();
        (times != 1).then(|| format!("{}: {times} times {:?}", fault.file, fault.with))
    });
    hold(counted.collect());
}

#[test]
fn the_test_of_every_fault_exists() {
    let sources = rust_files();
    let missing = faults().into_iter().filter(|fault| {
        let name = fault.test.rsplit("::").next().unwrap_or_default();
        let line = format!("fn {name}(");
        let package = fault.target.package();
        !sources.iter().any(|file| file.is_in(package) && file.text.contains(&line))
    });
    hold(missing.map(|fault| format!("no test `{}` in {:?}", fault.test, fault.target)).collect());
}

#[test]
fn every_history_of_the_table_has_a_fault_or_a_reason() {
    let histories = histories();
    let faulted: BTreeSet<&str> = faults().iter().map(|fault| fault.history).collect();
    let excused: BTreeSet<&str> = NOT_PLAYED.iter().map(|(history, _)| *history).collect();
    let mut broken = Vec::new();
    for history in &histories {
        let mechanism = history.split(':').next().unwrap_or_default();
        if !SCOPE.contains(&mechanism) {
            broken.push(format!("`{history}`: no mechanism whose histories are played"));
        } else if !faulted.contains(history.as_str()) && !excused.contains(history.as_str()) {
            broken.push(format!("`{history}` has no fault"));
        }
    }
    let unknown = faulted.union(&excused).filter(|history| !histories.contains(**history));
    broken.extend(unknown.map(|history| format!("`{history}` is no row of docs/exactness.md")));
    hold(broken);
}
