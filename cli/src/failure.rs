//! Why a command ends without what it was asked for, as its exit code and its words.
//!
//! Text is lower case and without a full stop; the hint says what to type instead.

use std::fmt;

use protocol::Problem;

/// The exit codes of `spky`, as `--help` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// A query is refused, a scenario differs, a schema does not apply.
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
