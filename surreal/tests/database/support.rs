//! Servers for tests: one in memory that all share, and private ones that can be killed.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use database_server::{ROOT, Running};
use surreal::{Database, Options};

/// A running server; it dies with its handle.
pub struct Server(Running);

impl Server {
    /// Starts one on a free port: `memory`, or `surrealkv://DIR`.
    pub async fn start(storage: &str) -> Server {
        let storage = storage.to_owned();
        Server(tokio::task::spawn_blocking(move || Running::start(&storage)).await.unwrap())
    }

    /// Kills it as `kill -9` does.
    pub fn kill(&mut self) {
        self.0.kill();
    }

    /// Starts it again, where it was; others go on meanwhile.
    pub async fn restart(&mut self) {
        self.0.begin_again();
        while !self.0.is_ready() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Starts it again with a clock of its own (`-1h`), or the true one.
    pub fn restart_at(&mut self, clock: Option<&str>) {
        self.0.restart_at(clock);
    }

    /// Says how to reach a database of it.
    pub fn options(&self, db: &str) -> Options {
        Options {
            ws: format!("ws://{}", self.0.address()),
            ns: "test".into(),
            db: db.into(),
            user: ROOT.into(),
            pass: ROOT.into(),
        }
    }
}

/// Says how to reach a new, empty database of the server that all tests of this binary share.
pub async fn fresh() -> Options {
    static SHARED: tokio::sync::OnceCell<Server> = tokio::sync::OnceCell::const_new();
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let shared = SHARED.get_or_init(|| Server::start("memory")).await;
    let options = shared.options(&format!("t{number}_{}", std::process::id()));
    let database = Database::connect(options.clone()).await.unwrap();
    let text = format!(
        "DEFINE NAMESPACE IF NOT EXISTS test; DEFINE DATABASE IF NOT EXISTS {}",
        options.db
    );
    database.query(&text, surreal::vars([])).await.unwrap();
    options
}
