//! Child subqueries.

use serde::{Deserialize, Serialize};

use super::Plan;

/// `(SELECT … WHERE x = $parent.y) AS alias`: asked once for each row that the query around it shows, which is `$parent`
/// in it. Its rows are members of the view, too: under that row, as `alias`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Child {
    /// Under which name the rows are shown; no two children of one query have the same.
    pub alias: String,
    /// Before which of the other fields it stands.
    pub at: usize,
    /// `(SELECT …)[0]`: only the first row is shown, and by itself.
    pub first: bool,
    /// What is asked.
    pub plan: Plan,
}
