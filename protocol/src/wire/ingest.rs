//! What `/ingest` answers, and what is said of posted rows.

use serde::{Deserialize, Serialize};

/// `POST /ingest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ingested {
    /// Changes that are in memory now.
    pub applied: usize,
    /// Changes of captured tables, and announcements: capture finds what they tell of.
    pub captured: usize,
    /// With another number than before everything that was posted is lost, and has to be posted again.
    pub memory: u64,
}

/// What `/health` says of rows that somebody posted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostedRows {
    /// Tables that only `/ingest` fills.
    pub tables: usize,
    /// Their rows.
    pub rows: usize,
    /// See [`Ingested::memory`].
    pub memory: u64,
}
