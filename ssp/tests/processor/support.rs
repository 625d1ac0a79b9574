//! A world for one test: a database of its own, a processor, and users who signed up.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use database_server::ROOT;
use serde_json::Value as Json;
use ssp::{Config, Running};
use surreal::{Database, Options, vars};
use surrealdb_types::{Array, Object, ToSql, Value};

/// What most tests begin with: users with their own tasks.
pub const SCHEMA: &str = "
    DEFINE TABLE user SCHEMALESS PERMISSIONS FOR select WHERE id = $auth.id;
    DEFINE ACCESS account ON DATABASE TYPE RECORD
        SIGNUP (CREATE type::record('user', $name) SET name = $name)
        SIGNIN (SELECT * FROM type::record('user', $name));
    DEFINE TABLE task SCHEMALESS PERMISSIONS FOR select WHERE owner = $auth.id;
";

/// A database with a processor beside it.
pub struct World {
    pub options: Options,
    pub database: Database,
    pub config: Config,
    pub ssp: Option<Running>,
}

/// A signed-in user.
pub struct User {
    pub database: Database,
    pub token: String,
}

impl World {
    /// Makes the definitions, then starts a processor and waits until it is ready.
    pub async fn start(schema: &str) -> World {
        World::start_with(schema, |_| {}).await
    }

    pub async fn start_with(schema: &str, change: impl FnOnce(&mut Config)) -> World {
        let mut world = World::without_ssp(schema).await;
        change(&mut world.config);
        world.up().await;
        world
    }

    pub async fn without_ssp(schema: &str) -> World {
        World::on(fresh().await, schema).await
    }

    /// On a database that there is.
    pub async fn on(options: Options, schema: &str) -> World {
        logs();
        let database = Database::connect(options.clone()).await.unwrap();
        database.query(schema, vars([])).await.unwrap();
        let (listen, own) = ("127.0.0.1:0".into(), options.clone());
        let mut config = Config { listen, database: own, ..Config::default() };
        config.capture.overlap = Duration::from_millis(200);
        config.capture.schema_poll = Duration::from_millis(100);
        World { options, database, config, ssp: None }
    }

    /// Starts the processor.
    pub async fn up(&mut self) {
        let ssp = ssp::start(self.config.clone()).await.unwrap();
        ssp.ready().await.unwrap();
        self.ssp = Some(ssp);
    }

    /// Ends it, in order.
    pub async fn down(&mut self) {
        self.ssp.take().expect("it runs").stop().await;
    }

    /// Runs statements as the system; the last one's result.
    pub async fn run(&self, text: &str) -> Value {
        let mut results = self.database.repeat(text, vars([])).await.unwrap();
        results.pop().unwrap_or_default()
    }

    /// Waits until everything before is visible: by a mark, never by sleeping.
    pub async fn settle(&self) {
        let asker = "test";
        let n = surreal::mark::raise(&self.database, asker).await.unwrap();
        let wait = surreal::mark::wait(&self.database, asker, n, Duration::from_secs(30));
        match wait.await.unwrap() {
            true => {}
            false => panic!("the mark did not come"),
        }
    }

    pub async fn sign_up(&self, name: &str) -> User {
        let mut params = Object::new();
        params.insert("name", name);
        let token = self.database.sign_up("account", params).await.unwrap();
        User { database: self.database.as_user(&token).await.unwrap(), token }
    }

    /// One row a line, of a query that the system asks.
    pub async fn rows(&self, query: &str) -> Vec<String> {
        lines(self.run(query).await)
    }

    pub async fn get(&self, path: &str) -> (u16, Json) {
        get(self.ssp.as_ref().expect("it runs").addr, path).await
    }

    pub async fn post(&self, path: &str, body: Json) -> (u16, Json) {
        let request = reqwest::Client::new().post(self.url(path)).json(&body);
        answer(request.send().await.unwrap()).await
    }

    /// Posts with a bearer's token.
    pub async fn post_as(&self, token: &str, path: &str, body: Json) -> (u16, Json) {
        let request = reqwest::Client::new().post(self.url(path)).bearer_auth(token).json(&body);
        answer(request.send().await.unwrap()).await
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.ssp.as_ref().expect("it runs").addr)
    }
}

/// Asks whoever listens at an address.
pub async fn get(addr: SocketAddr, path: &str) -> (u16, Json) {
    answer(reqwest::get(format!("http://{addr}{path}")).await.unwrap()).await
}

pub async fn answer(response: reqwest::Response) -> (u16, Json) {
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Json::Null))
}

impl User {
    /// Registers a view as a client does: what conflicts, because its row is being written, is said again.
    pub async fn register(&self, id: &str, surql: &str, params: &str) {
        self.register_for(id, surql, params, "c1").await;
    }

    pub async fn register_for(&self, id: &str, surql: &str, params: &str, client: &str) {
        let call = format!(
            "fn::query::register({{ id: $id, surql: $surql, params: {params}, clientId: $client }})"
        );
        let told = vars([
            ("id", Value::String(id.into())),
            ("surql", Value::String(surql.into())),
            ("client", Value::String(client.into())),
        ]);
        self.database.repeat(&call, told).await.unwrap();
    }

    /// Runs statements as this user; the last one's result.
    pub async fn run(&self, text: &str) -> Value {
        let mut results = self.database.repeat(text, vars([])).await.unwrap();
        results.pop().unwrap_or_default()
    }

    /// The edges that he sees in his own table, `view record`, sorted.
    pub async fn edges(&self) -> Vec<String> {
        let told = self.run("SELECT in, out FROM type::table(fn::query::table())").await;
        let Value::Array(rows) = told else { panic!("{told:?}") };
        let id = |value: &Value| value.to_sql();
        let mut edges: Vec<String> = rows
            .iter()
            .map(|row| match row {
                Value::Object(row) => {
                    let view = id(&row["in"]);
                    format!("{} {}", view.trim_start_matches("_00_query:"), id(&row["out"]))
                }
                other => panic!("{other:?}"),
            })
            .collect();
        edges.sort();
        edges
    }

    /// What the row of his view says.
    pub async fn state(&self, id: &str) -> String {
        let told = self.run(&format!("fn::query::state('{id}')")).await;
        let Value::Object(told) = told else { panic!("{told:?}") };
        let text = |field: &str| match told.get(field) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Object(error)) => error["code"].to_sql().trim_matches('\'').to_owned(),
            Some(Value::None) | None => String::new(),
            Some(other) => other.to_sql(),
        };
        format!("{} {} {}", text("state"), text("rowCount"), text("error")).trim().to_owned()
    }
}

/// With RUST_LOG set, a failing test shows what the processors said.
fn logs() {
    use service::config::kind::{LogFilter, LogFormat, Setting};
    if let Some(filter) = std::env::var("RUST_LOG").ok().as_deref().and_then(LogFilter::parse) {
        let _ = service::telemetry::install(&filter, LogFormat::Text, None);
    }
}

pub fn lines(value: Value) -> Vec<String> {
    match value {
        Value::Array(rows) => Array::into_vec(rows).iter().map(ToSql::to_sql).collect(),
        other => vec![other.to_sql()],
    }
}

/// Waits until something holds that no mark tells of.
pub async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    for _ in 0..1_000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never: {what}");
}

/// Says how to reach a new database of a server.
pub async fn new_database(server: SocketAddr, name: String) -> Options {
    let options = Options {
        ws: format!("ws://{server}"),
        ns: "test".into(),
        db: name,
        user: ROOT.into(),
        pass: ROOT.into(),
    };
    let database = Database::connect(options.clone()).await.unwrap();
    let text = format!(
        "DEFINE NAMESPACE IF NOT EXISTS test; DEFINE DATABASE IF NOT EXISTS {}",
        options.db
    );
    database.query(&text, vars([])).await.unwrap();
    options
}

/// Says how to reach a new, empty database of the server that all tests share.
async fn fresh() -> Options {
    static SHARED: OnceLock<database_server::Running> = OnceLock::new();
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let server = SHARED.get_or_init(|| database_server::Running::start("memory"));
    new_database(server.address(), format!("t{number}")).await
}
