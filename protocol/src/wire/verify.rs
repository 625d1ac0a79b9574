//! What a processor holds, for whoever compares it with the database; and what it is told to look at again.
//!
//! The rows of a table are divided into buckets by their own digests. Two sides that hold other rows differ in the sums
//! of few buckets, and only these have to be listed.

use serde::{Deserialize, Serialize};

use crate::literal;

/// `POST /verify/table`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableAsked {
    /// The table.
    pub table: String,
    /// Into how many buckets its rows are divided.
    pub buckets: u32,
}

/// What is held of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableHeld {
    /// The rows.
    pub rows: usize,
    /// The sum of their digests.
    pub digest: String,
    /// The same, of each bucket.
    pub buckets: Vec<Bucket>,
}

/// Some rows of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// How many.
    pub rows: usize,
    /// The sum of their digests.
    pub digest: String,
}

/// `POST /verify/rows`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsAsked {
    /// The table.
    pub table: String,
    /// Into how many buckets its rows are divided.
    pub buckets: u32,
    /// Which of them are listed.
    pub only: Vec<u32>,
}

/// The rows that are held in some buckets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsHeld {
    /// The rows, at most [`crate::limits::VERIFY_ROWS_MAX`].
    pub rows: Vec<RowHeld>,
    /// Whether there are more.
    pub truncated: bool,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowHeld {
    /// Its record, as the literal.
    pub record: String,
    /// Its digest.
    pub digest: String,
}

/// `POST /verify/view`, and `POST /verify/reconcile`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewAsked {
    /// The view's id.
    pub id: String,
    /// Whose it is, as the record's literal; the system's without.
    #[serde(default)]
    pub auth: Option<String>,
}

/// What a view's edges should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewHeld {
    /// `materializing`, `ready`, `failed`, `refused`.
    pub state: String,
    /// Whether the rows are its answer: not while it is hydrated, nor where an earlier life's edges say what stands.
    pub settled: bool,
    /// The rows, at most [`crate::limits::VERIFY_ROWS_MAX`].
    pub rows: Vec<EdgeHeld>,
    /// Whether there are more.
    pub truncated: bool,
}

/// What an edge should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EdgeHeld {
    /// The record, as the literal; of a group, that which stands for it.
    pub out: String,
    /// Of a subquery's row, the record that it is a child of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Under which alias.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_rel: Option<String>,
    /// What a group shows, as the literal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Its version: an edge that has the row's hash may carry an older one.
    pub version: u64,
    /// The keyed hash of the row.
    pub hash: i64,
}

impl EdgeHeld {
    /// Says which edge of the view it is: `comment:9 under thread:1 as comments`.
    pub fn place(&self) -> String {
        match (&self.parent, &self.parent_rel) {
            (Some(parent), Some(alias)) => literal::child(&self.out, parent, alias),
            _ => self.out.clone(),
        }
    }
}

/// `POST /verify/read`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadAgain {
    /// The table.
    pub table: String,
    /// The records that are looked at again, as literals.
    pub records: Vec<String>,
}
