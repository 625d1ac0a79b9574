//! A row's own revision.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The revision of a row's content: microseconds of the capture's clock, which never goes back (mechanism M4).
///
/// One version never names two contents of a record. Below 2^53 until the year 2255, so that JavaScript holds it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct RowVersion(pub u64);

impl RowVersion {
    /// Returns the smallest version above this one.
    pub fn next(self) -> RowVersion {
        RowVersion(self.0 + 1)
    }
}

impl fmt::Display for RowVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}
