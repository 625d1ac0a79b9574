//! The scenario language: one text is input and expectation at once.
//!
//! A line that starts in column one is an instruction; an indented line is a result. [`run`] drops the results, runs
//! the instructions on a [rig], and returns the [`Transcript`]: the same text with what really happened.
//!
//! # Invariants
//! - All rigs give the same transcript.
//! - [`record`] writes no transcript that the reference evaluator disputes, so that a wrong answer cannot be enshrined
//!   by habit.

pub mod board;
pub mod outcome;
pub mod parse;
pub mod rig;
pub mod script;
pub mod shown;
pub mod transcript;
pub mod words;
pub mod world;

use std::path::{Path, PathBuf};

pub use outcome::Outcome;
pub use parse::{ParseError, parse};
pub use rig::database::Server;
pub use rig::{RigName, Stopped};
pub use script::{Script, Step};
pub use transcript::Transcript;

use rig::circuit::Circuit;
use rig::reference::Reference;
use rig::surrealdb::Surrealdb;

/// Why a scenario has no transcript.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The text is no scenario.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// The run could not go on.
    #[error("{}:{line}: {source}", path.display())]
    Stopped {
        /// The file.
        path: PathBuf,
        /// The instruction's line.
        line: usize,
        /// Why.
        source: Stopped,
    },
    /// The rig's transcript is not the reference evaluator's: nothing is recorded.
    #[error("{}: not recorded, the reference evaluator disputes it\n{differences}", path.display())]
    Disputed {
        /// The file.
        path: PathBuf,
        /// Where: as expected the rig's lines, as happened the reference's.
        differences: String,
    },
}

/// One run of one rig.
enum Rig {
    Reference(Box<Reference>),
    Circuit(Box<Circuit>),
    Surrealdb(Box<Surrealdb>),
    Ssp(Box<rig::ssp::Ssp>),
}

/// What one file came to: its name, and what is printed of it.
#[derive(Clone, Debug)]
pub struct Report {
    /// The file.
    pub path: PathBuf,
    /// The transcript, or with `check` only the differences.
    pub text: String,
    /// Whether everything happened as the file says.
    pub agrees: bool,
}

/// Runs files on a rig; with `check` the reports hold only the differences. `server` is for the rigs that need one.
pub async fn run(
    files: &[PathBuf],
    rig: RigName,
    check: bool,
    server: Option<&Server>,
) -> Result<Vec<Report>, Error> {
    let mut reports = Vec::new();
    for path in files {
        let transcript = Box::pin(play(read(path)?, rig, server)).await?;
        let differences = transcript.differences();
        let agrees = differences.is_empty();
        let text = if check { differences } else { transcript.print() };
        reports.push(Report { path: path.clone(), text, agrees });
    }
    Ok(reports)
}

/// Runs one script on a rig.
pub async fn play(
    script: Script,
    rig: RigName,
    server: Option<&Server>,
) -> Result<Transcript, Error> {
    let stopped = |line| {
        let path = script.path.clone();
        move |source| Error::Stopped { path, line, source }
    };
    let mut rig = Box::pin(Rig::new(rig, &script, server)).await.map_err(stopped(1))?;
    let mut happened = Vec::with_capacity(script.entries.len());
    for entry in &script.entries {
        let outcome = match &entry.step {
            Some(step) => Box::pin(rig.step(step)).await.map_err(stopped(entry.line))?,
            None => Outcome::Quiet,
        };
        happened.push(outcome.lines());
    }
    Box::pin(rig.end()).await;
    Ok(Transcript { script, happened })
}

/// Runs a file and writes the transcript into it, unless the reference evaluator disputes it.
pub async fn record(path: &Path, rig: RigName, server: Option<&Server>) -> Result<(), Error> {
    let transcript = Box::pin(play(read(path)?, rig, server)).await?;
    let text = transcript.print();
    let again = parse(path, &text)?;
    let reference = Box::pin(play(again, RigName::Reference, None)).await?;
    let differences = reference.differences();
    if !differences.is_empty() {
        return Err(Error::Disputed { path: path.to_owned(), differences });
    }
    let failed = |source| Error::File { path: path.to_owned(), source };
    std::fs::write(path, text).map_err(failed)
}

/// Reads and parses a file.
pub fn read(path: &Path) -> Result<Script, Error> {
    let failed = |source| Error::File { path: path.to_owned(), source };
    let text = std::fs::read_to_string(path).map_err(failed)?;
    Ok(parse(path, &text)?)
}

impl Rig {
    async fn new(rig: RigName, script: &Script, server: Option<&Server>) -> Result<Rig, Stopped> {
        let server =
            || server.ok_or_else(|| Stopped::Broken(format!("rig `{rig}` needs a server")));
        Ok(match rig {
            RigName::Reference => Rig::Reference(Box::new(Reference::new(script))),
            RigName::Circuit => Rig::Circuit(Box::new(Circuit::new(script))),
            RigName::Surrealdb => {
                Rig::Surrealdb(Box::new(Surrealdb::new(server()?, script).await?))
            }
            RigName::Ssp => Rig::Ssp(Box::new(rig::ssp::Ssp::new(server()?, script).await?)),
        })
    }

    async fn step(&mut self, step: &Step) -> Result<Outcome, Stopped> {
        match self {
            Rig::Reference(rig) => rig.step(step),
            Rig::Circuit(rig) => rig.step(step),
            Rig::Surrealdb(rig) => rig.step(step).await,
            Rig::Ssp(rig) => rig.step(step).await,
        }
    }

    async fn end(self) {
        match self {
            Rig::Reference(_) | Rig::Circuit(_) => {}
            Rig::Surrealdb(rig) => rig.end().await,
            Rig::Ssp(rig) => rig.end().await,
        }
    }
}
