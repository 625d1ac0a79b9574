//! A small forum whose queries are live: what an application on Sp00ky looks like.
//!
//! Two users sign up, follow their own table by LIVE, register three queries each, and print what the database tells
//! them while others write. Nothing here is Sp00ky's: it is SurrealDB's own client and three function calls.

mod board;
mod client;
mod line;
mod writer;

use std::env;
use std::time::Duration;

use surrealdb::Surreal;
use surrealdb::engine::remote::ws::{Client, Ws};
use surrealdb::opt::auth::Root;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Where the database is: `spky dev` gives these variables to every app.
struct Settings {
    address: String,
    namespace: String,
    database: String,
    user: String,
    pass: String,
}

impl Settings {
    fn read() -> Settings {
        let read =
            |name: &str, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());
        let ws = read("SPKY_DB_WS", "ws://127.0.0.1:8666/rpc");
        let address = ws.trim_start_matches("ws://").trim_end_matches("/rpc").to_owned();
        Settings {
            address,
            namespace: read("SPKY_DB_NS", "examples"),
            database: read("SPKY_DB_NAME", "threads"),
            user: read("SPKY_DB_USER", "root"),
            pass: read("SPKY_DB_PASS", "root"),
        }
    }

    /// Opens a socket, as nobody yet.
    async fn connect(&self) -> surrealdb::Result<Surreal<Client>> {
        let client = Surreal::new::<Ws>(self.address.as_str()).await?;
        client.use_ns(self.namespace.as_str()).use_db(self.database.as_str()).await?;
        Ok(client)
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let settings = Settings::read();
    let service = settings.connect().await?;
    let (username, password) = (settings.user.clone(), settings.pass.clone());
    service.signin(Root { username, password }).await?;

    line::note("load 300 threads and 600 comments");
    board::load(&service).await?;

    let mut clients = Vec::new();
    for name in ["ann", "bob"] {
        line::note(&format!(
            "{name} signs up, follows a table of their own, registers three queries"
        ));
        clients.push(client::Client::sign_up(&settings, name).await?);
    }
    let clock = line::Clock::default();
    for client in &mut clients {
        client.register_queries().await?;
        client.follow(&clock)?;
    }
    line::note("and now writes; each line below them came over LIVE\n");
    let writing = writer::write(&service, &clients, &clock);
    tokio::select! {
        ended = writing => ended?,
        () = time_is_up() => {}
        interrupted = end_asked() => interrupted?,
    }
    line::note(&clock.summary());
    Ok(())
}

/// Waits DEMO_SECONDS, or for ever.
async fn time_is_up() {
    match env::var("DEMO_SECONDS").ok().and_then(|seconds| seconds.parse().ok()) {
        Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
        None => std::future::pending().await,
    }
}

async fn end_asked() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}
