//! What names a view.

use std::fmt;

use serde::{Deserialize, Serialize};
use surrealdb_types::{RecordId, ToSql};

/// A registered view is (user, id), never the id alone: documented clients derive the id from text and parameters,
/// so that two users can hold the same one (mechanism M10). Without a user the view is the system's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ViewKey {
    /// The user that the view belongs to; `None` for the system's.
    pub auth: Option<RecordId>,
    /// The id as the client wrote it.
    pub id: String,
}

impl fmt::Display for ViewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.auth {
            Some(auth) => write!(f, "{} of {}", self.id, auth.to_sql()),
            None => f.write_str(&self.id),
        }
    }
}
