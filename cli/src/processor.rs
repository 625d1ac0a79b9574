//! What is said to an SSP over HTTP.

use protocol::Problem;
use protocol::wire::{Info, Registered};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::json;
use surrealdb_types::{Object, RecordId, ToSql, Value};

use crate::caret;
use crate::failure::{Exit, Failure};

/// How long a registration lives when this process is gone without taking it back: the shortest word there is.
const TTL: &str = "1m";

/// Where `spky dev` runs it.
pub const DEFAULT: &str = "127.0.0.1:8667";

/// An SSP.
pub struct Ssp {
    url: String,
    secret: Option<String>,
    http: reqwest::Client,
}

/// What is registered.
pub struct Registration {
    /// The view's id.
    pub id: String,
    /// The query.
    pub surql: String,
    /// Whose it is.
    pub auth: Option<RecordId>,
    /// `$access`.
    pub access: Option<String>,
    /// The parameters.
    pub params: Object,
}

impl Ssp {
    /// Names an SSP: `host:port`, or a URL.
    pub fn at(address: &str, secret: Option<String>) -> Ssp {
        let url = match address.contains("://") {
            true => address.trim_end_matches('/').to_owned(),
            false => format!("http://{address}"),
        };
        Ssp { url, secret, http: reqwest::Client::new() }
    }

    /// Asks what it is, and so whether it is there.
    pub async fn about(&self) -> Result<Info, Failure> {
        let answer = self.send(self.http.get(format!("{}/info", self.url)), "").await?;
        let entries: Vec<Info> = answer.json().await.map_err(|error| self.strange(&error))?;
        let one = entries.into_iter().next();
        one.ok_or_else(|| Failure::new(Exit::Unavailable, format!("{} is no SSP", self.url)))
    }

    /// Registers a view, or touches it, and waits until it is ready.
    pub async fn register(&self, view: &Registration) -> Result<Registered, Failure> {
        let body = json!({
            "id": view.id,
            "surql": view.surql,
            "clientId": "spky-watch",
            "ttl": TTL,
            "authId": view.auth.as_ref().map(ToSql::to_sql),
            "access": view.access,
            "params": Value::Object(view.params.clone()).to_sql(),
        });
        let answer = self.send(self.post("/view/register").json(&body), &view.surql).await?;
        answer.json().await.map_err(|error| self.strange(&error))
    }

    /// Takes a registration back.
    pub async fn unregister(&self, view: &Registration) -> Result<(), Failure> {
        let auth = view.auth.as_ref().map(ToSql::to_sql);
        let body = json!({ "id": view.id, "authId": auth, "clientId": "spky-watch" });
        self.send(self.post("/view/unregister").json(&body), "").await.map(drop)
    }

    fn post(&self, route: &str) -> RequestBuilder {
        self.http.post(format!("{}{route}", self.url))
    }

    /// Sends a request; a refusal points into the query that it is about.
    async fn send(
        &self,
        request: RequestBuilder,
        query: &str,
    ) -> Result<reqwest::Response, Failure> {
        let request = match &self.secret {
            Some(secret) => request.bearer_auth(secret),
            None => request,
        };
        let answer = request.send().await.map_err(|_| {
            Failure::new(Exit::Unavailable, format!("no SSP answers at {}", self.url))
                .hint("`spky dev` runs one here; --ssp names another one")
        })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        match answer.json::<Problem>().await {
            Ok(problem) => Err(refusal(status, problem, query)),
            Err(_) => {
                Err(Failure::new(Exit::Unavailable, format!("{} answers {status}", self.url)))
            }
        }
    }

    fn strange(&self, error: &reqwest::Error) -> Failure {
        Failure::new(Exit::Unavailable, format!("{} is no SSP of this version: {error}", self.url))
    }
}

fn refusal(status: StatusCode, problem: Problem, query: &str) -> Failure {
    let exit = if status.is_server_error() { Exit::Unavailable } else { Exit::Difference };
    Failure { exit, message: caret::pointed(&problem, query), hint: problem.hint }
}
