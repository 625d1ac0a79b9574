//! What the apps stand on: the database and the SSP, started and stopped.

use std::net::{Ipv4Addr, TcpListener};

use protocol::Problem;
use service::Secret;
use service::config::kind::Address;
use surreal::Database;

use super::ground::Ground;
use crate::args::Dev;
use crate::connection::lost;
use crate::doctor::additions::{Additions, Scene};
use crate::failure::{Exit, Failure};
use crate::schema::{self, Applied, File};
use crate::settings::Project;

/// The database with its namespace, and the SSP once it was started.
pub struct Stage {
    ground: Ground,
    database: Database,
    ssp: Option<ssp::Running>,
    ssp_address: Address,
    secret: Option<Secret>,
}

impl Stage {
    /// Starts the database, or finds the one that is meant, and selects the project's namespace and database in it.
    pub async fn up(args: &Dev, project: &Project) -> Result<Stage, Failure> {
        let ssp_address = Address { host: Ipv4Addr::LOCALHOST.to_string(), port: args.ssp_port };
        free(args.ssp_port, "--ssp-port")?;
        let (ground, database) = match args.db {
            Some(_) => Box::pin(Ground::theirs(project)).await?,
            None => Box::pin(Ground::own(args, project)).await?,
        };
        let secret = project.settings.ssp.auth_secret.clone();
        Ok(Stage { ground, database, ssp: None, ssp_address, secret })
    }

    /// Starts the SSP in this process and waits until it is ready.
    pub async fn start_ssp(&mut self, project: &Project) -> Result<(), Failure> {
        let mut config = ssp::Config::from_settings(&project.settings)
            .map_err(|errors| Failure::new(Exit::Config, errors.to_string()))?;
        config.listen = self.ssp_address.to_string();
        config.database = self.database.options().clone();
        let running = ssp::start(config).await;
        let running =
            running.map_err(|error| Failure::new(Exit::Unavailable, error.to_string()))?;
        let ready = running.ready().await;
        self.ssp = Some(running);
        ready.map_err(|problem| unavailable("start the SSP", problem))
    }

    /// Applies schema files.
    pub async fn apply(&self, files: &[File]) -> Result<Applied, Failure> {
        schema::apply(&self.database, files)
            .await
            .map_err(|error| Failure::new(Exit::Unavailable, format!("apply the schema: {error}")))
    }

    /// Lets the SSP read the definitions at once.
    pub async fn refresh(&self) {
        let url = format!("http://{}/schema/refresh", self.ssp_address);
        let mut asked = reqwest::Client::new().post(url);
        if let Some(secret) = &self.secret {
            asked = asked.bearer_auth(secret.reveal());
        }
        if let Err(error) = asked.send().await {
            // It polls them every second anyway.
            tracing::debug!(%error, "refresh the definitions");
        }
    }

    /// Waits until something of it ends that should not.
    pub async fn broken(&mut self) -> Failure {
        let failed = async {
            match &self.ssp {
                Some(ssp) => ssp.failed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            status = self.ground.ended() => {
                let how = status.map_or_else(|error| error.to_string(), |status| status.to_string());
                Failure::new(Exit::Unavailable, format!("the database ended: {how}"))
            }
            problem = failed => unavailable("the SSP cannot go on", problem),
        }
    }

    /// What an SSP is about to add to somebody else's database; of our own nobody asks.
    pub async fn additions(&self, project: &Project) -> Result<Option<Additions>, Failure> {
        if !self.ground.is_theirs() {
            return Ok(None);
        }
        let scene = Scene::look(project, &self.database).await.map_err(lost)?;
        Ok(Some(scene.additions))
    }

    /// The database's server.
    pub fn ground(&self) -> &Ground {
        &self.ground
    }

    /// The database, and as whom it is spoken to.
    pub fn options(&self) -> &surreal::Options {
        self.database.options()
    }

    /// Where the SSP listens.
    pub fn ssp_address(&self) -> &Address {
        &self.ssp_address
    }

    /// The variables that every app is given.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let options = self.database.options();
        vec![
            ("SPKY_ENV", "development".to_owned()),
            ("SPKY_DB_URL", self.ground.http()),
            ("SPKY_DB_WS", self.ground.ws()),
            ("SPKY_DB_NS", options.ns.clone()),
            ("SPKY_DB_NAME", options.db.clone()),
            ("SPKY_DB_USER", options.user.clone()),
            ("SPKY_DB_PASS", options.pass.clone()),
            ("SPKY_SSP_ADDR", self.ssp_address.to_string()),
            // There is no scheduler on one machine; an inherited one is not meant.
            ("SPKY_SCHEDULER_URL", String::new()),
        ]
    }

    /// Stops the SSP, which flushes, then the database if it is our own.
    pub async fn down(self) {
        if let Some(ssp) = self.ssp {
            ssp.stop().await;
        }
        drop(self.database);
        self.ground.down().await;
    }
}

fn unavailable(what: &str, problem: Problem) -> Failure {
    let message = format!("{what}: {problem}");
    Failure { exit: Exit::Unavailable, message, hint: problem.hint }
}

fn free(port: u16, flag: &str) -> Result<(), Failure> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map(drop).map_err(|_| taken(port, flag))
}

pub(super) fn taken(port: u16, flag: &str) -> Failure {
    Failure::new(Exit::Unavailable, format!("port {port} is taken, maybe by another `spky dev`"))
        .hint(format!("end it, or choose another port with {flag}"))
}
