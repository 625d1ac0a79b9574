//! Marks: how somebody learns that everything acknowledged before has become visible (mechanism M12).
//!
//! `_00_mark:<asker>` is `{n, flushed}`. The asker raises `n`; whoever writes edges sets `flushed` once all that was
//! captured before is committed. Tests and tools wait by marks, never by sleeping.
//!
//! # Invariants
//! - `flushed` is set by UPDATE, in a transaction that also writes the writer's own fence: one who was closed cannot
//!   answer, and a mark whose asker is gone does not come back.

use std::time::Duration;

use surrealdb_types::{Number, Object, RecordId, SurrealValue, Value};
use tokio::time::{Instant, sleep};

use crate::connection::{Database, vars};
use crate::error::Error;
use crate::structure::whole;

/// The table of marks.
pub const TABLE: &str = "_00_mark";

const LOOK_EVERY: Duration = Duration::from_millis(5);

/// How far one asker's mark is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// How often it was raised.
    pub n: i64,
    /// Up to which raising everything is visible.
    pub flushed: i64,
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It stands, or its asker is gone.
    Done,
    /// The writer is closed: another one will answer.
    Closed,
}

/// The record of an asker.
pub fn record(asker: &str) -> RecordId {
    RecordId::new(TABLE, asker)
}

/// Raises an asker's mark and returns its number.
pub async fn raise(database: &Database, asker: &str) -> Result<i64, Error> {
    let text = "UPSERT ONLY $mark SET n = (n ?? 0) + 1, flushed = flushed ?? 0";
    let row = database.repeat(text, vars([("mark", record(asker).into_value())])).await?.pop();
    Ok(number(&whole(row), "n"))
}

/// Raises a mark that nobody has to answer: it only has to come back through the feed.
pub(crate) async fn beat(database: &Database, own: &RecordId) -> Result<i64, Error> {
    let text = "UPSERT ONLY $mark SET n = (n ?? 0) + 1, flushed = n";
    let row = database.query(text, vars([("mark", own.clone().into_value())])).await?.pop();
    Ok(number(&whole(row), "n"))
}

/// Reads an asker's mark.
pub async fn read(database: &Database, asker: &str) -> Result<Option<Mark>, Error> {
    let text = "SELECT * FROM ONLY $mark";
    let row = database.repeat(text, vars([("mark", record(asker).into_value())])).await?.pop();
    let row = whole(row);
    let mark = Mark { n: number(&row, "n"), flushed: number(&row, "flushed") };
    Ok((!row.is_empty()).then_some(mark))
}

/// Waits until a raised mark is answered; `false` if it is not within that time.
pub async fn wait(
    database: &Database,
    asker: &str,
    n: i64,
    at_most: Duration,
) -> Result<bool, Error> {
    let began = Instant::now();
    loop {
        if read(database, asker).await?.is_some_and(|mark| mark.flushed >= n) {
            return Ok(true);
        }
        if began.elapsed() > at_most {
            return Ok(false);
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Removes an asker's mark.
pub async fn end(database: &Database, asker: &str) -> Result<(), Error> {
    let text = "DELETE $mark RETURN NONE";
    database.repeat(text, vars([("mark", record(asker).into_value())])).await.map(drop)
}

/// Answers a mark in the name of a writer, whose record is the fence.
pub async fn settle(
    database: &Database,
    writer: &RecordId,
    asker: &RecordId,
    n: i64,
) -> Result<Settled, Error> {
    let text = "BEGIN;
        LET $open = UPDATE $writer SET marks = (marks ?? 0) + 1 WHERE closed != true;
        IF array::is_empty($open) { THROW '_00_closed' };
        UPDATE $asker SET flushed = $n WHERE n >= $n AND (flushed ?? 0) < $n RETURN NONE;
        COMMIT";
    let named = vars([
        ("writer", writer.clone().into_value()),
        ("asker", asker.clone().into_value()),
        ("n", n.into_value()),
    ]);
    match database.repeat(text, named).await {
        Ok(_) => Ok(Settled::Done),
        Err(Error::Refused { message }) if message.contains("_00_closed") => Ok(Settled::Closed),
        Err(error) => Err(error),
    }
}

fn number(row: &Object, field: &str) -> i64 {
    match row.get(field) {
        Some(Value::Number(Number::Int(n))) => *n,
        _ => 0,
    }
}
