//! What went wrong, for whoever has to do something about it.
//!
//! # Invariants
//! - A [`Code`] is stable: clients match on it. Each stands in `docs/errors.md` with what happened and what to do.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $word:literal),* $(,)?) => {
        /// A stable upper-snake word that says what happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $word)] $variant,)*
        }

        impl Code {
            /// Every code, in the order of its declaration.
            pub const ALL: &[Code] = &[$(Code::$variant),*];

            /// Returns the word.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $word,)* }
            }

            /// Finds the code of a word.
            pub fn parse(word: &str) -> Option<Code> {
                match word { $($word => Some(Code::$variant),)* _ => None }
            }
        }
    };
}

codes! {
    /// The text is not SurrealQL.
    SyntaxError = "SYNTAX_ERROR",
    /// The text is SurrealQL, but not one SELECT.
    NotASelect = "NOT_A_SELECT",
    /// The statement would write.
    Writes = "WRITES",
    /// A construct that is not understood yet.
    Unsupported = "UNSUPPORTED",
    /// A function that is not pure, or that is not known here.
    FunctionRefused = "FUNCTION_REFUSED",
    /// `$token` or `$session`: not kept, and never given NONE.
    SessionDependent = "SESSION_DEPENDENT",
    /// `$auth`, `$access` … given as a parameter.
    ProtectedParameter = "PROTECTED_PARAMETER",
    /// A parameter's value cannot be used where it stands.
    ParameterInvalid = "PARAMETER_INVALID",
    /// A table that is not captured is read.
    NotCaptured = "NOT_CAPTURED",
    /// A table view (`DEFINE TABLE … AS SELECT`) is read.
    TableView = "TABLE_VIEW",
    /// A field whose select permission is not FULL is named.
    FieldPermission = "FIELD_PERMISSION",
    /// A COMPUTED field is named.
    ComputedField = "COMPUTED_FIELD",
    /// A REFERENCE field is named.
    ReferenceField = "REFERENCE_FIELD",
    /// The table's select permission cannot be evaluated.
    PermissionRefused = "PERMISSION_REFUSED",
    /// The user of the view has no record.
    NoSuchUser = "NO_SUCH_USER",
    /// A path meets a record link.
    LinkInPath = "LINK_IN_PATH",
    /// A function or an operator fails on a row.
    RowFailed = "ROW_FAILED",
    /// A limit is exceeded.
    LimitExceeded = "LIMIT_EXCEEDED",
    /// The database refuses the view's edges.
    EdgeWrite = "EDGE_WRITE",
    /// A client id is missing.
    MissingClientId = "MISSING_CLIENT_ID",
    /// The caller has no user, so that nobody would own the view.
    NoUser = "NO_USER",
    /// A body, header or parameter is not of its form.
    BadRequest = "BAD_REQUEST",
    /// The secret is missing or wrong.
    Unauthorized = "UNAUTHORIZED",
    /// Without a secret, only this machine may ask.
    LoopbackOnly = "LOOPBACK_ONLY",
    /// Nothing has that name.
    NotFound = "NOT_FOUND",
    /// The processor is not ready to answer.
    SspNotReady = "SSP_NOT_READY",
    /// Another single SSP took over.
    Superseded = "SUPERSEDED",
    /// The changefeed does not bring back what was written.
    FeedBehind = "FEED_BEHIND",
    /// One set of the feed is larger than a message may be.
    SetTooLarge = "SET_TOO_LARGE",
    /// The database cannot be reached.
    DatabaseUnreachable = "DATABASE_UNREACHABLE",
    /// The server has no namespace, or no database, of the name.
    DatabaseMissing = "DATABASE_MISSING",
    /// What stands in the database under our name is not ours.
    MetaConflict = "META_CONFLICT",
    /// The database may not post to this SSP, or does not reach it: `capture: events` cannot work.
    EventsRefused = "EVENTS_REFUSED",
    /// The database refused the write of a scenario, or of a request.
    DatabaseRefused = "DATABASE_REFUSED",
    /// A configuration value is wrong.
    ConfigInvalid = "CONFIG_INVALID",
    /// A broken invariant of ours.
    Internal = "INTERNAL",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A place in a text, both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// The body of every error that leaves us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Problem {
    /// What happened, as a stable word.
    pub code: Code,
    /// What happened, for a person: lower case, no full stop.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Where in the query's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

impl Problem {
    /// Makes a problem without hint or position.
    pub fn new(code: Code, message: impl Into<String>) -> Problem {
        Problem { code, message: message.into(), hint: None, position: None }
    }

    /// Says what to do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }

    /// Says where in the query's text.
    pub fn at(mut self, position: Position) -> Problem {
        self.position = Some(position);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn every_code_says_what_happened_and_what_to_do() {
        // Tests run in the directory of their package.
        let text = std::fs::read_to_string("../docs/errors.md").expect("the document exists");
        for code in Code::ALL {
            let heading = format!("### {code}\n");
            let entry = text.split(&heading).nth(1).and_then(|rest| rest.split("\n#").next());
            let entry = entry.unwrap_or_else(|| panic!("docs/errors.md has no entry for {code}"));
            for part in ["**What happened.**", "**What to do.**"] {
                assert!(entry.contains(part), "the entry of {code} lacks {part}");
            }
        }
        // What follows is `spky doctor`'s: it has codes of its own.
        let text = text.split("\n## What `spky doctor` says").next().unwrap_or_default();
        assert_eq!(text.matches("\n### ").count(), Code::ALL.len(), "an entry of no code");
    }
}
