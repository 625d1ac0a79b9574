//! What is said to an SSP over HTTP.

use protocol::wire::{
    Audit, Cost, CostOf, Health, Info, ReadAgain, Registered, RowsAsked, RowsHeld, TableAsked,
    TableHeld, ViewAsked, ViewHeld,
};
use protocol::{Problem, ViewKey};
use reqwest::{RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
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

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Asks what it is, and so whether it is there.
    pub async fn about(&self) -> Result<Info, Failure> {
        let answer = self.send(self.http.get(format!("{}/info", self.url)), "").await?;
        let entries: Vec<Info> = answer.json().await.map_err(|error| self.strange(&error))?;
        let one = entries.into_iter().next();
        one.ok_or_else(|| Failure::new(Exit::Unavailable, format!("{} is no SSP", self.url)))
    }

    /// Asks how it is. One that is not ready says so with an error's status and the same body.
    pub async fn health(&self) -> Result<Health, Failure> {
        let request = self.http.get(format!("{}/health", self.url));
        let answer = request.send().await.map_err(|_| self.silent())?;
        answer.json().await.map_err(|error| self.strange(&error))
    }

    /// Asks what the family of a query has cost; `None` while no view of it is registered.
    pub async fn cost(&self, surql: &str, auth: Option<&str>) -> Result<Option<Cost>, Failure> {
        let body = CostOf { surql: surql.to_owned(), auth: auth.map(str::to_owned) };
        self.found(self.post("/debug/cost").json(&body)).await
    }

    /// Asks what its auditor has gone over.
    pub async fn audit(&self) -> Result<Audit, Failure> {
        let answer = self.send(self.http.get(format!("{}/debug/audit", self.url)), "").await?;
        answer.json().await.map_err(|error| self.strange(&error))
    }

    /// Whether it answers the service: with the secret, or without one from its own machine.
    pub async fn may_be_asked(&self) -> Result<(), Failure> {
        self.send(self.http.get(format!("{}/debug/deps", self.url)), "").await.map(drop)
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

    // -- what it holds ---------------------------------------------------------------------------------------

    /// Sums the rows that it holds of a table; `None` if it does not follow it.
    pub async fn table_held(
        &self,
        table: &str,
        buckets: u32,
    ) -> Result<Option<TableHeld>, Failure> {
        let asked = TableAsked { table: table.to_owned(), buckets };
        self.found(self.post("/verify/table").json(&asked)).await
    }

    /// Lists the rows that it holds in some buckets of a table.
    pub async fn rows_held(
        &self,
        table: &str,
        buckets: u32,
        only: Vec<u32>,
    ) -> Result<RowsHeld, Failure> {
        let asked = RowsAsked { table: table.to_owned(), buckets, only };
        let answer = self.send(self.post("/verify/rows").json(&asked), "").await?;
        answer.json().await.map_err(|error| self.strange(&error))
    }

    /// Says what a view's edges should be; `None` if it does not have the view.
    pub async fn view_held(&self, view: &ViewKey) -> Result<Option<ViewHeld>, Failure> {
        self.found(self.post("/verify/view").json(&of_view(view))).await
    }

    /// Has it look at records again.
    pub async fn read_again(&self, table: &str, records: &[&RecordId]) -> Result<(), Failure> {
        let records = records.iter().map(|record| record.to_sql()).collect();
        let asked = ReadAgain { table: table.to_owned(), records };
        self.send(self.post("/verify/read").json(&asked), "").await.map(drop)
    }

    /// Has it make a view's edges what its answer is.
    pub async fn reconcile(&self, view: &ViewKey) -> Result<(), Failure> {
        self.send(self.post("/verify/reconcile").json(&of_view(view)), "").await.map(drop)
    }

    /// Has it remove edges of views that nobody registered.
    pub async fn sweep(&self) -> Result<(), Failure> {
        self.send(self.post("/verify/sweep"), "").await.map(drop)
    }

    /// Asks for what may not be there.
    async fn found<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<Option<T>, Failure> {
        let answer = self.request(request).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let answer = self.accepted(answer, "").await?;
        answer.json().await.map(Some).map_err(|error| self.strange(&error))
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
        let answer = self.request(request).await?;
        self.accepted(answer, query).await
    }

    async fn request(&self, request: RequestBuilder) -> Result<reqwest::Response, Failure> {
        let request = match &self.secret {
            Some(secret) => request.bearer_auth(secret),
            None => request,
        };
        request.send().await.map_err(|_| self.silent())
    }

    async fn accepted(
        &self,
        answer: reqwest::Response,
        query: &str,
    ) -> Result<reqwest::Response, Failure> {
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

    fn silent(&self) -> Failure {
        Failure::new(Exit::Unavailable, format!("no SSP answers at {}", self.url))
            .hint("`spky dev` runs one here; --ssp names another one")
    }

    fn strange(&self, error: &reqwest::Error) -> Failure {
        Failure::new(Exit::Unavailable, format!("{} is no SSP of this version: {error}", self.url))
    }
}

fn of_view(view: &ViewKey) -> ViewAsked {
    ViewAsked { id: view.id.clone(), auth: view.auth.as_ref().map(ToSql::to_sql) }
}

fn refusal(status: StatusCode, problem: Problem, query: &str) -> Failure {
    let exit = if status.is_server_error() { Exit::Unavailable } else { Exit::Difference };
    Failure { exit, message: caret::pointed(&problem, query), hint: problem.hint }
}
