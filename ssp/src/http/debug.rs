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
    let key = ViewKey { auth: views::user("auth", of.auth.as_deref())?, id };
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
            views::user("auth", Some(user))?.map(|user| user.table.as_str().to_owned())
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
    level: Option<Level>,
    #[serde(default)]
    data: Option<Value>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
}

pub(super) async fn log(Body(body): Body) -> Result<Json<Value>, Refusal> {
    let line: Line = serde_json::from_value(body_of(&body)?)
        .map_err(|error| Problem::new(Code::BadRequest, error.to_string()))?;
    let Line { message, level, data } = line;
    let message = in_one_line(&message);
    let data = data.map(|data| in_one_line(&data.to_string()));
    match level.unwrap_or_default() {
        Level::Error => tracing::error!(data, "client: {message}"),
        Level::Warn => tracing::warn!(data, "client: {message}"),
        Level::Info => tracing::info!(data, "client: {message}"),
        Level::Debug => tracing::debug!(data, "client: {message}"),
    }
    Ok(Json(json!({ "status": "ok" })))
}

/// A client's words as one line: what would begin another, or speak to a terminal, is escaped.
fn in_one_line(text: &str) -> String {
    let speaks = |char: char| char.is_control() || matches!(char, '\u{2028}' | '\u{2029}');
    let mut line = String::with_capacity(text.len());
    for char in text.chars() {
        match speaks(char) {
            true => line.extend(char.escape_default()),
            false => line.push(char),
        }
    }
    line
}

fn absent(message: String) -> Problem {
    Problem::new(Code::NotFound, message)
}
