//! Where the table definitions come from.
//!
//! A folder of .surql files is given to a database of its own, in memory: nobody else reads DEFINE as it is meant.

use std::path::Path;

use surreal::{Database, Options, schema as definitions};
use view::catalog::Catalog;

use crate::args::Explain;
use crate::failure::{Exit, Failure};
use crate::processor::{self, Ssp};
use crate::server::{self, Embedded};
use crate::{schema, settings};

/// Reads the definitions; `None` if there are to be none.
pub async fn read(args: &Explain) -> Result<Option<Catalog>, Failure> {
    if args.no_schema {
        return Ok(None);
    }
    let project = settings::project(args.target.config.as_deref(), Vec::new())?;
    let capture = project.settings.capture;
    let captured = definitions::Settings {
        exclude: capture.exclude.0.into_iter().collect(),
        computed: capture.computed.0.into_iter().collect(),
    };
    if let Some(directory) = &args.schema {
        return Box::pin(of_folder(directory, &captured)).await.map(Some);
    }
    // Nobody need be there: it only tells which database it follows.
    let ssp = Ssp::at(processor::DEFAULT, None).about().await.ok();
    let options = settings::database(&args.target, ssp.as_ref())?;
    let database = settings::connect(options).await.map_err(|failure| {
        let elsewhere = "--schema DIR takes the definitions from .surql files, --no-schema knows \
            none; `spky dev` runs a database here";
        Failure::new(failure.exit, failure.message).hint(elsewhere)
    })?;
    of_database(&database, &captured).await.map(Some)
}

async fn of_database(
    database: &Database,
    captured: &definitions::Settings,
) -> Result<Catalog, Failure> {
    let read = definitions::read(database, captured).await;
    let schema = read.map_err(|error| {
        Failure::new(Exit::Unavailable, format!("read the definitions: {error}"))
    })?;
    Ok(schema.catalog)
}

async fn of_folder(directory: &Path, captured: &definitions::Settings) -> Result<Catalog, Failure> {
    let files = schema::read(directory)?;
    let server = Embedded::start(&server::Options::memory()).await;
    let server = server.map_err(|error| Failure::new(Exit::Unavailable, error.to_string()))?;
    let options = Options {
        ws: server.ws(),
        ns: "explain".to_owned(),
        db: "explain".to_owned(),
        user: server::USER.to_owned(),
        pass: server::PASS.to_owned(),
    };
    let database = settings::connect(options).await?;
    let applied = schema::apply(&database, &files).await;
    let applied = applied.map_err(|error| Failure::new(Exit::Unavailable, error.to_string()))?;
    if let Some(mistake) = applied.mistakes.first() {
        let failure = Failure::new(Exit::Config, mistake.to_string());
        return Err(Failure { hint: mistake.hint.clone(), ..failure });
    }
    let catalog = of_database(&database, captured).await;
    drop(database);
    server.stop().await;
    catalog
}
