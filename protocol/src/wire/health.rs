//! What a processor says of itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::wire::PostedRows;

/// Where a processor is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Rows are being loaded.
    Bootstrapping,
    /// The rows stand; views are registered again.
    Replaying,
    /// Every view's edges are maintained.
    Ready,
    /// It can no longer do its work.
    Failed,
}

impl Status {
    /// Returns the word.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Bootstrapping => "bootstrapping",
            Status::Replaying => "replaying",
            Status::Ready => "ready",
            Status::Failed => "failed",
        }
    }
}

/// `GET /health`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The phase.
    pub status: Status,
    /// Registered views.
    pub views: usize,
    /// Tables that are followed.
    pub tables: usize,
    /// The database.
    pub db: DatabaseHealth,
    /// Milliseconds since the changefeed was last read to its end.
    pub lag_ms: u64,
    /// Milliseconds between two readings of the definitions, as it is in force: the time in which a changed permission
    /// takes effect.
    pub schema_poll_ms: u64,
    /// Milliseconds since the last whole audit of that table ended which was audited longest ago; `null` while one was
    /// never audited.
    pub audit_age_ms: Option<u64>,
    /// Rows that somebody posted.
    pub posted: PostedRows,
    /// Why it failed, or why changes do not come through.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// The database, as the capture sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseHealth {
    /// Whether changes come through.
    pub status: DatabaseStatus,
}

/// Whether changes come through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseStatus {
    /// They do.
    Ok,
    /// They do not.
    Stalled,
}

/// `GET /version`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Ours.
    pub version: String,
    /// `streaming`.
    pub mode: String,
}

/// One entry of `GET /info`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    /// `ssp`.
    pub entity: String,
    /// Its name.
    pub id: String,
    /// Where it listens, or is reached.
    pub ip: String,
    /// The phase.
    pub status: Status,
    /// Registered views.
    pub views: usize,
    /// `dedicated` or `single`.
    pub ref_mode: String,
    /// Ours.
    pub version: String,
    /// Seconds since it started.
    pub uptime_seconds: u64,
    /// Rows of each table.
    pub circuit_tables: BTreeMap<String, usize>,
    /// Digest of each table.
    pub circuit_hashes: BTreeMap<String, String>,
    /// The settings by their variables, private ones masked.
    pub env: BTreeMap<String, String>,
}
