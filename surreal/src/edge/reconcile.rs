//! The difference between a view's edges and what they should be.
//!
//! # Invariants
//! - An edge that has its row's hash stays as it is, version included; every other one gets the row's version (M4). So
//!   does one whose version the row has not reached yet: nobody of us wrote that.
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
            Some(stands) if stands.hash == row.hash && is_reached(&row, stands.version) => {}
            Some(_) => written.push((key, EdgeOp::Change(row))),
            None => written.push((key, EdgeOp::Enter(row))),
        }
    }
    let gone = standing.into_keys().map(|key| (key, EdgeOp::Leave { revoked: false }));
    gone.chain(written).collect()
}

/// Whether an edge's version can be this row's. A group's is not: its edge's rises by itself.
fn is_reached(row: &EdgeRow, version: RowVersion) -> bool {
    row.value.is_some() || version <= row.version
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use protocol::RowVersion;
    use surrealdb_types::RecordId;

    use super::{EdgeKey, EdgeOp, EdgeRow, Standing, difference};

    #[test]
    fn a_version_that_the_row_has_not_reached_is_nobodys() {
        let key = EdgeKey::top(RecordId::new("task", 1));
        let row = EdgeRow { version: RowVersion(9), hash: 0xA, value: None };
        let stands = Standing { version: RowVersion(10), hash: 0xA };
        let written =
            difference(BTreeMap::from([(key.clone(), stands)]), [(key.clone(), row.clone())]);
        assert_eq!(written, [(key, EdgeOp::Change(row))]);
    }

    /// *A flush was committed by half: one edge says B at v2, another A at v1, and the row is A again.*
    #[test]
    fn a_flush_that_was_committed_by_half_is_judged_edge_by_edge() {
        let key = EdgeKey::top(RecordId::new("task", 1));
        let standing = |version, hash| Standing { version: RowVersion(version), hash };
        let (was_a, was_b) = (standing(1, 0xA), standing(2, 0xB));
        // The row was loaded, so that its version is that of the start.
        let row = EdgeRow { version: RowVersion(9), hash: 0xA, value: None };
        let written = |stands: Standing| {
            difference(BTreeMap::from([(key.clone(), stands)]), [(key.clone(), row.clone())])
        };
        assert_eq!(written(was_a), [], "it shows the row as it is");
        assert_eq!(written(was_b), [(key.clone(), EdgeOp::Change(row.clone()))], "not back to v1");
    }
}
