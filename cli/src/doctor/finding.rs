//! What is found, and how grave it is.
//!
//! # Invariants
//! - Every code stands in `docs/errors.md` with what happened and what to do.

use serde_json::{Value, json};

use crate::failure::Exit;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Sp00ky does not work like this; the command's exit code says which kind it is.
    Error(Exit),
    /// It works, and somebody will be surprised.
    Warning,
    /// Worth knowing.
    Note,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How grave.
    pub severity: Severity,
    /// A stable word.
    pub code: &'static str,
    /// What it is, in one line: lower case, no full stop.
    pub message: String,
    /// What to do.
    pub advice: Option<String>,
}

impl Severity {
    /// Returns the word.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error(_) => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

impl Finding {
    /// What does not work.
    pub fn error(exit: Exit, code: &'static str, message: impl Into<String>) -> Finding {
        Finding { severity: Severity::Error(exit), code, message: message.into(), advice: None }
    }

    /// What surprises.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Finding {
        Finding { severity: Severity::Warning, code, message: message.into(), advice: None }
    }

    /// What is worth knowing.
    pub fn note(code: &'static str, message: impl Into<String>) -> Finding {
        Finding { severity: Severity::Note, code, message: message.into(), advice: None }
    }

    /// Says what to do.
    pub fn advice(mut self, advice: impl Into<String>) -> Finding {
        self.advice = Some(advice.into());
        self
    }

    /// As a script reads it.
    pub fn json(&self) -> Value {
        let Finding { severity, code, message, advice } = self;
        json!({ "severity": severity.word(), "code": code, "message": message, "advice": advice })
    }
}

macro_rules! signs {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        $($(#[$doc])* pub const $name: &str = stringify!($name);)*

        /// Every word that is said by this command alone.
        pub const ALL: &[&str] = &[$($name),*];
    };
}

/// Words that `spky doctor` alone says; the others are [`protocol::Code`]s.
pub mod sign {
    signs! {
        /// There is no sp00ky.yml.
        NO_PROJECT_FILE,
        /// A setting looks wrong and is no error.
        CONFIG_SUSPECT,
        /// A statement of the schema folder does not apply.
        SCHEMA_REFUSED,
        /// A statement of the schema folder applies once only.
        SCHEMA_NOT_REPEATABLE,
        /// Nobody knows the system user, or his password is another one.
        SIGN_IN_REFUSED,
        /// The system user may not define anything.
        ROLE_TOO_LOW,
        /// The server is of another version than the one that this was made for.
        VERSION_UNTESTED,
        /// How many notifications a client may fall behind cannot be asked.
        LIVE_QUEUE_UNKNOWN,
        /// The database's clock and ours differ.
        CLOCK_SKEW,
        /// The feed is kept for a short time only.
        RETENTION_SHORT,
        /// The whole database has a feed of its own.
        DATABASE_FEED,
        /// Somebody else's table has a name that begins with ours.
        FOREIGN_NAME,
        /// Our definitions are of an older version.
        DEFINITIONS_OLD,
        /// A table permits users no select.
        NO_PERMISSIONS,
        /// A setting names a table that is not there.
        UNKNOWN_TABLE,
        /// No record user can sign in.
        NO_RECORD_ACCESS,
        /// Nobody can tell in which table an access makes its users.
        USER_TABLE_UNKNOWN,
        /// There are so many tables that deletes and our reading of them take long.
        MANY_TABLES,
        /// No SSP answers.
        SSP_SILENT,
        /// The SSP that answers follows another database.
        SSP_ELSEWHERE,
        /// The SSP that answers is of another version than this program.
        SSP_VERSION,
        /// Several SSPs hold open writers.
        SEVERAL_SSPS,
        /// The SSP has no secret.
        SECRET_MISSING,
    }
}

#[cfg(test)]
mod tests {
    use super::sign;

    #[test]
    fn every_word_says_what_happened_and_what_to_do() {
        // Tests run in the directory of their package.
        let text = std::fs::read_to_string("../docs/errors.md").expect("the document exists");
        let told = |sign: &&&str| text.lines().any(|line| line == format!("### {sign}"));
        let missing: Vec<_> = sign::ALL.iter().filter(|sign| !told(sign)).collect();
        assert!(missing.is_empty(), "docs/errors.md lacks {missing:?}");
        assert!(sign::ALL.iter().all(|sign| protocol::Code::parse(sign).is_none()), "said twice");
    }
}
