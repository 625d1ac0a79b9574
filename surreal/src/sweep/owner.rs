//! Whose an edge table is, by its name.

use std::collections::BTreeMap;

use surrealdb_types::{RecordId, SurrealValue, Value};

use crate::connection::{Database, vars};
use crate::error::Error;
use crate::names::{DIGITS, PLAIN, edge_table};

/// Reads the user out of a table's name; `None` if the name is a hash and none of those users is behind it whose tables are
/// known by their names.
pub(super) async fn of(
    database: &Database,
    table: &str,
    users: &BTreeMap<String, RecordId>,
) -> Result<Option<RecordId>, Error> {
    let is_his = |user: &RecordId| edge_table(user).name == table;
    if let Some(key) = table.strip_prefix(PLAIN) {
        let number = key.parse::<i64>().ok().map(|number| RecordId::new("user", number));
        return Ok(number
            .filter(is_his)
            .or_else(|| Some(RecordId::new("user", key)).filter(is_his)));
    }
    if let Some(user) = users.get(table) {
        return Ok(Some(user.clone()));
    }
    let Some(literal) = table.strip_prefix(DIGITS).and_then(text_of) else { return Ok(None) };
    // Only the database reads every literal that it prints.
    let read =
        database.repeat("RETURN <record> $literal", vars([("literal", literal.into_value())]));
    match read.await.map(|mut results| results.pop()) {
        Ok(Some(Value::RecordId(user))) if is_his(&user) => Ok(Some(user)),
        Ok(_) | Err(Error::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn text_of(digits: &str) -> Option<String> {
    let byte = |at: usize| digits.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
    let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
    String::from_utf8(bytes?).ok()
}
