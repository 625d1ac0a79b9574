//! The database that a project stands on: our own, or somebody else's.
//!
//! # Invariants
//! - Somebody else's is never started, stopped, made or emptied: what is not there is refused.
//! - No SSP that is running is superseded.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use service::config::kind::Endpoint;
use surreal::meta::Inventory;
use surreal::writer::TOUCH_EVERY;
use surreal::{Database, Options, names};

use crate::args::Dev;
use crate::connection::{self, lost};
use crate::failure::{Exit, Failure};
use crate::running::{self, Refusal};
use crate::server::{self, Embedded, Program, Storage};
use crate::settings::Project;

/// A running SSP moves its records once in this time.
const MOVES_WITHIN: Duration = TOUCH_EVERY.saturating_add(Duration::from_secs(2));

const REFUSAL: Refusal = Refusal {
    because: "one more would supersede it",
    advice: "use that one, with `spky watch` and `spky status`, or stop it first",
};

/// The database's server.
pub enum Ground {
    /// Started here, and stopped with the project.
    Own(Embedded),
    /// Somebody else's: where it is, for clients of HTTP and of WebSockets.
    Theirs {
        /// `http://…`
        http: String,
        /// `ws://…/rpc`
        ws: String,
    },
}

impl Ground {
    /// Starts our own server, with the project's namespace and database in it.
    pub async fn own(args: &Dev, project: &Project) -> Result<(Ground, Database), Failure> {
        let storage = args.data.clone().map_or(Storage::Memory, Storage::Directory);
        let options = server::Options { program: Program::Itself, storage, port: args.port };
        let server = Embedded::start(&options).await.map_err(|error| match error {
            server::Error::PortTaken { port } => super::stage::taken(port, "--port"),
            error => Failure::new(Exit::Unavailable, error.to_string()),
        })?;
        let database = &project.settings.database;
        let options = Options {
            ws: server.ws(),
            ns: database.namespace.clone(),
            db: database.database.clone(),
            user: server::USER.to_owned(),
            pass: server::PASS.to_owned(),
        };
        let database = Box::pin(define(options)).await?;
        Ok((Ground::Own(server), database))
    }

    /// Connects to somebody else's server, in which namespace and database exist.
    pub async fn theirs(project: &Project) -> Result<(Ground, Database), Failure> {
        let settings = &project.settings;
        let options = Options {
            ws: settings.database_ws.clone(),
            ns: settings.database.namespace.clone(),
            db: settings.database.database.clone(),
            user: settings.database.username.clone(),
            pass: settings.database.password.reveal().to_owned(),
        };
        let database = connection::connect(options).await?;
        let inventory = Inventory::read(&database).await.map_err(lost)?;
        let open = running::open(&database, &inventory).await?;
        running::refuse(&database, &open, MOVES_WITHIN, &REFUSAL).await?;
        let http = settings.database.endpoint.as_ref().map(Endpoint::http).unwrap_or_default();
        Ok((Ground::Theirs { http, ws: settings.database_ws.clone() }, database))
    }

    /// Whether it is somebody else's.
    pub fn is_theirs(&self) -> bool {
        matches!(self, Ground::Theirs { .. })
    }

    /// `http://127.0.0.1:port`.
    pub fn http(&self) -> String {
        match self {
            Ground::Own(server) => server.http(),
            Ground::Theirs { http, .. } => http.clone(),
        }
    }

    /// `ws://127.0.0.1:port/rpc`.
    pub fn ws(&self) -> String {
        match self {
            Ground::Own(server) => server.ws(),
            Ground::Theirs { ws, .. } => ws.clone(),
        }
    }

    /// Waits until our own server ends by itself: it should not. Somebody else's is the SSP's to miss.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        match self {
            Ground::Own(server) => server.ended().await,
            Ground::Theirs { .. } => std::future::pending().await,
        }
    }

    /// Stops our own server.
    pub async fn down(self) {
        if let Ground::Own(server) = self {
            server.stop().await;
        }
    }
}

async fn define(options: Options) -> Result<Database, Failure> {
    let [ns, db] = [&options.ns, &options.db].map(|name| names::quoted(name));
    let database = Database::connect(options).await.map_err(lost)?;
    let text = format!("DEFINE NAMESPACE IF NOT EXISTS {ns}; DEFINE DATABASE IF NOT EXISTS {db}");
    database.query(&text, surreal::vars([])).await.map_err(lost)?;
    Ok(database)
}
