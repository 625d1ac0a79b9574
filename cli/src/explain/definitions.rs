//! Where the table definitions come from.
//!
//! A folder of .surql files is given to a database of its own, in memory: nobody else reads DEFINE as it is meant.

use std::path::Path;

use surreal::{Database, schema as definitions};
use view::catalog::Catalog;

use crate::args::Explain;
use crate::connection::{self, Site};
use crate::failure::{Exit, Failure};
use crate::processor::Ssp;
use crate::server::{self, Embedded};
use crate::{schema, settings};

/// Reads the definitions, `None` if there are to be none; with the SSP that follows the database which they are of.
pub async fn read(args: &Explain) -> Result<(Option<Catalog>, Option<Ssp>), Failure> {
    if args.no_schema {
        return Ok((None, None));
    }
    if let Some(directory) = &args.schema {
        let project = settings::project(args.site.target.config.as_deref(), Vec::new())?;
        let catalog = Box::pin(of_folder(directory, &project.captured())).await?;
        return Ok((Some(catalog), None));
    }
    // No SSP need be there: it only tells which database it follows.
    let site = Site::find(&args.site).await?;
    let database = site.database().await.map_err(|failure| {
        let elsewhere = "--schema DIR takes the definitions from .surql files, --no-schema knows \
            none; `spky dev` runs a database here";
        Failure::new(failure.exit, failure.message).hint(elsewhere)
    })?;
    let catalog = of_database(&database, &site.project.captured()).await?;
    let ssp = site.is_followed().is_ok().then_some(site.ssp);
    Ok((Some(catalog), ssp))
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
    let database = server.empty_database("explain").await.map_err(connection::lost)?;
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
