//! Why a command ends without what it was asked for, as its exit code and its words.
//!
//! Text is lower case and without a full stop; the hint says what to type instead.

use std::fmt;

use protocol::Problem;

/// The exit codes of `spky`, as `--help` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// A query is refused, a scenario differs, an SSP is not ready, or runs where none may.
    Difference = 1,
    /// The arguments are wrong.
    Usage = 2,
    /// The configuration is wrong.
    Config = 64,
    /// Something that should listen does not, or a port is taken.
    Unavailable = 69,
}

/// A failed command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened; further lines are details.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure without a hint.
    pub fn new(exit: Exit, message: impl Into<String>) -> Failure {
        Failure { exit, message: message.into(), hint: None }
    }

    /// Says what to do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }
}

impl Failure {
    /// What stands in the database, or what it says, is in the way.
    pub fn from_install(error: &surreal::meta::InstallError) -> Failure {
        let exit = match error {
            surreal::meta::InstallError::Database(error) if error.is_lost() => Exit::Unavailable,
            _ => Exit::Difference,
        };
        Failure { exit, ..Failure::from(error.problem()) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Failure {
        let hint = problem.hint.clone();
        Failure { exit: Exit::Difference, message: problem.to_string(), hint }
    }
}
