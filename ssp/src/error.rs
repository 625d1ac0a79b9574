//! Why a processor does not start, or cannot go on.

use protocol::{Code, Problem};

/// Why a processor was not started. What goes wrong later is a [`Problem`]: see [`crate::Running::failed`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its address cannot be listened on.
    #[error("listen on {address}: {reason}")]
    Listen {
        /// The address, as configured.
        address: String,
        /// Why not.
        #[source]
        reason: std::io::Error,
    },
    /// A thread cannot be started.
    #[error("start a thread")]
    Thread(#[source] std::io::Error),
}

/// What an operator is told of an error of the database.
pub(crate) fn problem(doing: &str, error: &surreal::Error) -> Problem {
    let code = match error {
        surreal::Error::Refused { .. } => Code::DatabaseRefused,
        _ => Code::DatabaseUnreachable,
    };
    Problem::new(code, format!("{doing}: {error}"))
}
