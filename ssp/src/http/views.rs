//! Registering and unregistering with the service's secret: the same rows as clients' functions write.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::{Extension, Json};
use protocol::wire::{Params, Register, Registered, Unregister};
use protocol::{Code, Problem, ViewKey, limits};
use serde_json::{Value, json};
use surreal::query_row::{self, RegisterError, Registration};
use surrealdb_types::{Object, RecordId, SurrealValue};
use view::lower;

use super::bearers::Caller;
use super::reply::json as body_of;
use super::taken::Body;
use super::{Door, Inner, Refusal};
use crate::core::{Plans, Question, Wish, planning};

/// How long a registration's request waits for its view; the view goes on becoming ready after that.
const READY_WITHIN: Duration = Duration::from_secs(60);

pub(super) async fn register(
    State(door): State<Arc<Door>>,
    Extension(caller): Extension<Caller>,
    Body(body): Body,
) -> Result<Json<Registered>, Refusal> {
    let asked = Register::parse(body_of(&body)?)?;
    let registration = registration(&caller, asked)?;
    let Inner { desk, database, .. } = door.inner()?;
    let schema = door.pulse.borrow().schema.clone().ok_or_else(not_ready)?;
    if !planning::has_access(&schema, &registration.view, registration.access.as_deref()) {
        let name = registration.access.as_deref().unwrap_or_default();
        let message = format!("the database has no record access `{name}`");
        return Err(Problem::new(Code::BadRequest, message).into());
    }
    let asks = view::caller::Caller {
        auth: registration.view.auth.clone(),
        access: registration.access.clone(),
        params: registration.params.clone(),
    };
    planning::plan(&mut Plans::default(), &schema, asks, &registration.surql)?;
    query_row::register(&database, &registration, limits::VIEWS_PER_USER_MAX).await.map_err(
        |error| match error {
            RegisterError::Refused(problem) => Refusal::from(problem),
            RegisterError::Database(error) => Refusal::from(error),
        },
    )?;
    let wish =
        Wish { key: registration.view, surql: registration.surql, params: registration.params };
    let ready = desk.ask(|reply| Question::Wish { wish, reply });
    match tokio::time::timeout(READY_WITHIN, ready).await {
        Ok(answer) => Ok(Json(answer??)),
        Err(_) => Err(Problem::new(Code::SspNotReady, "the view is not ready yet")
            .hint("it is registered: read its state, or register it again")
            .into()),
    }
}

pub(super) async fn unregister(
    State(door): State<Arc<Door>>,
    Extension(caller): Extension<Caller>,
    Body(body): Body,
) -> Result<Json<Value>, Refusal> {
    let asked = Unregister::parse(body_of(&body)?)?;
    let key = ViewKey { auth: caller.speaks_for(asked.auth_id.as_deref())?, id: asked.id };
    let Inner { desk, database, .. } = door.inner()?;
    query_row::remove(&database, &key).await?;
    let gone = desk.ask(|reply| Question::Gone { key: key.clone(), reply });
    match tokio::time::timeout(READY_WITHIN, gone).await {
        Ok(answer) => answer?,
        Err(_) => {
            let message = "the view's edges are not gone yet";
            return Err(Problem::new(Code::SspNotReady, message).into());
        }
    }
    Ok(Json(json!({ "id": key.id })))
}

/// Checks what a body says and the types of `wire` cannot: values, and words of the database.
fn registration(caller: &Caller, asked: Register) -> Result<Registration, Problem> {
    let auth = caller.speaks_for(asked.auth_id.as_deref())?;
    let params = match asked.params {
        None => Object::new(),
        Some(Params::Text(text)) => lower::params(&text).map_err(|problem| {
            Problem::new(Code::BadRequest, format!("params: {}", problem.message))
                .hint("an object of values, as SurrealQL writes it: { list: list:1 }")
        })?,
        Some(Params::Fields(fields)) => match Value::Object(fields).into_value() {
            surrealdb_types::Value::Object(params) => params,
            _ => return Err(Problem::new(Code::BadRequest, "params is no object")),
        },
    };
    Ok(Registration {
        view: ViewKey { auth, id: asked.id },
        access: caller.access(asked.access)?,
        surql: asked.surql,
        params,
        client: asked.client_id.unwrap_or_default(),
        ttl: asked.ttl.as_deref().map(ttl).transpose()?,
    })
}

/// Reads the user whom a field names.
pub(super) fn user(field: &str, literal: Option<&str>) -> Result<Option<RecordId>, Problem> {
    let named = literal.filter(|text| !text.is_empty()).map(lower::record_id).transpose();
    named.map_err(|problem| {
        let message = format!("{field} is no record id: {}", problem.message);
        Problem::new(Code::BadRequest, message).hint("as SurrealQL writes it: user:ann")
    })
}

/// Reads a ttl's word; which of them there are is the database's function's to say.
fn ttl(word: &str) -> Result<Duration, Problem> {
    match lower::value(word) {
        Ok(surrealdb_types::Value::Duration(ttl)) => Ok(ttl.into_inner()),
        _ => Err(Problem::new(Code::BadRequest, format!("ttl `{word}` is no length of time"))
            .hint("one of 1m 5m 10m 15m 20m 25m 30m 1h … 12h 1d")),
    }
}

pub(super) fn not_ready() -> Problem {
    Problem::new(Code::SspNotReady, "the definitions are not read yet").hint("try again")
}
