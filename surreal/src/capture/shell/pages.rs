//! The rows of a table, page by page.

use surrealdb_types::{RecordId, RecordIdKey, SurrealValue, Value};

use crate::connection::{Transaction, vars};
use crate::error::Error;
use crate::names::quoted;

/// What a page of rows should weigh at most.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Rows to ask for, at most so many, when some weighed so much.
pub(super) fn rows_after(rows: usize, bytes: usize, most: usize) -> usize {
    let each = (bytes / rows.max(1)).max(1);
    (PAGE_BYTES / each).clamp(1, most)
}

/// Reads the rows behind a key, in the one form that the database executes in O(page): the range stands in the text, and
/// its key is bound.
pub(super) async fn page(
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
    list(read)
}

/// Reads the rows of records, as far as they are there. No two of them, nor of those that the transaction has read before,
/// may be equal: see [`crate::rows::unlike`].
pub(super) async fn these(
    transaction: &Transaction,
    records: &[RecordId],
) -> Result<Vec<Value>, Error> {
    let named = vars([("records", records.to_vec().into_value())]);
    list(transaction.query("SELECT * FROM $records", named).await)
}

/// Reads one record's row, if it is there, though the transaction may have read one that is equal: as a range of keys.
pub(super) async fn this(transaction: &Transaction, record: RecordId) -> Result<Vec<Value>, Error> {
    let text = "SELECT * FROM type::record($table, $key..=$key)";
    let table = record.table.as_str().into_value();
    let named = vars([("table", table), ("key", record.key.into_value())]);
    list(transaction.query(text, named).await)
}

fn list(read: Result<Vec<Value>, Error>) -> Result<Vec<Value>, Error> {
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

pub(super) fn record(row: &Value) -> Option<&RecordId> {
    match row {
        Value::Object(row) => match row.get("id") {
            Some(Value::RecordId(record)) => Some(record),
            _ => None,
        },
        _ => None,
    }
}
