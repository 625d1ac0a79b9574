//! Why an expression has no value for a row.

use protocol::{Code, Problem};

/// The database raises here; a view in whose answer that matters is `failed` (mechanism M7).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {reason}")]
pub struct Fault {
    /// `ROW_FAILED` or `LINK_IN_PATH`; of what has no answer whatever the row, its problem's.
    pub code: Code,
    /// What was raised.
    pub reason: String,
    /// Whether the select permission raises: of the row nothing may be told then.
    pub of_permission: bool,
}

impl From<Problem> for Fault {
    /// What is asked has no answer, whatever the row.
    fn from(problem: Problem) -> Fault {
        Fault { code: problem.code, reason: problem.message, of_permission: false }
    }
}

impl Fault {
    /// A function or an operator raised.
    pub fn raised(reason: impl Into<String>) -> Fault {
        Fault { code: Code::RowFailed, reason: reason.into(), of_permission: false }
    }

    /// A path met a record link.
    pub fn link(reason: impl Into<String>) -> Fault {
        Fault { code: Code::LinkInPath, reason: reason.into(), of_permission: false }
    }
}
