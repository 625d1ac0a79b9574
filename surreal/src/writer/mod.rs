//! Who may write edges: one life of one process, by records that its transactions must find open (mechanism M11).
//!
//! # Invariants
//! - A lane's record is made once, closed once, and never opened again.
//! - Who closes others begins above every `updatedAt` that they gave, because both happen in one transaction.
//! - Nobody decides by the database's clock whether another is gone: see [`Patience`].

use std::time::Duration;

use rand::Rng;
use surrealdb_types::{Datetime, Number, Object, RecordId, RecordIdKey, SurrealValue, Value};

use crate::connection::{Database, vars};
use crate::edge::{Lane, Moment};
use crate::error::Error;
use crate::structure::text;

const WRITER: &str = "_00_writer";

/// How long another's records must not have moved before a writer that stands by takes over.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// How often a writer shows that it lives.
pub const TOUCH_EVERY: Duration = Duration::from_secs(5);

/// Whom a writer that opens closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// All: the single SSP starts, or its patience is at an end.
    Close,
    /// Nobody: a member of a pool starts.
    Leave,
}

/// An open writer.
#[derive(Clone, Debug)]
pub struct Writer {
    database: Database,
    incarnation: String,
    lanes: u32,
}

/// Whether a writer may still write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touched {
    /// It may.
    Open,
    /// Somebody closed it.
    Closed {
        /// Whose incarnation did, if that is known.
        by: Option<String>,
        /// When, by the database's clock.
        at: Option<Datetime>,
    },
}

/// Another open writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// Its incarnation.
    pub incarnation: String,
    /// Whom it said it is.
    pub owner: String,
    /// What its records said last.
    pub touched_at: Option<Datetime>,
}

impl Writer {
    /// Opens a writer under a new incarnation.
    pub async fn open(
        database: &Database,
        owner: &str,
        lanes: u32,
        others: Others,
    ) -> Result<Writer, Error> {
        let incarnation = format!("{:016x}", rand::rng().random::<u64>());
        // Sent again after it happened, it does nothing: who was closed meanwhile stays closed.
        let text = "BEGIN;
            IF !record::exists(type::record('_00_writer', [$incarnation, 0])) {
                LET $last = SELECT VALUE updatedAt FROM _00_writer;
                UPDATE _00_writer SET closed = true, closedAt = time::now(), closedBy = $incarnation
                    WHERE $close AND !closed RETURN NONE;
                FOR $lane IN 0..$lanes {
                    CREATE type::record('_00_writer', [$incarnation, $lane]) SET closed = false,
                        owner = $owner, seq = 0, openedAt = time::now(), touchedAt = time::now(),
                        updatedAt = time::max(array::append($last, time::now())) RETURN NONE;
                };
            };
            COMMIT";
        let bound = vars([
            ("incarnation", incarnation.clone().into_value()),
            ("owner", owner.into_value()),
            ("lanes", i64::from(lanes).into_value()),
            ("close", (others == Others::Close).into_value()),
        ]);
        database.repeat(text, bound).await?;
        tracing::info!(incarnation, lanes, ?others, "opened a writer");
        Ok(Writer { database: database.clone(), incarnation, lanes })
    }

    /// The name of this life.
    pub fn incarnation(&self) -> &str {
        &self.incarnation
    }

    /// Lets a lane write, on a socket of its own. Called once for each.
    pub async fn lane(&self, lane: u32) -> Result<Lane, Error> {
        assert!(lane < self.lanes, "lane {lane} of {}", self.lanes);
        Ok(Lane::new(self.database.socket().await?, self.record(lane)))
    }

    /// The record of a lane: what a mark's answer is fenced by, too.
    pub fn record(&self, lane: u32) -> RecordId {
        let key = vec![self.incarnation.clone().into_value(), i64::from(lane).into_value()];
        RecordId::new(WRITER, RecordIdKey::Array(key.into()))
    }

    /// Shows that this writer lives, and asks whether it may still write. Lanes that wrote lately have shown it: their
    /// records are left alone, or this would conflict with their transactions.
    pub async fn touch(&self) -> Result<Touched, Error> {
        let text = "UPDATE $lanes SET touchedAt = time::now()
                WHERE !closed AND touchedAt < time::now() - 3s RETURN NONE;
            SELECT closed, closedBy, closedAt FROM $lanes";
        let lanes: Vec<RecordId> = (0..self.lanes).map(|lane| self.record(lane)).collect();
        let mut results = self.database.repeat(text, vars([("lanes", lanes.into_value())])).await?;
        let rows = rows_of(results.pop());
        if rows.len() < self.lanes as usize {
            return Ok(Touched::Closed { by: None, at: None });
        }
        let closed = rows.iter().find(|row| row.get("closed") != Some(&Value::Bool(false)));
        Ok(closed.map_or(Touched::Open, |row| Touched::Closed {
            by: text_of(row, "closedBy"),
            at: moment(row, "closedAt"),
        }))
    }

    /// Closes this writer, after its last flush.
    pub async fn close(&self) -> Result<(), Error> {
        close(&self.database, &self.incarnation, &self.incarnation).await
    }

    /// Tells which other writers are open.
    pub async fn others(&self) -> Result<Vec<Other>, Error> {
        let mut others = others(&self.database).await?;
        others.retain(|other| other.incarnation != self.incarnation);
        Ok(others)
    }
}

/// Closes a writer whose views are taken over.
pub async fn close(database: &Database, incarnation: &str, by: &str) -> Result<(), Error> {
    let text = "UPDATE _00_writer SET closed = true, closedAt = time::now(), closedBy = $by
        WHERE !closed AND record::id(id)[0] = $incarnation RETURN NONE";
    let bound = vars([("incarnation", incarnation.into_value()), ("by", by.into_value())]);
    database.repeat(text, bound).await.map(drop)
}

/// Tells which writers are open, each with its newest sign of life.
pub async fn others(database: &Database) -> Result<Vec<Other>, Error> {
    let text = "SELECT record::id(id)[0] AS incarnation, owner, touchedAt, seq FROM _00_writer
        WHERE !closed";
    let rows = rows_of(database.repeat(text, vars([])).await?.pop());
    let mut others: Vec<Other> = Vec::new();
    for row in &rows {
        let incarnation = text_of(row, "incarnation").unwrap_or_default();
        let touched_at = moment(row, "touchedAt");
        match others.iter_mut().find(|other| other.incarnation == incarnation) {
            Some(other) => other.touched_at = other.touched_at.max(touched_at),
            None => {
                let owner = text_of(row, "owner").unwrap_or_default();
                others.push(Other { incarnation, owner, touched_at });
            }
        }
    }
    Ok(others)
}

/// Removes what was closed more than a day ago. Returns how many records.
pub async fn remove_old(database: &Database) -> Result<u64, Error> {
    let text = "RETURN array::len((DELETE _00_writer WHERE closed AND closedAt < time::now() - 1d
        RETURN BEFORE))";
    Ok(match database.repeat(text, vars([])).await?.pop() {
        Some(Value::Number(Number::Int(removed))) => removed.unsigned_abs(),
        _ => 0,
    })
}

/// Whether the others have been still for long enough, by the observer's own clock.
#[derive(Debug, Default)]
pub struct Patience {
    seen: Vec<Other>,
    since: Option<Moment>,
}

impl Patience {
    /// Looks at the open writers. `true`: there is none, or none of them moved for [`PATIENCE`].
    pub fn is_at_an_end(&mut self, now: Moment, open: Vec<Other>) -> bool {
        if open.is_empty() {
            return true;
        }
        let same = self.seen == open;
        let since = *self.since.get_or_insert(now);
        if !same {
            self.seen = open;
            self.since = Some(now);
            return false;
        }
        now.saturating_sub(since) >= PATIENCE
    }
}

fn rows_of(answer: Option<Value>) -> Vec<Object> {
    let Some(Value::Array(rows)) = answer else { return Vec::new() };
    let rows = rows.into_vec().into_iter();
    rows.filter_map(|row| if let Value::Object(row) = row { Some(row) } else { None }).collect()
}

fn text_of(row: &Object, field: &str) -> Option<String> {
    text(row, field).map(str::to_owned)
}

fn moment(row: &Object, field: &str) -> Option<Datetime> {
    match row.get(field) {
        Some(Value::Datetime(moment)) => Some(*moment),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends_when_nobody_moved_for_long_enough() {
        let other = |nanos| Other {
            incarnation: "a".into(),
            owner: "ssp".into(),
            touched_at: Datetime::from_timestamp(1, nanos),
        };
        let at = Duration::from_secs;
        let mut patience = Patience::default();
        assert!(!patience.is_at_an_end(at(0), vec![other(0)]));
        assert!(!patience.is_at_an_end(at(14), vec![other(0)]));
        assert!(!patience.is_at_an_end(at(15), vec![other(1)]));
        assert!(!patience.is_at_an_end(at(29), vec![other(1)]));
        assert!(patience.is_at_an_end(at(30), vec![other(1)]));
        assert!(Patience::default().is_at_an_end(at(0), vec![]));
    }
}
