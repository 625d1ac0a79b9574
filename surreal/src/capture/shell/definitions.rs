//! Reads the definitions: at intervals, and at once when asked. Feeds are put back before they are told (M5, M6), and from
//! the moment in which changed ones are read, whoever writes edges can know that they are.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use tracing::field::Empty;
use tracing::{Instrument, info_span};

use super::super::core::Input;
use super::Desk;
use crate::connection::Database;
use crate::error::Error;
use crate::meta::{InstallError, announce, feed};
use crate::schema::{self, Schema};

/// The poll is O(tables): it may take this share of the time.
const SHARE: u32 = 20;

pub(super) async fn run(desk: Desk, database: Database, wanted: Arc<Notify>) {
    let mut taken = Duration::ZERO;
    let mut known = Known::default();
    loop {
        let asked = Instant::now();
        match read(&desk, &database, &mut known).await {
            Ok(defined) => {
                taken = asked.elapsed();
                if !desk.bring(defined).await {
                    return;
                }
            }
            Err(error) => tracing::warn!(%error, "the definitions cannot be read"),
        }
        let interval = desk.options.schema_poll.max(taken * SHARE);
        desk.vitals.polls_every(interval);
        tokio::select! {
            () = sleep(interval) => {}
            () = wanted.notified() => {}
            () = desk.results.closed() => return,
        }
    }
}

/// What earlier readings found.
#[derive(Default)]
struct Known {
    /// The digest of those that were told.
    told: String,
    /// Tables whose feed is the application's own.
    theirs: BTreeSet<String>,
}

/// Reads, gives and takes feeds as they should be, and reads again what came of that.
async fn read(desk: &Desk, database: &Database, known: &mut Known) -> Result<Input, Error> {
    let mut given = Vec::new();
    loop {
        let began = desk.now();
        let span = info_span!("definitions", changed = Empty, otel.status_code = Empty);
        let read = changed_or_not(desk, database, &known.told).instrument(span.clone()).await;
        if read.is_err() {
            span.record("otel.status_code", "ERROR");
        }
        let schema = read?;
        let changed = schema.digest != known.told;
        span.record("changed", changed);
        drop(span);
        desk.vitals.definitions_read(&schema.digest);
        if !arrange(desk, database, &schema, &mut given, &mut known.theirs).await? {
            known.told.clone_from(&schema.digest);
            return Ok(Input::Defined { began, schema: Arc::new(schema), given });
        }
    }
}

/// Reads everything, where something differs from what was told; else what may differ the next time.
async fn changed_or_not(desk: &Desk, database: &Database, told: &str) -> Result<Schema, Error> {
    let settings = &desk.options.settings;
    if !told.is_empty() {
        let schema = schema::read_but_edge_tables(database, settings).await?;
        if schema.digest == told {
            return Ok(schema);
        }
    }
    schema::read(database, settings).await
}

/// Returns whether anything was changed.
async fn arrange(
    desk: &Desk,
    database: &Database,
    schema: &Schema,
    given: &mut Vec<String>,
    theirs: &mut BTreeSet<String>,
) -> Result<bool, Error> {
    let mut changed = false;
    for table in &schema.feedless {
        match feed::give(database, table, desk.options.retention).await {
            Ok(()) => given.push(table.clone()),
            // It went meanwhile: the next reading knows.
            Err(Error::Refused { message }) => tracing::debug!(table, message, "no feed given"),
            Err(error) => return Err(error),
        }
        changed = true;
    }
    if let Some(to) = desk.options.settings.way.announcing() {
        if !schema.eventless.is_empty() && !schema.versions {
            of_install(announce::install_versions(database).await)?;
            changed = true;
        }
        for table in &schema.eventless {
            match of_install(announce::put(database, table, to).await) {
                Ok(()) => {
                    given.push(table.clone());
                    changed = true;
                }
                Err(Error::Refused { message }) => tracing::warn!(table, message, "no event put"),
                Err(error) => return Err(error),
            }
        }
    }
    for table in &schema.announced_in_vain {
        of_install(announce::take(database, table).await)?;
        changed = true;
    }
    let announces = desk.options.settings.way.announcing().is_some();
    if schema.versions && !announces && schema.announced_in_vain.is_empty() {
        announce::remove_versions(database).await?;
        changed = true;
    }
    for table in schema.fed_in_vain.difference(&theirs.clone()) {
        if feed::take(database, table).await? {
            changed = true;
        } else {
            theirs.insert(table.clone());
        }
    }
    Ok(changed)
}

/// Where somebody else's definition stands under our name, the next reading tries again.
fn of_install<T>(outcome: Result<T, InstallError>) -> Result<T, Error> {
    outcome.map_err(|error| match error {
        InstallError::Database(error) => error,
        error => Error::Refused { message: error.to_string() },
    })
}
