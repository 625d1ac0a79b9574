//! `spky status`: how the database and its SSP are, on one screen.
//!
//! # Invariants
//! - Whatever cannot be asked is said where it would stand; everything else is shown all the same.
//! - The exit code is 0 only if the SSP is ready, 1 while it is not, 69 where it or the database does not answer.

mod print;

use std::process::ExitCode;

use protocol::wire::{Audit, Health, Info, Status as Phase};
use surreal::meta::Inventory;
use surreal::query_row::Census;

use crate::args::Status;
use crate::connection::{Site, lost};
use crate::failure::{Exit, Failure};
use crate::screen;

/// Troubled views that are named; the rest is counted.
const TROUBLED_SHOWN: usize = 5;

/// Shows it.
pub async fn run(args: &Status) -> Result<ExitCode, Failure> {
    let site = Site::find(&args.site).await?;
    let present = Present::look(&site).await;
    if args.json {
        screen::result(present.json());
    } else {
        present.print();
    }
    Ok(match (&present.health, &present.database) {
        (Ok(_), Ok(_)) if present.is_ready() => ExitCode::SUCCESS,
        (Ok(_), Ok(_)) => ExitCode::from(Exit::Difference as u8),
        (Err(_), _) | (_, Err(_)) => ExitCode::from(Exit::Unavailable as u8),
    })
}

/// What there is to be shown.
struct Present {
    /// The database as it is named.
    named: String,
    database: Result<Told, Failure>,
    ssp_url: String,
    about: Result<Info, Failure>,
    health: Result<Health, Failure>,
    /// What its auditor has gone over; nothing where nobody may ask.
    audit: Option<Audit>,
}

/// What the database says.
struct Told {
    version: String,
    inventory: Inventory,
    census: Census,
}

impl Present {
    async fn look(site: &Site) -> Present {
        Present {
            named: site.shown(),
            database: Box::pin(ask(site)).await,
            ssp_url: site.ssp.url().to_owned(),
            about: site.about.clone(),
            health: site.ssp.health().await,
            audit: site.ssp.audit().await.ok(),
        }
    }

    /// Whether every view is maintained, as far as the SSP knows, and the database answers.
    fn is_ready(&self) -> bool {
        let ready = self.health.as_ref().is_ok_and(|health| health.status == Phase::Ready);
        ready && self.database.is_ok()
    }
}

async fn ask(site: &Site) -> Result<Told, Failure> {
    let database = site.database().await?;
    let version = database.version().await.map_err(lost)?;
    let inventory = Inventory::read(&database).await.map_err(lost)?;
    let registrations = inventory.tables.contains_key(surreal::names::QUERY);
    let census = match registrations {
        true => Census::take(&database, TROUBLED_SHOWN).await.map_err(lost)?,
        false => Census::default(),
    };
    Ok(Told { version, inventory, census })
}
