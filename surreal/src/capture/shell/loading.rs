//! One load: the feed and the pages of one table in one transaction; of a large table, by ranges of keys, each in a
//! transaction of its own (mechanism M2).
//!
//! # Invariants
//! - Feed and pages share their transaction's snapshot: what the feed showed is contained in the range's pages.
//! - A row carries the newest change that the feed showed of it, else the order's floor.

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::{Change, ChangeId, Stamp, limits};
use surrealdb_types::{Object, RecordId, RecordIdKey, SurrealValue, Value};
use tokio::time::sleep;

use super::super::core::{Input, Order, Pager, Shown};
use super::super::feed::{self, Set};
use super::Desk;
use crate::connection::{Database, Transaction, vars};
use crate::error::Error;
use crate::names::quoted;

/// What a page of rows should weigh at most.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

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

    /// Rows to ask for when so many weighed so much.
    fn rows_after(self, rows: usize, bytes: usize) -> usize {
        let each = (bytes / rows.max(1)).max(1);
        (PAGE_BYTES / each).clamp(1, self.rows.max(1))
    }
}

pub(super) async fn run(desk: Desk, database: Database, order: Order, size: Size) {
    let (table, load) = (order.table.clone(), order.load);
    if let Err(error) = Box::pin(read(&desk, &database, order, size)).await {
        tracing::warn!(%error, table, "a load begins again");
        sleep(if error.is_repeatable() { PAUSE } else { PAUSE_REFUSED }).await;
        let lost = matches!(error, Error::Unknown { .. });
        desk.bring(Input::LoadFailed { table, load, lost }).await;
    }
}

async fn read(desk: &Desk, database: &Database, order: Order, size: Size) -> Result<(), Error> {
    let mut reading = Reading { desk, order: &order, size, behind: None };
    let mut first: Option<Shown> = None;
    let (mut gone, mut newest) = (Vec::new(), Stamp(0));
    loop {
        let transaction = database.transaction().await?;
        let seen = Seen::read(&transaction, &order, size).await?;
        let ended = reading.range(&transaction, &seen).await?;
        transaction.cancel().await?;
        gone.extend(seen.gone(&order));
        newest = newest.max(seen.shown.newest);
        first.get_or_insert(seen.shown);
        match ended {
            Range::Full => {}
            Range::Last => break,
            Range::Unheard => return Ok(()),
        }
    }
    // What only a later range's transaction showed is no news to that range's rows alone: it is told again, and dropped
    // where it is not newer. What was not met was missing when the first one began.
    let mut shown = first.unwrap_or_default();
    let at = ChangeId { stamp: shown.newest, position: u32::MAX, ..order.floor };
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
            let page = page(transaction, &order.table, self.behind.clone(), rows_max).await?;
            let (read, asked) = (page.len(), rows_max);
            rows_max = size.rows_after(read, page.iter().map(weight).sum());
            let last = page.last().and_then(record).map(|record| record.key.clone());
            let rows: Vec<Change> =
                page.into_iter().filter_map(|row| seen.change(order, row)).collect();
            let (table, load) = (order.table.clone(), order.load);
            told += rows.len();
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

// -- the feed ------------------------------------------------------------------------------------------------

/// What the transaction's feed showed of the table.
struct Seen {
    shown: Shown,
    /// The newest change of each record, and whether it deleted it.
    records: BTreeMap<RecordId, (Stamp, u32, bool)>,
}

impl Seen {
    async fn read(transaction: &Transaction, order: &Order, size: Size) -> Result<Seen, Error> {
        let mut since = order.floor.stamp;
        let shown = Shown { newest: since, ..Shown::default() };
        let mut seen = Seen { shown, records: BTreeMap::new() };
        let mut pager = Pager::with_limit(size.entries.max(1));
        loop {
            let asked = feed::question(since, pager.limit());
            let answer = transaction.query(&asked, vars([])).await?.pop().unwrap_or_default();
            let sets = feed::decode(answer).map_err(|error| Error::refused(error.to_string()))?;
            let reason = || Error::Unknown { reason: "a set is too large to be read".into() };
            let page = pager.part(sets).map_err(|_| reason())?;
            page.complete.into_iter().for_each(|set| seen.add(&order.table, set));
            match page.rest {
                Some(rest) => since = rest,
                None => return Ok(seen),
            }
        }
    }

    fn add(&mut self, table: &str, set: Set) {
        self.shown.newest = self.shown.newest.max(set.stamp);
        let ours = set.entries.into_iter().filter(|entry| entry.record.table.as_str() == table);
        for (entry, position) in ours.zip(0..) {
            self.shown.stamps.insert(set.stamp);
            self.records.insert(entry.record, (set.stamp, position, entry.after.is_none()));
        }
    }

    fn change(&self, order: &Order, row: Value) -> Option<Change> {
        let record = record(&row)?.clone();
        let Value::Object(mut row) = row else { return None };
        order.computed.iter().for_each(|field| drop(row.remove(field.as_str())));
        let shown = self.records.get(&record);
        let id = shown.map_or(order.floor, |(stamp, position, _)| ChangeId {
            era: order.floor.era,
            stamp: *stamp,
            position: *position,
        });
        Some(Change { record, after: Some(row), id, version: order.version })
    }

    fn gone(&self, order: &Order) -> Vec<Change> {
        let gone = self.records.iter().filter(|(_, (_, _, deleted))| *deleted);
        gone.map(|(record, (stamp, position, _))| Change {
            record: record.clone(),
            after: None,
            id: ChangeId { era: order.floor.era, stamp: *stamp, position: *position },
            version: order.version,
        })
        .collect()
    }
}

// -- the pages -----------------------------------------------------------------------------------------------

/// Reads the rows behind a key, in the one form that the database executes in O(page): the range stands in the text, and
/// its key is bound.
async fn page(
    transaction: &Transaction,
    table: &str,
    behind: Option<RecordIdKey>,
    rows: usize,
) -> Result<Vec<Value>, Error> {
    let read = match behind {
        None => {
            let text = format!("SELECT * FROM {} LIMIT {rows}", quoted(table));
            transaction.query(&text, vars([])).await
        }
        Some(key) => {
            let text = format!("SELECT * FROM type::record($table, $last>..) LIMIT {rows}");
            let named = vars([("table", table.into_value()), ("last", key.into_value())]);
            transaction.query(&text, named).await
        }
    };
    match read {
        Ok(mut results) => match results.pop() {
            Some(Value::Array(rows)) => Ok(rows.into_iter().collect()),
            _ => Err(Error::refused("a page is not a list")),
        },
        // A table that nobody made has no rows.
        Err(Error::Refused { message }) if message.contains("does not exist") => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn record(row: &Value) -> Option<&RecordId> {
    match row {
        Value::Object(row) => match row.get("id") {
            Some(Value::RecordId(record)) => Some(record),
            _ => None,
        },
        _ => None,
    }
}

/// Roughly what a value weighs in a message.
fn weight(value: &Value) -> usize {
    let fields = |object: &Object| -> usize {
        object.iter().map(|(name, value)| name.len() + weight(value)).sum()
    };
    16 + match value {
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(object) => fields(object),
        _ => 16,
    }
}
