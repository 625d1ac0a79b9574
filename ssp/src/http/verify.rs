//! For `spky verify`: what is held, and looking again at what was found to differ.
//!
//! # Invariants
//! - Nothing here decides what is right: rows are read again from the database, edges follow the answer that is held.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use protocol::wire::{
    Bucket, EdgeHeld, ReadAgain, RowHeld, RowsAsked, RowsHeld, TableAsked, TableHeld, ViewAsked,
    ViewHeld,
};
use protocol::{Code, Problem, ViewKey, limits};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use surreal::versions::{Secret, row_hash};
use surrealdb_types::ToSql;
use view::delta::Under;
use view::engine::Sum;
use view::{group, lower};

use super::reply::json as body_of;
use super::taken::Body;
use super::{Door, Refusal, views};
use crate::core::{Answer, Comparison, Question};

pub(super) async fn table(
    State(door): State<Arc<Door>>,
    Body(body): Body,
) -> Result<Json<TableHeld>, Refusal> {
    let TableAsked { table, buckets } = read(&body)?;
    let buckets = bounded(buckets)?;
    let ask = |reply| Comparison::Sums { table: table.clone(), buckets, reply };
    let sums = door.inner()?.desk.ask(|reply| Question::Compare(ask(reply))).await?;
    let sums = sums.ok_or_else(|| not_followed(&table))?;
    let mut whole = Sum::default();
    for sum in &sums {
        whole.rows += sum.rows;
        whole.digest.add(sum.digest);
    }
    let bucket = |sum: &Sum| Bucket { rows: sum.rows, digest: sum.digest.to_string() };
    Ok(Json(TableHeld {
        rows: whole.rows,
        digest: whole.digest.to_string(),
        buckets: sums.iter().map(bucket).collect(),
    }))
}

pub(super) async fn rows(
    State(door): State<Arc<Door>>,
    Body(body): Body,
) -> Result<Json<RowsHeld>, Refusal> {
    let RowsAsked { table, buckets, only } = read(&body)?;
    let (buckets, only) = (bounded(buckets)?, BTreeSet::from_iter(only));
    let ask = |reply| Comparison::RowsIn { table, buckets, only, reply };
    let desk = door.inner()?.desk;
    let (rows, truncated) = desk.ask(|reply| Question::Compare(ask(reply))).await?;
    let row = |row: &view::row::Row| RowHeld {
        record: row.id().to_sql(),
        digest: row.digest().to_string(),
    };
    Ok(Json(RowsHeld { rows: rows.iter().map(row).collect(), truncated }))
}

pub(super) async fn view_of(
    State(door): State<Arc<Door>>,
    Body(body): Body,
) -> Result<Json<ViewHeld>, Refusal> {
    let key = key(&read(&body)?)?;
    let inner = door.inner()?;
    let ask = |reply| Comparison::View { key: key.clone(), reply };
    let held = inner.desk.ask(|reply| Question::Compare(ask(reply))).await?;
    let held = held.ok_or_else(|| no_view(&key))?;
    let secret = Secret::of(&inner.database).await?;
    let Answer { rows, children } = &held.answer;
    let truncated = held.answer.len() > limits::VERIFY_ROWS_MAX;
    let edge = |(under, row): (Option<&Under>, &view::row::Row)| {
        let record = row.id();
        let hash = row_hash(&secret, &record, &row.content().object());
        let value = group::shown(row).map(|shown| shown.to_sql());
        EdgeHeld {
            out: record.to_sql(),
            parent: under.map(|under| under.parent.to_sql()),
            parent_rel: under.map(|under| under.alias.to_string()),
            value,
            version: row.version.0,
            hash,
        }
    };
    let top = rows.iter().map(|row| (None, row));
    let all = top.chain(children.iter().map(|child| (Some(&child.under), &child.row)));
    let rows = all.take(limits::VERIFY_ROWS_MAX).map(edge).collect();
    let state = held.state.as_str().to_owned();
    Ok(Json(ViewHeld { state, settled: held.settled, rows, truncated }))
}

/// Looks at records in the database and applies what differs; it is visible once a mark that is raised now was answered.
pub(super) async fn read_again(
    State(door): State<Arc<Door>>,
    Body(body): Body,
) -> Result<Json<Value>, Refusal> {
    let ReadAgain { table, records } = read(&body)?;
    let records: Result<Vec<_>, Problem> =
        records.iter().map(|record| lower::record_id(record)).collect();
    let records = records?;
    if let Some(other) = records.iter().find(|record| record.table.as_str() != table) {
        let message = format!("{} is no record of `{table}`", other.to_sql());
        return Err(Problem::new(Code::BadRequest, message).into());
    }
    let count = records.len();
    let ask = |reply| Question::Compare(Comparison::LookAt { table, records, reply });
    door.inner()?.desk.ask(ask).await?;
    Ok(Json(json!({ "records": count })))
}

/// Makes a view's edges what its answer is.
pub(super) async fn reconcile(
    State(door): State<Arc<Door>>,
    Body(body): Body,
) -> Result<Json<Value>, Refusal> {
    let key = key(&read(&body)?)?;
    let ask = |reply| Comparison::Reconcile { key: key.clone(), reply };
    match door.inner()?.desk.ask(|reply| Question::Compare(ask(reply))).await? {
        true => Ok(Json(json!({ "id": key.id }))),
        false => Err(no_view(&key).into()),
    }
}

/// Has edges of views that nobody registered removed.
pub(super) async fn sweep(State(door): State<Arc<Door>>) -> Result<Json<Value>, Refusal> {
    let ask = |reply| Question::Compare(Comparison::Sweep { reply });
    door.inner()?.desk.ask(ask).await?;
    Ok(Json(json!({ "status": "ok" })))
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    serde_json::from_value(body_of(body)?)
        .map_err(|error| Problem::new(Code::BadRequest, error.to_string()))
}

fn bounded(buckets: u32) -> Result<u32, Problem> {
    if (1..=limits::VERIFY_BUCKETS_MAX).contains(&buckets) {
        return Ok(buckets);
    }
    let message = format!("{buckets} buckets: from 1 to {}", limits::VERIFY_BUCKETS_MAX);
    Err(Problem::new(Code::LimitExceeded, message))
}

fn key(asked: &ViewAsked) -> Result<ViewKey, Problem> {
    Ok(ViewKey { auth: views::user("auth", asked.auth.as_deref())?, id: asked.id.clone() })
}

fn no_view(key: &ViewKey) -> Problem {
    Problem::new(Code::NotFound, format!("no view {key}"))
}

fn not_followed(table: &str) -> Problem {
    Problem::new(Code::NotFound, format!("table `{table}` is not followed"))
}
