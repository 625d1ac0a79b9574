//! One load: the feed and the pages of one table in one transaction; of a large table, by ranges of keys, each in a
//! transaction of its own (mechanism M2).
//!
//! # Invariants
//! - Feed and pages share their transaction's snapshot: what the feed showed is contained in the range's pages.
//! - A row carries the newest change that the feed showed of it, else the order's floor.

use std::time::Duration;

use protocol::{Change, ChangeId, Stamp, limits};
use surrealdb_types::RecordIdKey;
use tokio::time::sleep;
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};

use super::super::core::{Feed, Input, Order, Shown};
use super::super::weight;
use super::Desk;
use super::pages::{self, record};
use super::seen::Seen;
use crate::connection::{Database, Transaction};
use crate::error::Error;

const PAUSE: Duration = Duration::from_millis(200);
const PAUSE_REFUSED: Duration = Duration::from_secs(2);

/// How much a load asks for at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    rows: usize,
    entries: usize,
}

impl Size {
    pub(super) fn of_rows(rows: usize) -> Size {
        Size { rows: rows.max(1), entries: limits::FEED_PAGE_ENTRIES }
    }

    pub(super) fn half(self) -> Size {
        Size { rows: self.rows / 2, entries: self.entries / 2 }
    }

    pub(super) fn is_nothing(self) -> bool {
        self.rows == 0 && self.entries == 0
    }
}

pub(super) async fn run(desk: Desk, database: Database, order: Order, size: Size) {
    let (table, load) = (order.table.clone(), order.load);
    let span = info_span!("load", table, rows = Empty, otel.status_code = Empty);
    let outcome = Box::pin(read(&desk, &database, order, size)).instrument(span.clone()).await;
    if outcome.is_err() {
        span.record("otel.status_code", "ERROR");
    }
    drop(span);
    if let Err(error) = outcome {
        tracing::warn!(%error, table, "a load begins again");
        sleep(if error.is_repeatable() { PAUSE } else { PAUSE_REFUSED }).await;
        let lost = matches!(error, Error::Unknown { .. });
        desk.bring(Input::LoadFailed { table, load, lost }).await;
    }
}

async fn read(desk: &Desk, database: &Database, order: Order, size: Size) -> Result<(), Error> {
    let mut reading = Reading { desk, order: &order, size, behind: None, told: 0 };
    let mut first: Option<Shown> = None;
    let (mut gone, mut newest) = (Vec::new(), Stamp(0));
    loop {
        let transaction = database.transaction().await?;
        let seen = match order.feed {
            Feed::Trusted => {
                Seen::read(&transaction, &order.table, order.floor, size.entries).await?
            }
            Feed::Distrusted => Seen::nothing(&order.table, order.floor),
        };
        let ended = reading.range(&transaction, &seen).await?;
        transaction.cancel().await?;
        gone.extend(seen.gone(order.version));
        newest = newest.max(seen.shown.newest);
        first.get_or_insert(seen.shown);
        match ended {
            Range::Full => {}
            Range::Last => break,
            Range::Unheard => return Ok(()),
        }
    }
    Span::current().record("rows", reading.told);
    // What only a later range's transaction showed is no news to that range's rows alone: it is told again, and dropped
    // where it is not newer. What was not met was missing when the first one began.
    let mut shown = first.unwrap_or_default();
    let at = match order.feed {
        Feed::Trusted => {
            let stamp = shown.newest.max(order.floor.stamp);
            ChangeId { stamp, position: u32::MAX, ..order.floor }
        }
        // All its rows are known by the floor, which is newer than all that was told before.
        Feed::Distrusted => order.floor,
    };
    shown.newest = newest;
    let Order { table, load, .. } = order;
    desk.bring(Input::Loaded { table, load, shown, gone, at }).await;
    Ok(())
}

/// How far a load is.
struct Reading<'a> {
    desk: &'a Desk,
    order: &'a Order,
    size: Size,
    /// The last key that was read.
    behind: Option<RecordIdKey>,
    /// Rows that were told.
    told: usize,
}

/// How a range of keys ended.
enum Range {
    /// There may be more rows, for another transaction.
    Full,
    /// The table ended.
    Last,
    /// Nobody takes the rows.
    Unheard,
}

impl Reading<'_> {
    /// Reads and tells as many rows as one transaction may.
    async fn range(&mut self, transaction: &Transaction, seen: &Seen) -> Result<Range, Error> {
        let Reading { desk, order, size, .. } = *self;
        let mut rows_max = limits::LOAD_FIRST_ROWS.min(size.rows.max(1));
        let mut told = 0;
        while told < desk.options.range_rows {
            let page =
                pages::page(transaction, &order.table, self.behind.clone(), rows_max).await?;
            let (read, asked) = (page.len(), rows_max);
            let weighed = page.iter().map(weight::of).sum();
            rows_max = pages::rows_after(read, weighed, size.rows.max(1));
            let last = page.last().and_then(record).map(|record| record.key.clone());
            let change = |row| seen.change(row, &order.computed, order.version);
            let rows: Vec<Change> = page.into_iter().filter_map(change).collect();
            let (table, load) = (order.table.clone(), order.load);
            told += rows.len();
            self.told += rows.len();
            if !rows.is_empty() && !desk.bring(Input::Rows { table, load, rows }).await {
                return Ok(Range::Unheard);
            }
            if read < asked || last.is_none() {
                return Ok(Range::Last);
            }
            self.behind = last;
        }
        Ok(Range::Full)
    }
}
