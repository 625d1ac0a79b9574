//! The transactions of a lane.
//!
//! Measured on 3.3.5 (release build, two busy cores, one row a flush / 100 / 400 rows, into one table; mem and
//! surrealkv alike), whole request, per row, first into an empty table, then over the same edges:
//! `INSERT $rows ON DUPLICATE KEY UPDATE` 0.66 / 0.054 / 0.057 ms and 0.73 / 0.117 / 0.113 ms; `FOR … { UPSERT }`
//! 0.64 / 0.074 / 0.078 ms and 0.72 / 0.142 / 0.143 ms. So it is the INSERT. The fence is 0.15 ms a flush; asking
//! whether 400 tables exist 10 ms by an UPDATE of records that do not, 33 ms by a SELECT from each.
//!
//! A DELETE is another matter: for each deleted row the database reads the fields of every table that it has, so it
//! costs 0.035 ms and 2 µs more for each table: 1.2 ms with 400 tables, 9 ms with 4,000.

use surrealdb_types::{SurrealValue, Value, Variables};

use super::{Batch, EdgeOp};

/// What the fence throws at who was closed, or never opened.
pub(super) const FENCED: &str = "FENCED";
/// What it throws at a transaction that was sent twice.
pub(super) const APPLIED: &str = "APPLIED";

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
pub(super) fn write() -> String {
    format!(
        "BEGIN; {FENCE}
        UPDATE $probes SET probe = true RETURN NONE;
        FOR $edge IN $gone {{ DELETE $edge RETURN NONE }};
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

/// Binds a batch.
pub(super) fn bind(batch: &Batch) -> Variables {
    let mut gone = Vec::new();
    let mut rows = Vec::new();
    for item in &batch.items {
        match &item.op {
            EdgeOp::Leave { .. } => gone.push(item.target.record(&item.key).into_value()),
            EdgeOp::Enter(row) | EdgeOp::Change(row) => {
                rows.push(Value::Object(item.target.row(&item.key, row)));
            }
        }
    }
    let probe = |table| surrealdb_types::RecordId::new(table, 0).into_value();
    let probes: Vec<Value> = batch.tables().into_iter().map(probe).collect();
    let mut bound = Variables::new();
    bound.insert("gone", gone.into_value());
    bound.insert("rows", rows.into_value());
    bound.insert("probes", probes.into_value());
    bound
}
