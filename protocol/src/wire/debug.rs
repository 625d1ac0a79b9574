//! What a processor shows to whoever looks for an error.

use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::wire::RegisteredRow;

/// `GET /debug/view/{id}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ViewDetail {
    /// The view's id.
    pub id: String,
    /// Its user, as the record's literal; the system's has none.
    pub auth: Option<String>,
    /// The query.
    pub surql: String,
    /// `materializing`, `ready`, `failed`, `refused`.
    pub state: String,
    /// Why it is not ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Problem>,
    /// The tables that the query and its permissions read.
    pub tables: Vec<String>,
    /// The family that it belongs to, how that finds its rows, and what it costs.
    pub family: Option<serde_json::Value>,
    /// The digest of its answer.
    pub digest: Option<String>,
    /// How many rows the answer has.
    pub row_count: usize,
    /// The answer in window order, cut like a registration's.
    pub window: Vec<RegisteredRow>,
}

/// `POST /debug/cost`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostOf {
    /// A query.
    pub surql: String,
    /// For whom: a record's literal, or the table that it is of; the system without.
    #[serde(default)]
    pub auth: Option<String>,
}

/// What was measured of the family that a query belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// The family's number.
    pub family: u64,
    /// Its windows: views of the same query and arguments share one.
    pub windows: usize,
    /// How many steps of its windows were timed.
    pub steps: u64,
    /// What one of them took, all that the processor does for it included; none was timed yet without.
    pub nanos_per_step: Option<u64>,
    /// Bytes of a window, divided among its views.
    pub bytes_per_view: usize,
}

/// One entry of `GET /debug/deps`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableViews {
    /// The table.
    pub table: String,
    /// The views that read it, each `id` or `id of user`.
    pub views: Vec<String>,
}

/// `GET /debug/mark/{id}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// What was asked for.
    pub n: i64,
    /// Up to where everything acknowledged before is visible.
    pub flushed: i64,
}
