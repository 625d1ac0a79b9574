//! The difference between a view's edges and what they should be.
//!
//! # Invariants
//! - An edge that has its row's hash stays as it is, version included; every other one gets the row's version (M4). So
//!   does one whose version the row has not reached yet, or that shows another value than its group: nobody of us wrote
//!   that.
//! - What should be is taken before, or at the same place as, what comes in from then on: see
//!   [`super::Pending::reconciled`].

use std::collections::BTreeMap;

use protocol::RowVersion;
use surrealdb_types::Value;
use view::value::write_bytes;

use super::{EdgeKey, EdgeOp, EdgeRow};

/// What an edge says that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its version.
    pub version: RowVersion,
    /// Its row's hash.
    pub hash: i64,
    /// What it shows; NONE of a record, whose reader fetches it himself.
    pub value: Value,
}

/// Says what to write so that `standing` becomes `wanted`.
pub fn difference(
    mut standing: BTreeMap<EdgeKey, Standing>,
    wanted: impl IntoIterator<Item = (EdgeKey, EdgeRow)>,
) -> Vec<(EdgeKey, EdgeOp)> {
    let mut written = Vec::new();
    for (key, row) in wanted {
        match standing.remove(&key) {
            Some(stands)
                if stands.hash == row.hash
                    && is_reached(&row, stands.version)
                    && is_shown(&row, &stands.value) => {}
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

/// Whether an edge shows what it should: the hash beside it says only what was meant to be shown.
fn is_shown(row: &EdgeRow, value: &Value) -> bool {
    let bytes = |value: &Value| {
        let mut bytes = Vec::new();
        write_bytes(value, &mut bytes);
        bytes
    };
    match &row.value {
        // Numbers of different kinds are equal, and two contents.
        Some(shown) => bytes(&Value::Object(shown.clone())) == bytes(value),
        None => *value == Value::None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use protocol::RowVersion;
    use surrealdb_types::{Object, RecordId, SurrealValue, Value};
    use view::group::{GroupId, record};

    use super::{EdgeKey, EdgeOp, EdgeRow, Standing, difference};

    #[test]
    fn a_version_that_the_row_has_not_reached_is_nobodys() {
        let key = EdgeKey::top(RecordId::new("task", 1));
        let row = EdgeRow { version: RowVersion(9), hash: 0xA, value: None };
        let stands = Standing { version: RowVersion(10), hash: 0xA, value: Value::None };
        let written =
            difference(BTreeMap::from([(key.clone(), stands)]), [(key.clone(), row.clone())]);
        assert_eq!(written, [(key, EdgeOp::Change(row))]);
    }

    #[test]
    fn an_edge_that_shows_another_value_is_nobodys_whatever_its_hash_says() {
        let shown = |n: Value| Object::from_iter([("n".to_owned(), n)]);
        let written = |key: EdgeKey, stands: Value, wanted: Option<Object>| {
            let row = EdgeRow { version: RowVersion(9), hash: 0xA, value: wanted };
            let stands = Standing { version: RowVersion(9), hash: 0xA, value: stands };
            difference(BTreeMap::from([(key.clone(), stands)]), [(key, row)]).len()
        };
        let group = EdgeKey::top(record(GroupId { hash: 1, number: 0 }));
        let one = || shown(1i64.into_value());
        assert_eq!(written(group.clone(), Value::Object(one()), Some(one())), 0);
        for other in [Value::None, Value::Object(shown(2i64.into_value())), 1i64.into_value()] {
            assert_eq!(written(group.clone(), other, Some(one())), 1);
        }
        let float = Value::Object(shown(1f64.into_value()));
        assert_eq!(written(group, float, Some(one())), 1, "a number of another kind");
        let task = EdgeKey::top(RecordId::new("task", 1));
        assert_eq!(written(task.clone(), Value::None, None), 0);
        assert_eq!(written(task, Value::Object(one()), None), 1, "a record shows nothing");
    }

    /// *A flush was committed by half: one edge says B at v2, another A at v1, and the row is A again.*
    #[test]
    fn a_flush_that_was_committed_by_half_is_judged_edge_by_edge() {
        let key = EdgeKey::top(RecordId::new("task", 1));
        let standing =
            |version, hash| Standing { version: RowVersion(version), hash, value: Value::None };
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
