//! Who asks, and with which parameters.

use protocol::{Code, Problem};
use serde::{Deserialize, Serialize};
use surrealdb_types::{Object, RecordId};

/// What a view brings along beside its plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Caller {
    /// `$auth`: the user's record; `None` is the system.
    pub auth: Option<RecordId>,
    /// `$access`.
    pub access: Option<String>,
    /// The parameters.
    pub params: Object,
}

/// What only the database sets: it refuses a request that brings one of these along.
const PROTECTED: [&str; 4] = ["auth", "access", "token", "session"];

/// Refuses parameters that the database would refuse.
pub fn check_params(params: &Object) -> Result<(), Problem> {
    match PROTECTED.into_iter().find(|name| params.contains_key(*name)) {
        None => Ok(()),
        Some(name) => {
            let message = format!("`${name}` is set by the database, it cannot be a parameter");
            Err(Problem::new(Code::ProtectedParameter, message)
                .hint("give the parameter another name"))
        }
    }
}
