//! The difference between a view's edges and what they should be.
//!
//! # Invariants
//! - An edge that has its row's hash stays as it is, version included; every other one gets the row's version (M4).
//! - What should be is taken before, or at the same place as, what comes in from then on: see
//!   [`super::Pending::reconciled`].

use std::collections::BTreeMap;

use protocol::RowVersion;

use super::{EdgeKey, EdgeOp, EdgeRow};

/// What an edge says that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its version.
    pub version: RowVersion,
    /// Its row's hash.
    pub hash: i64,
}

/// Says what to write so that `standing` becomes `wanted`.
pub fn difference(
    mut standing: BTreeMap<EdgeKey, Standing>,
    wanted: impl IntoIterator<Item = (EdgeKey, EdgeRow)>,
) -> Vec<(EdgeKey, EdgeOp)> {
    let mut written = Vec::new();
    for (key, row) in wanted {
        match standing.remove(&key) {
            Some(stands) if stands.hash == row.hash => {}
            Some(_) => written.push((key, EdgeOp::Change(row))),
            None => written.push((key, EdgeOp::Enter(row))),
        }
    }
    let gone = standing.into_keys().map(|key| (key, EdgeOp::Leave { revoked: false }));
    gone.chain(written).collect()
}
