//! `spky doctor`: what is wrong, what we would add to the database, and what to do.
//!
//! # Invariants
//! - Nothing is changed: what is tried (a definition, the schema folder) is tried in a transaction that is cancelled, or
//!   in a database of its own in memory.
//! - Everything that can be judged is judged: without a database, the schema folder stands in for it.

pub mod additions;
mod database;
pub mod finding;
mod ours;
mod processor;
mod project;
mod tables;

use std::process::ExitCode;

use protocol::Code;
use serde_json::{Value, json};
use surreal::writer::{self, Other};
use surreal::{Database, Error};

use crate::args::Doctor;
use crate::connection::{self, Site};
use crate::failure::{Exit, Failure};
use crate::screen::{self, BOLD, CYAN, DIM, GREEN, RED, YELLOW, counted};
use crate::settings::Project;

use additions::{Additions, Scene};
use finding::{Finding, Severity, sign};

/// Examines project, database and SSP.
pub async fn run(args: &Doctor) -> Result<ExitCode, Failure> {
    let report = match Site::find(&args.site).await {
        Ok(site) => Box::pin(examine(&site)).await?,
        // Nothing else can be looked at while it is not known what is meant.
        Err(failure) => Report {
            found: vec![of_configuration(&failure)],
            additions: None,
            named: "sp00ky.yml".to_owned(),
        },
    };
    if args.json {
        screen::result(report.json());
    } else {
        report.print();
    }
    Ok(report.exit())
}

/// What was found.
struct Report {
    found: Vec<Finding>,
    additions: Option<Additions>,
    named: String,
}

async fn examine(site: &Site) -> Result<Report, Failure> {
    let project = &site.project;
    let mut found = project::settings(project);
    let folder = match Box::pin(project::folder(project)).await {
        Ok(rehearsal) => {
            found.extend(rehearsal.found);
            rehearsal.schema
        }
        Err(failure) => {
            let message = failure.message.clone();
            found.push(Finding::error(failure.exit, sign::SCHEMA_REFUSED, message));
            None
        }
    };
    let (additions, writers) = match connect(site).await {
        Ok(Err(missing)) => {
            found.push(missing);
            (None, Vec::new())
        }
        Ok(Ok(database)) => match Box::pin(look(project, &database, &mut found)).await {
            Ok(looked) => (Some(looked.additions), looked.writers),
            Err(error) => {
                found.push(refused(&error));
                (None, Vec::new())
            }
        },
        Err(error) => {
            found.push(database::refused(&site.options.ws, &site.options.user, &error));
            (None, Vec::new())
        }
    };
    if let (None, Some(schema)) = (&additions, &folder) {
        found.extend(tables::judge(schema, &project.captured()));
    }
    found.extend(processor::judge(site, &writers).await);
    Ok(Report { found, additions, named: site.shown() })
}

/// Connects where there is something to connect to: what is not there is not made.
async fn connect(site: &Site) -> Result<Result<Database, Finding>, Error> {
    if let Some(missing) = Database::missing(&site.options).await? {
        let failure = connection::absent(&site.options, missing);
        let code = Code::DatabaseMissing.as_str();
        let found = Finding::error(Exit::Unavailable, code, failure.message);
        return Ok(Err(found.advice(failure.hint.unwrap_or_default())));
    }
    Database::connect(site.options.clone()).await.map(Ok)
}

struct Looked {
    additions: Additions,
    writers: Vec<Other>,
}

/// Looks at a database that lets us in.
async fn look(
    project: &Project,
    database: &Database,
    found: &mut Vec<Finding>,
) -> Result<Looked, Error> {
    let Scene { inventory, schema, additions } = Scene::look(project, database).await?;
    found.extend(database::judge(database).await?);
    found.extend(ours::judge(&inventory));
    found.extend(tables::judge(&schema, &project.captured()));
    let coming = additions.edge_tables.values().sum::<u64>();
    let tables = schema.catalog.tables.len() + schema.edge_tables.len();
    found.extend(ours::tables(tables, usize::try_from(coming).unwrap_or(usize::MAX)));
    let writes = inventory.tables.contains_key("_00_writer");
    let writers = if writes { writer::others(database).await? } else { Vec::new() };
    Ok(Looked { additions, writers })
}

fn refused(error: &Error) -> Finding {
    let code = match error {
        Error::Refused { .. } => Code::DatabaseRefused,
        _ => Code::DatabaseUnreachable,
    };
    Finding::error(Exit::Unavailable, code.as_str(), error.to_string())
}

fn of_configuration(failure: &Failure) -> Finding {
    let found = Finding::error(failure.exit, Code::ConfigInvalid.as_str(), failure.message.clone());
    match &failure.hint {
        Some(hint) => found.advice(hint.clone()),
        None => found,
    }
}

impl Report {
    fn print(&self) {
        screen::note(format_args!("{BOLD}{}{BOLD:#}", self.named));
        for Finding { severity, code, message, advice } in &self.found {
            let colour = match severity {
                Severity::Error(_) => RED,
                Severity::Warning => YELLOW,
                Severity::Note => DIM,
            };
            let word = severity.word();
            screen::result(format_args!(
                "{colour}{word:<8}{colour:#} {BOLD}{code}{BOLD:#}  {message}"
            ));
            if let Some(advice) = advice {
                screen::result(format_args!("         {CYAN}→{CYAN:#} {advice}"));
            }
        }
        match &self.additions {
            None => {}
            Some(additions) if additions.is_empty() => {
                screen::result(format_args!("\nall of sp00ky's stands in the database"));
            }
            Some(additions) => {
                screen::result(format_args!("\n{BOLD}would be added to the database{BOLD:#}"));
                screen::text(additions.rows());
            }
        }
        let colour = if self.count("error") > 0 { RED } else { GREEN };
        let errors = counted(self.count("error"), "error");
        let warnings = counted(self.count("warning"), "warning");
        screen::note(format_args!("\n{colour}{errors}, {warnings}{colour:#}"));
    }

    fn count(&self, word: &str) -> usize {
        self.found.iter().filter(|finding| finding.severity.word() == word).count()
    }

    fn json(&self) -> Value {
        json!({
            "database": self.named,
            "healthy": self.count("error") == 0,
            "findings": self.found.iter().map(Finding::json).collect::<Vec<_>>(),
            "wouldAdd": self.additions.as_ref().map(Additions::json),
        })
    }

    /// The exit code of the first error: it is what has to be mended first.
    fn exit(&self) -> ExitCode {
        let first = self.found.iter().find_map(|finding| match finding.severity {
            Severity::Error(exit) => Some(exit),
            Severity::Warning | Severity::Note => None,
        });
        first.map_or(ExitCode::SUCCESS, |exit| ExitCode::from(exit as u8))
    }
}
