//! The database and the SSP that a command speaks to.
//!
//! # Invariants
//! - What nobody set is as the SSP has it, so that a command beside a `spky dev` works in every directory.
//!
//! # Absent on purpose
//! Nothing is started here, and nobody is made to wait for a server that is not there.

use protocol::wire::Info;
use service::config::Origin;
use service::config::kind::{Endpoint, Setting};
use surreal::{Database, Missing, Options};

use crate::args;
use crate::failure::{Exit, Failure};
use crate::processor::{self, Ssp};
use crate::settings::{self, Project};

/// Where `spky dev` runs the database, and where the other commands look for it.
const DEV_DATABASE: &str = "ws://127.0.0.1:8666/rpc";

/// Where things are.
pub struct Site {
    /// The project's settings, flags included.
    pub project: Project,
    /// The SSP.
    pub ssp: Ssp,
    /// What it says of itself, if it answers.
    pub about: Result<Info, Failure>,
    /// The database.
    pub options: Options,
}

impl Site {
    /// Reads the settings and asks the SSP whether it is there.
    pub async fn find(site: &args::Site) -> Result<Site, Failure> {
        let project = project(&site.target)?;
        let secret = project.settings.ssp.auth_secret.as_ref().map(|secret| secret.reveal());
        let secret = site.secret.as_deref().or(secret).map(str::to_owned);
        let ssp = Ssp::at(site.ssp.as_deref().unwrap_or(processor::DEFAULT), secret);
        let about = ssp.about().await;
        let options = options(&project, about.as_ref().ok());
        Ok(Site { project, ssp, about, options })
    }

    /// Connects to the database.
    pub async fn database(&self) -> Result<Database, Failure> {
        connect(self.options.clone()).await
    }

    /// Whether the SSP that answers follows the database that is meant.
    pub fn is_followed(&self) -> Result<(), Failure> {
        let info = self.about.clone()?;
        let its = |variable: &str| info.env.get(variable).cloned().unwrap_or_default();
        let (ns, db) = (its("SPKY_DB_NS"), its("SPKY_DB_NAME"));
        if ns == self.options.ns && db == self.options.db {
            return Ok(());
        }
        let Options { ns: own_ns, db: own_db, .. } = &self.options;
        let at = self.ssp.url();
        let message =
            format!("SSP {} at {at} follows {ns}/{db}, and {own_ns}/{own_db} is meant", info.id);
        Err(Failure::new(Exit::Unavailable, message)
            .hint("name the other SSP with --ssp, or the other database with --ns and --db"))
    }

    /// The database as it is shown: `test/test at ws://127.0.0.1:8666`.
    pub fn shown(&self) -> String {
        shown(&self.options)
    }
}

/// Names a database for whoever reads: namespace, name, address.
pub fn shown(options: &Options) -> String {
    let Options { ws, ns, db, .. } = options;
    format!("{ns}/{db} at {}", ws.trim_end_matches("/rpc"))
}

/// Reads the settings that a command's flags are part of.
fn project(target: &args::Target) -> Result<Project, Failure> {
    let given = [
        ("surrealdb.endpoint", &target.db_url, "--db-url"),
        ("surrealdb.namespace", &target.ns, "--ns"),
        ("surrealdb.database", &target.db, "--db"),
        ("surrealdb.username", &target.user, "--user"),
        ("surrealdb.password", &target.pass, "--pass"),
    ];
    let flags = given
        .into_iter()
        .filter_map(|(path, value, flag)| Some((path.to_owned(), value.clone()?, flag.to_owned())));
    settings::project(target.config.as_deref(), flags.collect())
}

fn options(project: &Project, ssp: Option<&Info>) -> Options {
    let settings = &project.settings;
    let as_the_ssp = |path: &str, variable: &str| {
        let set = settings.in_force.iter().find(|set| set.path == path)?;
        let unset = set.origin == Origin::Default;
        ssp.filter(|_| unset)?.env.get(variable).cloned()
    };
    let ns = as_the_ssp("surrealdb.namespace", "SPKY_DB_NS");
    let db = as_the_ssp("surrealdb.database", "SPKY_DB_NAME");
    let database = &settings.database;
    let said = database.endpoint.is_some() || database.ws.is_some();
    let its_url = ssp.and_then(|ssp| ssp.env.get("SPKY_DB_URL"));
    let its_ws = its_url.and_then(|url| Endpoint::parse(url)).map(|url| url.ws());
    let ws = match said {
        true => settings.database_ws.clone(),
        false => its_ws.unwrap_or_else(|| DEV_DATABASE.to_owned()),
    };
    Options {
        ws,
        ns: ns.unwrap_or_else(|| database.namespace.clone()),
        db: db.unwrap_or_else(|| database.database.clone()),
        user: database.username.clone(),
        pass: database.password.reveal().to_owned(),
    }
}

/// Connects, and says what to do when nobody listens. Nothing is made: a name that does not exist is refused.
pub async fn connect(options: Options) -> Result<Database, Failure> {
    let at = options.ws.clone();
    let refused = |error| match error {
        surreal::Error::Refused { message } => {
            Failure::new(Exit::Unavailable, format!("the database at {at} refused: {message}"))
        }
        error => Failure::new(Exit::Unavailable, format!("connect to {at}: {error}"))
            .hint("`spky dev` runs a database and an SSP here; --db-url names another one"),
    };
    if let Some(missing) = Database::missing(&options).await.map_err(refused)? {
        return Err(absent(&options, missing));
    }
    Database::connect(options).await.map_err(refused)
}

/// Says that a namespace or a database is not there.
pub fn absent(options: &Options, missing: Missing) -> Failure {
    let message = missing.problem(options).message;
    Failure::new(Exit::Unavailable, message).hint(
        "SPKY_DB_NS and SPKY_DB_NAME name them (or sp00ky.yml, --ns, --db); DEFINE DATABASE makes one",
    )
}

/// The database no longer answers, or refuses.
pub fn lost(error: surreal::Error) -> Failure {
    Failure::new(Exit::Unavailable, error.to_string())
}
