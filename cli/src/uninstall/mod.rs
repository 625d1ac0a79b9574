//! `spky uninstall`: takes everything of ours off the database again.
//!
//! # Invariants
//! - While an SSP's records move nothing is touched: it would find its tables gone, and make them again.
//! - Nothing goes that is not ours, and no row of the application's changes.

use std::process::ExitCode;

use serde_json::{Value, json};
use surreal::Database;
use surreal::meta::{self, Inventory, Removal};
use surreal::writer::{self, Other, PATIENCE};

use crate::args::Uninstall;
use crate::connection::{Site, lost};
use crate::failure::{Exit, Failure};
use crate::running::{self, Refusal};
use crate::screen::{self, DIM, GREEN, Rows, YELLOW};

const REFUSAL: Refusal = Refusal {
    because: "it would put back what is taken off",
    advice: "stop it first; --force closes its writer, but an SSP that goes on takes over again",
};

/// Uninstalls, or says what would go.
pub async fn run(args: &Uninstall) -> Result<ExitCode, Failure> {
    let site = Site::find(&args.site).await?;
    let database = site.database().await?;
    let inventory = Inventory::read(&database).await.map_err(lost)?;
    let removal = Removal::of(&inventory);
    if removal.is_empty() {
        show(args, &site, &removal, "nothing of sp00ky's stands in");
        return Ok(ExitCode::SUCCESS);
    }
    if args.dry_run {
        show(args, &site, &removal, "would be taken off");
        return Ok(ExitCode::SUCCESS);
    }
    make_sure_that_nobody_writes(&database, &inventory, args.force).await?;
    let removed = Box::pin(meta::uninstall(&database)).await;
    let removed = removed.map_err(|error| Failure::from_install(&error))?;
    nothing_is_left(&database).await?;
    show(args, &site, &removed, "taken off");
    Ok(ExitCode::SUCCESS)
}

/// Returns once nobody writes: at once where all writers are closed, else when none of them moved for long enough.
async fn make_sure_that_nobody_writes(
    database: &Database,
    inventory: &Inventory,
    force: bool,
) -> Result<(), Failure> {
    let open = running::open(database, inventory).await?;
    if !force {
        return running::refuse(database, &open, PATIENCE, &REFUSAL).await;
    }
    for Other { incarnation, owner, .. } in &open {
        writer::close(database, incarnation, "spky-uninstall").await.map_err(lost)?;
        screen::note(format_args!("{YELLOW}closed{YELLOW:#} the writer of {owner}"));
    }
    Ok(())
}

/// Looks again: who came in between has put it back.
async fn nothing_is_left(database: &Database) -> Result<(), Failure> {
    let left = Removal::of(&Inventory::read(database).await.map_err(lost)?);
    if left.is_empty() {
        return Ok(());
    }
    let left = left.tables.iter().chain(&left.functions).cloned().collect::<Vec<_>>().join(", ");
    Err(Failure::new(Exit::Difference, format!("somebody put it back meanwhile: {left}"))
        .hint("stop the SSP of this database, then uninstall again"))
}

fn show(args: &Uninstall, site: &Site, removal: &Removal, what: &str) {
    if args.json {
        screen::result(printed(args, removal));
        return;
    }
    if removal.is_empty() {
        return screen::note(format_args!("{what} {}", site.shown()));
    }
    let mut rows = Rows::default();
    for (table, event) in &removal.events {
        rows.add("event", format!("{event} on {table}"));
    }
    removal.feeds.iter().for_each(|table| rows.add("feed", format!("of {table}")));
    removal.functions.iter().for_each(|name| rows.add("function", format!("fn::{name}")));
    removal.tables.iter().for_each(|name| rows.add("table", name.clone()));
    screen::text(rows);
    let colour = if args.dry_run { YELLOW } else { GREEN };
    let rest = "rows and the application's own feeds are as they were";
    screen::note(format_args!("{colour}{what}{colour:#} {}  {DIM}{rest}{DIM:#}", site.shown()));
}

fn printed(args: &Uninstall, removal: &Removal) -> Value {
    let events = removal.events.iter();
    let events: Vec<Value> =
        events.map(|(table, event)| json!({ "table": table, "event": event })).collect();
    json!({
        "removed": !args.dry_run, "events": events, "feeds": removal.feeds,
        "functions": removal.functions, "tables": removal.tables,
    })
}
