//! Reads all rows of a table, page by page, while it goes on changing.
//!
//! # Invariants
//! - A page resumes behind a key (law 9): a row that stands all the while is met once, whatever comes and goes around it.
//!
//! # Absent on purpose
//! No snapshot and no feed: who holds rows loads them by [`crate::capture`]; this is for whoever looks from outside.

use std::collections::BTreeMap;

use surrealdb_types::{Object, RecordId, RecordIdKey, SurrealValue, Value};

use crate::connection::{Database, vars};
use crate::error::Error;
use crate::names::quoted;

/// Rows of one page.
const ROWS: usize = 500;

/// Parts records so that no two of a part are equal: of equal ones, though they are two records (see
/// [`view::value::address`]), the database answers the first one for both, in one list as in one transaction.
pub fn unlike(records: impl IntoIterator<Item = RecordId>) -> Vec<Vec<RecordId>> {
    let mut like: BTreeMap<RecordId, usize> = BTreeMap::new();
    let mut parts: Vec<Vec<RecordId>> = Vec::new();
    for record in records {
        let before = like.entry(record.clone()).or_default();
        if *before == parts.len() {
            parts.push(Vec::new());
        }
        parts[*before].push(record);
        *before += 1;
    }
    parts
}

/// The pages of one table.
#[derive(Debug)]
pub struct Pages {
    database: Database,
    table: String,
    behind: Option<RecordIdKey>,
    over: bool,
}

impl Pages {
    /// Begins with the first key.
    pub fn of(database: &Database, table: &str) -> Pages {
        Pages { database: database.clone(), table: table.to_owned(), behind: None, over: false }
    }

    /// Reads the next page; `None` behind the last one.
    pub async fn next(&mut self) -> Result<Option<Vec<(RecordId, Object)>>, Error> {
        if self.over {
            return Ok(None);
        }
        let rows = self.read().await?;
        self.over = rows.len() < ROWS;
        self.behind =
            rows.last().map(|(record, _)| record.key.clone()).or_else(|| self.behind.take());
        Ok((!rows.is_empty()).then_some(rows))
    }

    async fn read(&self) -> Result<Vec<(RecordId, Object)>, Error> {
        let text = match &self.behind {
            None => format!("SELECT * FROM {} LIMIT {ROWS}", quoted(&self.table)),
            // The one form that the database executes in O(page): the range in the text, its key bound.
            Some(_) => format!("SELECT * FROM type::record($table, $last>..) LIMIT {ROWS}"),
        };
        let last = self.behind.clone().map_or(Value::None, SurrealValue::into_value);
        let named = vars([("table", self.table.clone().into_value()), ("last", last)]);
        let answer = match self.database.repeat(&text, named).await {
            Ok(mut results) => results.pop(),
            // A table that nobody made has no rows.
            Err(Error::Refused { message }) if message.contains("does not exist") => None,
            Err(error) => return Err(error),
        };
        let Some(Value::Array(rows)) = answer else { return Ok(Vec::new()) };
        let rows = rows.into_vec().into_iter().filter_map(|row| match row {
            Value::Object(row) => match row.get("id") {
                Some(Value::RecordId(record)) => Some((record.clone(), row)),
                _ => None,
            },
            _ => None,
        });
        Ok(rows.collect())
    }
}
