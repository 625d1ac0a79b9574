//! Registration over HTTP, in every spelling that documented clients use.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::limits::{ID_BYTES_MAX, QUERY_BYTES_MAX};
use crate::problem::{Code, Problem};

/// The parameters as they were sent.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Params {
    /// A JSON object: its strings are strings.
    Fields(Map<String, Value>),
    /// The text of a SurrealQL object: record ids, datetimes and decimals can be said.
    Text(String),
}

/// A wish to register a view.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Register {
    /// The id, as the client made it.
    pub id: String,
    /// The query.
    #[serde(alias = "surreal_ql")]
    pub surql: String,
    /// Who of the view's clients asks.
    #[serde(default, alias = "client_id")]
    pub client_id: Option<String>,
    /// How long the view lives untouched: a word such as `10m`.
    #[serde(default)]
    pub ttl: Option<String>,
    /// When the client was last active. The database's clock decides, so that it is read and not used.
    #[serde(default, alias = "last_active_at")]
    pub last_active_at: Option<Value>,
    /// The query's parameters.
    #[serde(default)]
    pub params: Option<Params>,
    /// How the client wants to be told; there is one way.
    #[serde(default)]
    pub format: Option<String>,
    /// The user that the view is for, a record id's literal. Only who has the service's secret may say it.
    #[serde(default, alias = "auth_id")]
    pub auth_id: Option<String>,
    /// The access method that the user came by.
    #[serde(default)]
    pub access: Option<String>,
}

impl Register {
    /// Reads a body: `{id, surql, clientId, …}`, or `{plan, metadata}` with the query's text as the plan.
    pub fn parse(body: Value) -> Result<Register, Problem> {
        let fields = match body {
            Value::Object(fields) => fields,
            _ => return Err(bad("the body is no object")),
        };
        let register: Register = serde_json::from_value(Value::Object(flat(fields)?))
            .map_err(|error| bad(error.to_string()))?;
        register.checked()
    }

    fn checked(mut self) -> Result<Register, Problem> {
        self.id = key_of(&self.id).to_owned();
        check_id("id", &self.id)?;
        if self.surql.len() > QUERY_BYTES_MAX {
            let message =
                format!("the query has {} bytes, at most {QUERY_BYTES_MAX}", self.surql.len());
            return Err(Problem::new(Code::LimitExceeded, message));
        }
        if self.client_id.as_ref().is_none_or(String::is_empty) {
            return Err(Problem::new(Code::MissingClientId, "Missing client id")
                .hint("send clientId: what tells this client from the view's others"));
        }
        check_id("clientId", self.client_id.as_deref().unwrap_or_default())?;
        Ok(self)
    }
}

/// Puts `{plan, metadata}` into the flat form.
fn flat(mut fields: Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    let Some(plan) = fields.remove("plan") else { return Ok(fields) };
    let mut flat = match fields.remove("metadata") {
        Some(Value::Object(metadata)) => metadata,
        None => fields,
        Some(_) => return Err(bad("metadata is no object")),
    };
    match plan {
        Value::String(text) => {
            flat.insert("surql".to_owned(), Value::String(text));
        }
        Value::Object(plan) => flat.extend(plan),
        _ => return Err(bad("plan is neither a query's text nor an object")),
    }
    Ok(flat)
}

/// Returns a view's id from how clients name it: with or without the table.
fn key_of(id: &str) -> &str {
    id.strip_prefix("_00_query:").unwrap_or(id)
}

fn check_id(field: &str, id: &str) -> Result<(), Problem> {
    match id.len() {
        0 => Err(bad(format!("{field} is empty"))),
        1..=ID_BYTES_MAX => Ok(()),
        bytes => {
            let message = format!("{field} has {bytes} bytes, at most {ID_BYTES_MAX}");
            Err(Problem::new(Code::LimitExceeded, message))
        }
    }
}

fn bad(message: impl Into<String>) -> Problem {
    Problem::new(Code::BadRequest, message)
}

/// A wish to end a view.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unregister {
    /// The view's id.
    pub id: String,
    /// The user that it is of; the system's without.
    #[serde(default, alias = "auth_id")]
    pub auth_id: Option<String>,
}

impl Unregister {
    /// Reads a body.
    pub fn parse(body: Value) -> Result<Unregister, Problem> {
        let mut unregister: Unregister =
            serde_json::from_value(body).map_err(|error| bad(error.to_string()))?;
        unregister.id = key_of(&unregister.id).to_owned();
        check_id("id", &unregister.id)?;
        Ok(unregister)
    }
}

/// A view that is registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Registered {
    /// The registration as an edge's `in` names it: `_00_query:<id>`.
    pub id: String,
    /// `ready`, or `failed` where the database's own query would fail.
    pub state: String,
    /// What it failed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Problem>,
    /// How many rows the answer has.
    pub row_count: usize,
    /// Its digest over ids and rows.
    pub digest: String,
    /// The rows, in window order; at most [`crate::limits::REGISTER_REPLY_ROWS_MAX`].
    pub rows: Vec<RegisteredRow>,
    /// Whether there are more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

/// One row of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredRow {
    /// The record, as its literal; a group has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out: Option<String>,
    /// What a group shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Its version.
    pub version: u64,
    /// The record that it is a child of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Under which alias.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_rel: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Params, Register, Unregister};
    use crate::problem::Code;

    #[test]
    fn every_documented_spelling_is_read() {
        let flat = json!({"id": "top", "surql": "SELECT * FROM t", "clientId": "c", "ttl": "10m",
            "lastActiveAt": "2026-01-01T00:00:00Z", "params": {"a": 1}, "format": "streaming"});
        let aliased = json!({"id": "_00_query:top", "surreal_ql": "SELECT * FROM t",
            "client_id": "c", "ttl": "10m", "last_active_at": "2026-01-01T00:00:00Z",
            "params": {"a": 1}, "format": "streaming"});
        let planned = json!({"plan": "SELECT * FROM t", "metadata": {"id": "top",
            "clientId": "c", "ttl": "10m", "lastActiveAt": "2026-01-01T00:00:00Z",
            "params": {"a": 1}, "format": "streaming"}});
        let read = Register::parse(flat).expect("the flat form");
        assert_eq!(Register::parse(aliased), Ok(read.clone()));
        assert_eq!(Register::parse(planned), Ok(read));
    }

    #[test]
    fn parameters_are_an_object_or_its_text() {
        let body = json!({"id": "top", "surql": "x", "clientId": "c", "params": "{ a: task:1 }"});
        let read = Register::parse(body).expect("the text form");
        assert_eq!(read.params, Some(Params::Text("{ a: task:1 }".to_owned())));
    }

    #[test]
    fn what_is_missing_is_named() {
        let code = |body| Register::parse(body).expect_err("something is missing").code;
        assert_eq!(code(json!({"id": "top", "surql": "x"})), Code::MissingClientId);
        assert_eq!(code(json!({"surql": "x", "clientId": "c"})), Code::BadRequest);
        assert_eq!(code(json!([])), Code::BadRequest);
        let huge = " ".repeat(crate::limits::QUERY_BYTES_MAX + 1);
        let body = json!({"id": "top", "clientId": "c", "surql": huge});
        assert_eq!(code(body), Code::LimitExceeded);
        let long = "é".repeat(crate::limits::ID_BYTES_MAX / 2 + 1);
        let body = json!({"id": long, "clientId": "c", "surql": "x"});
        assert_eq!(code(body), Code::LimitExceeded);
        let body = json!({"id": "top", "clientId": long, "surql": "x"});
        assert_eq!(code(body), Code::LimitExceeded);
        assert!(Unregister::parse(json!({"id": long})).is_err());
        assert!(Unregister::parse(json!({"id": ""})).is_err());
    }
}
