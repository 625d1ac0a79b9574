//! What the auditor of a processor has gone over.

use serde::{Deserialize, Serialize};

/// `GET /debug/audit`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// Its budget.
    pub rows_per_second: usize,
    /// Changes that the feed did not tell of and the auditor found, since the process began.
    pub missed: u64,
    /// The tables of users that are followed, by name.
    pub tables: Vec<AuditedTable>,
}

/// One table of [`Audit`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditedTable {
    /// Its name.
    pub table: String,
    /// Milliseconds since the last audit of all its rows ended; `null` before there was one.
    pub age_ms: Option<u64>,
    /// How many of `missed` are of this table.
    pub missed: u64,
}
