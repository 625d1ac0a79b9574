//! One look of the auditor: the feed since the floor, and rows of one table, in one transaction (mechanism M16).

use std::collections::BTreeSet;

use protocol::{Sighting, limits};
use surrealdb_types::{RecordId, RecordIdKey, Value};
use view::value::address::Address;

use super::super::core::{Input, Look, Looked, Place, Went};
use super::super::weight;
use super::Desk;
use super::pages::{self, record};
use super::seen::Seen;
use crate::connection::{Database, Transaction};
use crate::error::Error;
use crate::rows::unlike;

pub(super) async fn run(desk: Desk, database: Database, look: Look) {
    let (table, pass) = (look.table.clone(), look.pass);
    let outcome = match Box::pin(read(&desk, &database, &look)).await {
        Ok(went) => Some(went),
        Err(error) => {
            tracing::debug!(%error, table, "a look of the auditor failed");
            None
        }
    };
    desk.bring(Input::Audited(Looked { pass, outcome })).await;
}

async fn read(desk: &Desk, database: &Database, look: &Look) -> Result<Went, Error> {
    let transaction = database.transaction().await?;
    let entries = limits::FEED_PAGE_ENTRIES;
    let seen = Seen::read(&transaction, &look.table, look.floor, entries).await?;
    let looking = Looking { desk, look, seen: &seen, transaction: &transaction };
    let mut went = match &look.place {
        Place::Behind(key) => looking.page_on(key.clone()).await?,
        Place::At(records) => looking.find(records).await?,
    };
    transaction.cancel().await?;
    went.read += seen.entries;
    Ok(went)
}

struct Looking<'a> {
    desk: &'a Desk,
    look: &'a Look,
    seen: &'a Seen,
    transaction: &'a Transaction,
}

impl Looking<'_> {
    async fn page_on(&self, mut behind: Option<RecordIdKey>) -> Result<Went, Error> {
        let Looking { look, .. } = *self;
        let mut rows_max = limits::LOAD_FIRST_ROWS.min(look.rows);
        let mut read = 0;
        loop {
            let page = pages::page(self.transaction, &look.table, behind, rows_max).await?;
            let (count, asked) = (page.len(), rows_max);
            let last = page.last().and_then(record).map(|record| record.key.clone());
            let weighed = page.iter().map(weight::of).sum();
            let sightings = page.into_iter().filter_map(|row| self.sighting(row)).collect();
            self.tell(sightings).await;
            read += count;
            if count < asked || last.is_none() {
                return Ok(Went { rest: None, read });
            }
            if read >= look.rows {
                return Ok(Went { rest: last, read });
            }
            behind = last;
            let most = self.desk.options.page_rows.min(look.rows - read).max(1);
            rows_max = pages::rows_after(count, weighed, most);
        }
    }

    async fn find(&self, records: &[RecordId]) -> Result<Went, Error> {
        let mut left: BTreeSet<Address> = records.iter().cloned().map(Address).collect();
        let mut parts = unlike(records.iter().cloned()).into_iter();
        for some in parts.next().unwrap_or_default().chunks(self.desk.options.page_rows.max(1)) {
            let rows = pages::these(self.transaction, some).await?;
            self.tell_found(rows, &mut left).await;
        }
        for record in parts.flatten() {
            let rows = pages::this(self.transaction, record).await?;
            self.tell_found(rows, &mut left).await;
        }
        let version = self.look.version;
        let absent = left.into_iter().map(|Address(record)| self.seen.absence(record, version));
        self.tell(absent.collect()).await;
        Ok(Went { rest: None, read: records.len() })
    }

    async fn tell_found(&self, rows: Vec<Value>, left: &mut BTreeSet<Address>) {
        let sightings: Vec<Sighting> =
            rows.into_iter().filter_map(|row| self.sighting(row)).collect();
        for sighting in &sightings {
            left.remove(&Address(sighting.found.record.clone()));
        }
        self.tell(sightings).await;
    }

    fn sighting(&self, row: Value) -> Option<Sighting> {
        let Look { computed, version, .. } = self.look;
        Some(self.seen.sighting(self.seen.change(row, computed, *version)?))
    }

    async fn tell(&self, sightings: Vec<Sighting>) {
        if !sightings.is_empty() {
            let pass = self.look.pass;
            self.desk.bring(Input::Sighted { pass, sightings }).await;
        }
    }
}
