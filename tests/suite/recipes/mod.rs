//! Each recipe, taken away: the test that plays its history must fail then.
//!
//! A fault is a small replacement in one source file. `list` sees to it that the list cannot rot; `run` (ignored, for it
//! builds once a fault: `make recipes`) applies one fault after the other to a copy of the sources and expects the
//! named test to fail. What came of it stands in `docs/exactness.md`.

mod announced;
mod audits;
mod build;
mod capture;
mod copy;
mod edges;
mod list;
mod owners;
mod run;
mod values;
mod versions;
mod views;
mod windows;

/// A fault, and the test that must notice it.
pub struct Without {
    /// The history, as the table in `docs/exactness.md` names it.
    pub history: &'static str,
    /// What is missing.
    pub lacks: &'static str,
    /// The file.
    pub file: &'static str,
    /// The text as it stands, exactly once.
    pub with: &'static str,
    /// The text in its place.
    pub without: &'static str,
    /// Where the test is.
    pub target: Target,
    /// Its name, exactly.
    pub test: &'static str,
}

/// A binary of tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// The units of a package.
    Units(&'static str),
    /// A test binary of a package, by its name.
    Named(&'static str, &'static str),
}

pub const VIEW: Target = Target::Units("view");
pub const SURREAL: Target = Target::Units("surreal");
pub const SSP: Target = Target::Units("ssp");
pub const DATABASE: Target = Target::Named("surreal", "database");
pub const PROCESSOR: Target = Target::Named("ssp", "processor");

impl Target {
    /// The package whose directory has its name.
    pub fn package(self) -> &'static str {
        match self {
            Target::Units(package) | Target::Named(package, _) => package,
        }
    }
}

/// Histories of the table that have no fault, and why.
pub const NOT_PLAYED: &[(&str, &str)] = &[];

/// Every fault, in the order in which it costs the least to build them.
pub fn faults() -> Vec<&'static Without> {
    let lists = [capture::FAULTS, versions::FAULTS, values::FAULTS, windows::FAULTS, views::FAULTS];
    let mut faults: Vec<&Without> = lists
        .into_iter()
        .chain([owners::FAULTS, edges::FAULTS, audits::FAULTS, announced::FAULTS])
        .flatten()
        .collect();
    faults.sort_by_key(|fault| (fault.target, fault.file));
    faults
}
