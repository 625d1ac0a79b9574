//! One writer lane: one transaction in flight, behind its fence.
//!
//! # Invariants
//! - A transaction is numbered. Sent again because its outcome was unknown, it is written once; sent by a request that
//!   somebody forgot in a socket, it is not written at all.
//! - `updatedAt` rises from one transaction to the next, whatever the database's clock does.
//! - What fails for a reason that stays is halved until the failing view is alone; the lane goes on.
//!
//! # Absent on purpose
//! What is written when: see [`super::Pending`].

use protocol::{ViewKey, limits};
use surrealdb_types::{Number, RecordId, SurrealValue, Value, Variables};

use super::flush::{self, Changes};
use super::{Batch, Target};
use crate::connection::{Database, vars};
use crate::error::Error;

/// Why a lane stops.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaneError {
    /// Somebody took its views over.
    #[error("the lane was closed by another writer")]
    Fenced,
    /// The database.
    #[error(transparent)]
    Database(#[from] Error),
}

/// What became of a batch.
#[derive(Debug, Default)]
pub struct Flushed {
    /// What is committed.
    pub written: Batch,
    /// What is not.
    pub returned: Vec<(Batch, Returned)>,
}

/// Why a part of a batch came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Returned {
    /// Its table does not exist.
    Missing {
        /// The table.
        table: String,
    },
    /// The database refuses this view's edges.
    Refused {
        /// The view.
        view: ViewKey,
        /// The database's words.
        reason: String,
    },
    /// The database was not to be reached for a while: it may have happened, and can be sent again.
    Lost(Error),
}

/// How far the removal of a view's edges is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleared {
    /// There may be more.
    Some,
    /// None is left.
    All,
}

/// A lane of an open writer.
#[derive(Debug)]
pub struct Lane {
    pub(super) database: Database,
    record: RecordId,
    seq: i64,
}

impl Lane {
    pub(crate) fn new(database: Database, record: RecordId) -> Lane {
        Lane { database, record, seq: 0 }
    }

    /// The fence's record.
    pub fn record(&self) -> &RecordId {
        &self.record
    }

    /// Commits a batch, or as much of it as can be.
    pub async fn flush(&mut self, batch: Batch) -> Result<Flushed, LaneError> {
        let mut flushed = Flushed::default();
        let mut left = vec![batch];
        while let Some(batch) = left.pop() {
            if batch.is_empty() {
                continue;
            }
            match self.send(&batch).await {
                Ok(()) => flushed.written.items.extend(batch.items),
                Err(LaneError::Fenced) => return Err(LaneError::Fenced),
                Err(LaneError::Database(Error::Refused { message })) => {
                    part(batch, message, &mut left, &mut flushed);
                }
                Err(LaneError::Database(error)) => {
                    let lost = |batch| (batch, Returned::Lost(error.clone()));
                    flushed.returned.push(lost(batch));
                    flushed.returned.extend(left.drain(..).map(lost));
                }
            }
        }
        Ok(flushed)
    }

    async fn send(&mut self, batch: &Batch) -> Result<(), LaneError> {
        match self.write(flush::bind(batch, Changes::Alike)).await {
            // Somebody else removed an edge that was to be changed.
            Err(LaneError::Database(error)) if thrown(&error, flush::ABSENT) => {
                self.write(flush::bind(batch, Changes::Apart)).await
            }
            written => written,
        }
    }

    async fn write(&mut self, mut bound: Variables) -> Result<(), LaneError> {
        self.fence(&mut bound);
        match self.database.repeat(&flush::write(), bound).await {
            Ok(_) => Ok(()),
            Err(error) if thrown(&error, flush::APPLIED) => Ok(()),
            Err(error) if thrown(&error, flush::FENCED) => Err(LaneError::Fenced),
            Err(error) => Err(error.into()),
        }
    }

    fn fence(&mut self, bound: &mut Variables) {
        self.seq += 1;
        bound.insert("lane", self.record.clone());
        bound.insert("seq", self.seq);
    }

    /// Removes edges of a view, no more than one flush holds.
    pub async fn clear(&mut self, target: &Target) -> Result<Cleared, LaneError> {
        let rows_max = limits::EDGE_ROWS_PER_FLUSH;
        let (from, to) = target.bounds();
        let table = target.table.clone().into_value();
        let mut bound = vars([("table", table), ("from", from), ("to", to)]);
        self.fence(&mut bound);
        let results = match self.database.repeat(&flush::clear(rows_max), bound).await {
            Ok(results) => results,
            Err(error) if thrown(&error, flush::APPLIED) => return Ok(Cleared::Some),
            Err(error) if thrown(&error, flush::FENCED) => return Err(LaneError::Fenced),
            // Without its table, a view has no edges.
            Err(error) if missing_table(&error) == Some(&target.table) => return Ok(Cleared::All),
            Err(error) => return Err(error.into()),
        };
        let gone = results.iter().rev().find_map(|result| match result {
            Value::Number(Number::Int(gone)) => Some(*gone),
            _ => None,
        });
        let all = gone.is_some_and(|gone| gone < rows_max as i64);
        Ok(if all { Cleared::All } else { Cleared::Some })
    }
}

/// Decides about a batch that was refused.
fn part(batch: Batch, reason: String, left: &mut Vec<Batch>, flushed: &mut Flushed) {
    let table = missing_name(&reason).map(str::to_owned);
    if let Some(table) = table.filter(|table| batch.tables().contains(table.as_str())) {
        let (rest, of_table) = batch.without_table(&table);
        left.push(rest);
        flushed.returned.push((of_table, Returned::Missing { table }));
        return;
    }
    match batch.halves() {
        Ok((one, other)) => {
            left.push(other);
            left.push(one);
        }
        Err(batch) => {
            let view = batch.items.first().map(|item| item.target.view.clone());
            let view = view.expect("an empty batch is not sent");
            flushed.returned.push((batch, Returned::Refused { view, reason }));
        }
    }
}

fn thrown(error: &Error, word: &str) -> bool {
    matches!(error, Error::Refused { message } if message.ends_with(word))
}

pub(super) fn missing_table(error: &Error) -> Option<&str> {
    match error {
        Error::Refused { message } => missing_name(message),
        _ => None,
    }
}

/// Reads the name in `The table 'x' does not exist`.
fn missing_name(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("The table '")?;
    rest.split_once("' does not exist").map(|(name, _)| name)
}
