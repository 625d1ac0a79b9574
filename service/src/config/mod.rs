//! Configuration in layers: defaults, `sp00ky.yml`, environment, flags.
//!
//! # Invariants
//! - Every value knows where it came from; all errors are reported at once, and nothing starts with one.
//! - A key in the file that nobody knows is an error; an unknown `SPKY_…` variable that is nearly one of ours, a
//!   warning.
//! - A section is declared once ([`sections`]): struct, keys, variables, defaults and documentation cannot disagree.

mod address;
mod apps;
mod collector;
mod invalid;
pub mod kind;
mod layers;
mod reader;
mod section;
pub mod sections;
mod unknown;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use apps::{App, AppKind, Method};
pub use invalid::{Errors, Invalid, Origin};
pub use layers::Sources;
pub use reader::InForce;
pub use section::Key;
pub use sections::{Capture, Database, Project, Ssp, keys};
pub use unknown::nearest;

use kind::{Endpoint, Setting};

/// Everything that is configured.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The whole project.
    pub project: Project,
    /// The database.
    pub database: Database,
    /// Where the database's WebSocket is, whether it was said or derived.
    pub database_ws: String,
    /// Whoever captures.
    pub capture: Capture,
    /// One processor.
    pub ssp: Ssp,
    /// The applications, by name.
    pub apps: BTreeMap<String, App>,
    /// Every setting with its value and origin, private ones masked.
    pub in_force: Vec<InForce>,
    /// What looks wrong and is no error.
    pub warnings: Vec<String>,
}

/// Reads the layers; reports everything that is wrong with them.
pub fn load(sources: &Sources) -> Result<Settings, Errors> {
    let mut errors = Vec::new();
    let layers = layers::merge(sources, &mut errors);
    let apps = apps::read(&layers, &mut errors);
    let mut reader = reader::Reader::new(&layers);
    let project = Project::read(&mut reader);
    let database = Database::read(&mut reader);
    let capture = Capture::read(&mut reader);
    let ssp = Ssp::read(&mut reader);
    errors.append(&mut reader.errors);
    let database_ws = web_socket(&database, &mut errors);
    if !errors.is_empty() {
        return Err(Errors(errors));
    }
    let in_force = reader.in_force;
    let warnings = unknown::variables(sources.variables.keys());
    Ok(Settings { project, database, database_ws, capture, ssp, apps, in_force, warnings })
}

/// Returns what is configured where nobody says anything.
pub fn load_defaults() -> Settings {
    let nothing = Sources { without_file: true, ..Sources::default() };
    load(&nothing).expect("the defaults are valid")
}

/// Returns the WebSocket: as said, else derived from the URL, else the default.
fn web_socket(database: &Database, errors: &mut Vec<Invalid>) -> String {
    match (&database.ws, &database.endpoint) {
        (Some(ws), Some(url)) if !ws.agrees(url) => {
            errors.push(Invalid(format!(
                "SPKY_DB_WS={} and SPKY_DB_URL={} are different servers: leave one of them out",
                ws.print(),
                url.print(),
            )));
            ws.ws()
        }
        (Some(endpoint), _) | (None, Some(endpoint)) => endpoint.ws(),
        (None, None) => {
            let default = Endpoint::parse("ws://127.0.0.1:8000");
            default.expect("the default is an endpoint").ws()
        }
    }
}
