//! What the database answered instead of a result, named for what the caller does next.
//!
//! # Invariants
//! - `Refused` and `Conflict` did not happen; `Unknown` may have; `Unreachable` was never sent.
//! - Of the several errors of a failed transaction, the one that made it fail is told.

use surrealdb::types::{Error as Answer, NotAllowedError, QueryError};

/// Why a statement has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Another transaction came first: say it again, all of it.
    #[error("transaction conflict: {message}")]
    Conflict {
        /// The database's words.
        message: String,
    },
    /// The database said no; it would say so again.
    #[error("{message}")]
    Refused {
        /// The database's words.
        message: String,
    },
    /// Sent, but the answer was lost: it may have happened. What can be repeated is said again.
    #[error("outcome unknown: {reason}")]
    Unknown {
        /// What was seen of the loss.
        reason: String,
    },
    /// Not even sent: nobody listens, or the sign-in failed to be heard.
    #[error("database unreachable: {reason}")]
    Unreachable {
        /// What was seen.
        reason: String,
    },
}

impl Error {
    /// A refusal in our own words.
    pub fn refused(message: impl Into<String>) -> Error {
        Error::Refused { message: message.into() }
    }

    /// Whether saying the same again can help.
    pub fn is_repeatable(&self) -> bool {
        !matches!(self, Error::Refused { .. })
    }

    /// Whether the connection is in doubt.
    pub fn is_lost(&self) -> bool {
        matches!(self, Error::Unknown { .. } | Error::Unreachable { .. })
    }

    /// Sorts one answer of the database.
    pub(crate) fn sort(answer: &Answer) -> Error {
        let message = answer.message().to_owned();
        if matches!(answer.query_details(), Some(QueryError::TransactionConflict)) {
            return Error::Conflict { message };
        }
        // A commit whose fate the storage does not know has no kind of its own.
        let unknown = message.contains("outcome is unknown") || message.contains("outcome unknown");
        if answer.is_connection() || unknown || is_of_storage(&message) {
            return Error::Unknown { reason: message };
        }
        if matches!(answer.query_details(), Some(QueryError::TimedOut { .. })) {
            return Error::Unknown { reason: message };
        }
        Error::Refused { message }
    }

    /// Of a request's failed statements, in their order, finds the one that tells.
    pub(crate) fn telling(answers: &[Answer]) -> Option<Error> {
        let not_executed = |answer: &Answer| {
            matches!(answer.query_details(), Some(QueryError::NotExecuted | QueryError::Cancelled))
        };
        let sorted = |answer| Error::sort(answer);
        let conflict =
            answers.iter().map(sorted).find(|error| matches!(error, Error::Conflict { .. }));
        let told = answers.iter().find(|answer| !not_executed(answer)).map(sorted);
        conflict.or(told).or_else(|| answers.last().map(sorted))
    }
}

/// Whether it is the database's storage that is in trouble, and not the statement: its disk is full, it is shutting down.
/// Such an answer has no kind of its own, and is nobody's fault who asked.
fn is_of_storage(message: &str) -> bool {
    const WORDS: [&str; 6] = [
        "There was a problem with the key-value store:",
        "There was a problem with the datastore:",
        "There was a problem with a transaction:",
        "Connection to storage backend failed:",
        "The datastore is in read-and-deletion-only mode",
        "The datastore is shutting down",
    ];
    let message = message.strip_prefix("Cannot COMMIT: ").unwrap_or(message);
    WORDS.iter().any(|words| message.starts_with(words))
}

/// Whether the answer says that the credentials are wrong.
pub(crate) fn is_unauthorized(answer: &Answer) -> bool {
    matches!(answer.not_allowed_details(), Some(NotAllowedError::Auth(_)))
}

#[cfg(test)]
mod tests {
    use super::is_of_storage;

    #[test]
    fn what_the_storage_says_is_no_refusal() {
        let full = "There was a problem with a transaction: WAL error: IO error: kind=no storage space, \
                    message=No space left on device (os error 28)";
        assert!(is_of_storage(full) && is_of_storage(&format!("Cannot COMMIT: {full}")));
        assert!(!is_of_storage("The table 'x' does not exist"));
        assert!(
            !is_of_storage(&format!("An error occurred: {full}")),
            "somebody threw these words"
        );
    }
}
