//! For whoever looks for an error.

use std::sync::Arc;

use ::view::catalog::Principal;
use axum::Json;
use axum::extract::State;
use protocol::wire::{Audit, AuditedTable, Cost, CostOf, Mark, TableViews, ViewDetail};
use protocol::{Code, Problem, ViewKey};
use serde::Deserialize;
use serde_json::{Value, json};

use super::reply::json as body_of;
use super::taken::{Asked, Body, Named};
use super::{Door, Refusal, views};
use crate::core::Question;

/// `?auth=`.
#[derive(Debug, Deserialize)]
pub(super) struct Of {
    auth: Option<String>,
}

pub(super) async fn view(
    State(door): State<Arc<Door>>,
    Named(id): Named,
    Asked(of): Asked<Of>,
) -> Result<Json<ViewDetail>, Refusal> {
    let key = ViewKey { auth: views::user(of.auth.as_deref())?, id };
    let detail = door.inner()?.desk.ask(|reply| Question::View { key: key.clone(), reply }).await?;
    Ok(Json(detail.ok_or_else(|| absent(format!("no view {key}")))?))
}

pub(super) async fn dependencies(
    State(door): State<Arc<Door>>,
) -> Result<Json<Vec<TableViews>>, Refusal> {
    Ok(Json(door.inner()?.desk.ask(|reply| Question::Dependencies { reply }).await?))
}

pub(super) async fn audit(State(door): State<Arc<Door>>) -> Result<Json<Audit>, Refusal> {
    let capture = door.inner()?.capture;
    let missed = door.metrics.missed_of();
    let millis = |age: std::time::Duration| u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
    let tables = capture.audits().into_iter().map(|(table, age)| {
        let missed = missed.get(&table).copied().unwrap_or_default();
        AuditedTable { table, age_ms: age.map(millis), missed }
    });
    Ok(Json(Audit {
        rows_per_second: capture.audit_rows_per_second(),
        missed: missed.values().sum(),
        tables: tables.collect(),
    }))
}

/// What the family of a query costs, as far as views of it are registered.
pub(super) async fn cost(
    State(door): State<Arc<Door>>,
    Body(body): Body,
) -> Result<Json<Cost>, Refusal> {
    let asked: CostOf = serde_json::from_value(body_of(&body)?)
        .map_err(|error| Problem::new(Code::BadRequest, error.to_string()))?;
    let table = match asked.auth.as_deref() {
        Some(user) if user.contains(':') => {
            views::user(Some(user))?.map(|user| user.table.as_str().to_owned())
        }
        table => table.map(str::to_owned),
    };
    let principal = table.as_deref().map_or(Principal::System, |table| Principal::User { table });
    let schema = door.pulse.borrow().schema.clone().ok_or_else(views::not_ready)?;
    let plan = Box::new(::view::lower::plan(&asked.surql, &schema.catalog, principal)?);
    let cost = door.inner()?.desk.ask(|reply| Question::Cost { plan, reply }).await?;
    Ok(Json(cost.ok_or_else(|| absent("no view of this family is registered".to_owned()))?))
}

pub(super) async fn mark(
    State(door): State<Arc<Door>>,
    Named(asker): Named,
) -> Result<Json<Mark>, Refusal> {
    let mark = surreal::mark::read(&door.inner()?.database, &asker).await?;
    let mark = mark.ok_or_else(|| absent(format!("no mark of `{asker}`")))?;
    Ok(Json(Mark { n: mark.n, flushed: mark.flushed }))
}

pub(super) async fn refresh_schema(State(door): State<Arc<Door>>) -> Result<Json<Value>, Refusal> {
    door.inner()?.capture.refresh_definitions();
    Ok(Json(json!({ "status": "ok" })))
}

pub(super) async fn reset(State(door): State<Arc<Door>>) -> Result<Json<Value>, Refusal> {
    door.inner()?.desk.ask(|reply| Question::Reset { reply }).await?;
    Ok(Json(json!({ "status": "ok" })))
}

/// `{message, level?, data?}` of a client, into the log.
#[derive(Debug, Deserialize)]
struct Line {
    message: String,
    #[serde(default)]
    level: Option<String>,
    #[serde(default)]
    data: Option<Value>,
}

pub(super) async fn log(Body(body): Body) -> Result<Json<Value>, Refusal> {
    let line: Line = serde_json::from_value(body_of(&body)?)
        .map_err(|error| Problem::new(Code::BadRequest, error.to_string()))?;
    let Line { message, level, data } = line;
    let data = data.map(|data| data.to_string());
    match level.as_deref().map(str::to_ascii_lowercase).as_deref() {
        Some("error") => tracing::error!(data, "client: {message}"),
        Some("warn" | "warning") => tracing::warn!(data, "client: {message}"),
        Some("debug" | "trace") => tracing::debug!(data, "client: {message}"),
        _ => tracing::info!(data, "client: {message}"),
    }
    Ok(Json(json!({ "status": "ok" })))
}

fn absent(message: String) -> Problem {
    Problem::new(Code::NotFound, message)
}
