//! The transactions of a lane.
//!
//! Measured on 3.3.5 (release build, two busy cores, one row a flush / 100 / 400 rows, into one table; mem and
//! surrealkv alike), whole request, per row, first into an empty table, then over the same edges:
//! `INSERT $rows ON DUPLICATE KEY UPDATE` 0.66 / 0.054 / 0.057 ms and 0.73 / 0.117 / 0.113 ms; `FOR … { UPSERT }`
//! 0.64 / 0.074 / 0.078 ms and 0.72 / 0.142 / 0.143 ms. So it is the INSERT. The fence is 0.15 ms a flush; asking
//! whether 400 tables exist 10 ms by an UPDATE of records that do not, 33 ms by a SELECT from each.
//!
//! One UPDATE of a list of edges that become the same is another 2 to 4 times cheaper (400 in 10 ms); with a list for each
//! edge it gains nothing, so a few go with the others.
//!
//! A DELETE is another matter: for each deleted row the database reads the fields of every table that it has, so it
//! costs 0.035 ms and 2 µs more for each table: 1.2 ms with 400 tables, 9 ms with 4,000.

use std::collections::HashMap;

use surrealdb_types::{Object, RecordId, SurrealValue, Value, Variables};

use super::{Batch, EdgeOp, EdgeRow, Item};

/// What the fence throws at who was closed, or never opened.
pub(super) const FENCED: &str = "FENCED";
/// What it throws at a transaction that was sent twice.
pub(super) const APPLIED: &str = "APPLIED";
/// What a batch throws that would change an edge with others alike, and does not find it.
pub(super) const ABSENT: &str = "ABSENT";

/// So many edges that become the same are changed by one UPDATE of them all.
const ALIKE_MIN: usize = 16;

/// Makes the transaction conflict with whoever closes this lane, and with its own later ones; moves the lane's clock.
const FENCE: &str = "
    LET $was = SELECT * FROM ONLY $lane;
    IF $was = NONE OR $was.closed { THROW 'FENCED' };
    IF $was.seq >= $seq { THROW 'APPLIED' };
    LET $at = time::max([time::now(), $was.updatedAt + 1us]);
    UPDATE $lane SET seq = $seq, updatedAt = $at, touchedAt = time::now() RETURN NONE;";

/// Writes a batch. An UPDATE throws where the table does not exist (a SELECT from a list of records does not, and
/// INSERT makes the table), and does nothing where the record does not.
///
/// A group has no version of its own that outlives a process: its edge's rises by itself. What an INSERT updates is
/// evaluated once more, without the row, and must not fail there.
///
/// Edges that become the same are those of one record in many views.
pub(super) fn write() -> String {
    format!(
        "BEGIN; {FENCE}
        UPDATE $probes SET probe = true RETURN NONE;
        FOR $edge IN $gone {{ DELETE $edge RETURN NONE }};
        FOR $it IN $alike {{
            LET $changed = UPDATE $it.edges SET clientId = $it.clientId, version = $it.version, hash = $it.hash,
                value = NONE, updatedAt = $at RETURN VALUE version;
            IF array::len($changed) < array::len($it.edges) {{ THROW 'ABSENT' }};
        }};
        INSERT $rows.map(|$row: any| object::extend($row, {{ updatedAt: $at }}))
            ON DUPLICATE KEY UPDATE clientId = $input.clientId,
                version = IF $input.out = NONE {{ math::max([$input.version, (version ?? 0) + 1]) }}
                    ELSE {{ $input.version }},
                hash = $input.hash, value = $input.value, updatedAt = $input.updatedAt
            RETURN NONE;
        COMMIT"
    )
}

/// Removes some of a view's edges; the last result but one (of COMMIT) tells how many.
pub(super) fn clear(rows_max: usize) -> String {
    format!(
        "BEGIN; {FENCE}
        LET $gone = SELECT VALUE id FROM type::record($table, $from>..$to) LIMIT {rows_max};
        FOR $edge IN $gone {{ DELETE $edge RETURN NONE }};
        RETURN array::len($gone);
        COMMIT"
    )
}

/// The next page of the edges of each view, for many views at once.
pub(super) const PAGES: &str = "
    RETURN $views.map(|$it: any|
        (SELECT id, version, hash, value FROM type::record($it.table, $it.from>..$it.to) LIMIT $it.rows))";

/// How the changes of a batch are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Changes {
    /// Those that are alike together, if all their edges are there.
    Alike,
    /// Each with a row of its own, whether its edge is there or not.
    Apart,
}

/// What edges become that are changed together: whose client's they are, and what they say.
type Alike<'a> = (&'a str, i64, i64);

/// Binds a batch.
pub(super) fn bind(batch: &Batch, changes: Changes) -> Variables {
    let mut alike: HashMap<Alike<'_>, Vec<&Item>> = HashMap::new();
    if changes == Changes::Alike {
        for item in &batch.items {
            if let Some(becomes) = becomes(item) {
                alike.entry(becomes).or_default().push(item);
            }
        }
        alike.retain(|_, items| items.len() >= ALIKE_MIN);
    }
    let mut gone = Vec::new();
    let mut rows = Vec::new();
    for item in &batch.items {
        match &item.op {
            EdgeOp::Leave { .. } => gone.push(item.target.record(&item.key).into_value()),
            _ if becomes(item).is_some_and(|becomes| alike.contains_key(&becomes)) => {}
            EdgeOp::Enter(row) | EdgeOp::Change(row) => {
                rows.push(Value::Object(item.target.row(&item.key, row)));
            }
        }
    }
    let probe = |table| RecordId::new(table, 0).into_value();
    let probes: Vec<Value> = batch.tables().into_iter().map(probe).collect();
    let mut bound = Variables::new();
    bound.insert("gone", gone.into_value());
    bound.insert("rows", rows.into_value());
    bound.insert("alike", alike.into_iter().map(together).collect::<Vec<_>>().into_value());
    bound.insert("probes", probes.into_value());
    bound
}

/// What an edge that changes becomes, where that says all.
fn becomes(item: &Item) -> Option<Alike<'_>> {
    match &item.op {
        EdgeOp::Change(EdgeRow { version, hash, value: None }) => {
            Some((&item.target.client, version.0 as i64, *hash))
        }
        _ => None,
    }
}

fn together(((client, version, hash), items): (Alike<'_>, Vec<&Item>)) -> Value {
    let edges: Vec<Value> =
        items.iter().map(|item| item.target.record(&item.key).into_value()).collect();
    let mut together = Object::new();
    together.insert("edges", edges);
    together.insert("clientId", client);
    together.insert("version", version);
    together.insert("hash", hash);
    Value::Object(together)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use protocol::{RowVersion, ViewKey};

    use super::*;
    use crate::edge::{EdgeKey, Target};
    use crate::names::RefMode;

    /// Changes of one record in some views, and what is bound for them: edges that change together, and others.
    fn bound(views: usize, changes: Changes, op: impl Fn(usize) -> EdgeOp) -> (usize, usize) {
        let item = |n| Item {
            target: Arc::new(Target::new(
                RefMode::Dedicated,
                ViewKey { auth: Some(RecordId::new("user", "ann")), id: format!("v{n}") },
                "client".into(),
            )),
            key: EdgeKey::top(RecordId::new("task", 1)),
            op: op(n),
            since: Duration::ZERO,
            position: 0,
            generation: 0,
            hot: false,
            fresh: false,
        };
        let bound = bind(&Batch { items: (0..views).map(item).collect() }, changes);
        let list = |name| match bound.get(name) {
            Some(Value::Array(list)) => list.clone().into_vec(),
            other => panic!("{name}: {other:?}"),
        };
        let together = list("alike").into_iter().map(|alike| match alike {
            Value::Object(alike) => match alike.get("edges") {
                Some(Value::Array(edges)) => edges.len(),
                other => panic!("edges: {other:?}"),
            },
            other => panic!("alike: {other:?}"),
        });
        (together.sum(), list("rows").len())
    }

    fn row(hash: i64) -> EdgeRow {
        EdgeRow { version: RowVersion(1), hash, value: None }
    }

    #[test]
    fn only_many_changes_that_are_alike_go_together() {
        let alike = |_| EdgeOp::Change(row(1));
        assert_eq!(bound(ALIKE_MIN, Changes::Alike, alike), (ALIKE_MIN, 0));
        assert_eq!(bound(ALIKE_MIN - 1, Changes::Alike, alike), (0, ALIKE_MIN - 1));
        assert_eq!(bound(ALIKE_MIN, Changes::Apart, alike), (0, ALIKE_MIN));
        let each_its_own = |n| EdgeOp::Change(row(n as i64));
        assert_eq!(bound(50, Changes::Alike, each_its_own), (0, 50));
        assert_eq!(bound(50, Changes::Alike, |_| EdgeOp::Enter(row(1))), (0, 50));
        let group = |_| EdgeOp::Change(EdgeRow { value: Some(Object::new()), ..row(1) });
        assert_eq!(bound(50, Changes::Alike, group), (0, 50));
    }
}
