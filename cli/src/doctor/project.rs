//! sp00ky.yml and the schema folder, judged without the database that they are meant for.

use std::time::Duration;

use surreal::schema::Schema;

use super::finding::{Finding, sign};
use crate::connection;
use crate::failure::{Exit, Failure};
use crate::schema::{self, Applied, File};
use crate::server::{self, Embedded};
use crate::settings::Project;

/// Below it, a large load or a night's outage can outlast the feed.
const RETENTION_MIN: Duration = Duration::from_secs(3_600);

/// Judges the settings.
pub(super) fn settings(project: &Project) -> Vec<Finding> {
    let mut found = Vec::new();
    if !project.has_file {
        let message = "there is no sp00ky.yml here: every setting has its default";
        found.push(
            Finding::note(sign::NO_PROJECT_FILE, message)
                .advice("copy sp00ky.yml.example, or name one with --config"),
        );
    }
    for warning in &project.settings.warnings {
        found.push(Finding::warning(sign::CONFIG_SUSPECT, warning.clone()));
    }
    if let Err(errors) = ssp::Config::from_settings(&project.settings) {
        let message = errors.to_string();
        found.push(Finding::error(
            Exit::Config,
            protocol::Code::ConfigInvalid.as_str(),
            message.replace('\n', "; "),
        ));
    }
    let retention = project.settings.capture.retention.0;
    if retention < RETENTION_MIN {
        let message = format!(
            "capture.retention is {} s: an SSP that is away longer, or loads for longer, has to \
             load every table again",
            retention.as_secs()
        );
        found.push(
            Finding::warning(sign::RETENTION_SHORT, message)
                .advice("keep the feed for at least an hour, better for days: 3d is the default"),
        );
    }
    found
}

/// The schema folder, as a database of its own understands it.
pub(super) struct Rehearsal {
    pub(super) found: Vec<Finding>,
    /// What it defines.
    pub(super) schema: Option<Schema>,
}

/// Applies the schema folder to an empty database in memory, twice.
pub(super) async fn folder(project: &Project) -> Result<Rehearsal, Failure> {
    let directory = project.directory.join(&project.settings.project.schema);
    if !directory.is_dir() {
        return Ok(Rehearsal { found: Vec::new(), schema: None });
    }
    let files = schema::read(&directory)?;
    if files.is_empty() {
        return Ok(Rehearsal { found: Vec::new(), schema: None });
    }
    let server = Embedded::start(&server::Options::memory()).await;
    let server = server.map_err(|error| Failure::new(Exit::Unavailable, error.to_string()))?;
    let rehearsed = Box::pin(rehearse(project, &server, &files)).await;
    server.stop().await;
    rehearsed
}

async fn rehearse(
    project: &Project,
    server: &Embedded,
    files: &[File],
) -> Result<Rehearsal, Failure> {
    let database = server.empty_database("doctor").await.map_err(connection::lost)?;
    let first = schema::apply(&database, files).await.map_err(connection::lost)?;
    let again = schema::apply(&database, files).await.map_err(connection::lost)?;
    let read = surreal::schema::read(&database, &project.captured()).await;
    let schema = read.map_err(connection::lost)?;
    Ok(Rehearsal { found: mistakes(&first, &again), schema: Some(schema) })
}

fn mistakes(first: &Applied, again: &Applied) -> Vec<Finding> {
    let refused = first.mistakes.iter().map(|mistake| {
        let found =
            Finding::error(Exit::Config, sign::SCHEMA_REFUSED, first_line(&mistake.to_string()));
        match &mistake.hint {
            Some(hint) => found.advice(hint.clone()),
            None => found,
        }
    });
    let once = again.mistakes.iter().filter(|mistake| !first.mistakes.contains(mistake));
    let once = once.map(|mistake| {
        let advice = mistake.hint.clone().unwrap_or_else(|| {
            "`spky dev` applies the folder at each start: say it so that it can be repeated"
                .to_owned()
        });
        let message = format!("applied again: {}", first_line(&mistake.to_string()));
        Finding::warning(sign::SCHEMA_NOT_REPEATABLE, message).advice(advice)
    });
    refused.chain(once).collect()
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
