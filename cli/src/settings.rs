//! What is configured, for the commands: flags over environment over sp00ky.yml over defaults.

use std::path::{Path, PathBuf};

use protocol::wire::Info;
use service::config::{self, Origin, Settings, Sources};
use surreal::Options;

use crate::args::Target;
use crate::failure::{Exit, Failure};

/// Where `spky dev` runs the database, and where the other commands look for it.
const DEV_DATABASE: &str = "ws://127.0.0.1:8666/rpc";

/// A project: its settings, and the directory that its paths are relative to.
pub struct Project {
    /// The settings.
    pub settings: Settings,
    /// The directory of sp00ky.yml; empty is the current one.
    pub directory: PathBuf,
    /// Whether there is a file at all.
    pub has_file: bool,
}

/// Reads a project's settings.
pub fn project(
    file: Option<&Path>,
    flags: Vec<(String, String, String)>,
) -> Result<Project, Failure> {
    let named = file.map(Path::to_path_buf);
    let variables = service::environment::variables();
    let said = named.clone().or_else(|| variables.get("SPKY_CONFIG").map(PathBuf::from));
    let path = said.unwrap_or_else(|| PathBuf::from("sp00ky.yml"));
    let directory = path.parent().unwrap_or_else(|| Path::new("")).to_path_buf();
    let settings = config::load(&Sources { file: named, variables, flags, ..Sources::default() })
        .map_err(|errors| Failure::new(Exit::Config, errors.to_string()))?;
    Ok(Project { settings, directory, has_file: path.exists() })
}

/// Returns the database that a command speaks to. What nobody set is as the SSP has it, so that a command beside a
/// `spky dev` works in every directory.
pub fn database(target: &Target, ssp: Option<&Info>) -> Result<Options, Failure> {
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
    let settings = project(target.config.as_deref(), flags.collect())?.settings;
    let as_the_ssp = |path: &str, variable: &str| {
        let set = settings.in_force.iter().find(|set| set.path == path)?;
        let unset = set.origin == Origin::Default;
        ssp.filter(|_| unset)?.env.get(variable).cloned()
    };
    let ns = as_the_ssp("surrealdb.namespace", "SPKY_DB_NS");
    let db = as_the_ssp("surrealdb.database", "SPKY_DB_NAME");
    let database = settings.database;
    let said = database.endpoint.is_some() || database.ws.is_some();
    Ok(Options {
        ws: if said { settings.database_ws } else { DEV_DATABASE.to_owned() },
        ns: ns.unwrap_or(database.namespace),
        db: db.unwrap_or(database.database),
        user: database.username,
        pass: database.password.reveal().to_owned(),
    })
}

/// Connects, and says what to do when nobody listens.
pub async fn connect(options: Options) -> Result<surreal::Database, Failure> {
    let at = options.ws.clone();
    surreal::Database::connect(options).await.map_err(|error| match error {
        surreal::Error::Refused { message } => {
            Failure::new(Exit::Unavailable, format!("the database at {at} refused: {message}"))
        }
        error => Failure::new(Exit::Unavailable, format!("connect to {at}: {error}"))
            .hint("`spky dev` runs a database and an SSP here; --db-url names another one"),
    })
}
