//! Which record an `id` names.

use protocol::Problem;
use surrealdb_types::{Number, RecordIdKey, ToSql, Value};
use view::lower;

use super::bad;

/// Reads an id: a record id, its literal (`task:1`, ``task:`a b` ``), or the key alone, whose text is taken as it stands.
pub(super) fn of(table: &str, id: Value) -> Result<RecordIdKey, Problem> {
    match id {
        Value::String(text) => of_text(table, text),
        Value::Number(Number::Int(key)) => Ok(RecordIdKey::Number(key)),
        Value::Uuid(key) => Ok(RecordIdKey::Uuid(key)),
        Value::Array(key) => Ok(RecordIdKey::Array(key)),
        Value::Object(key) => Ok(RecordIdKey::Object(key)),
        Value::RecordId(record) if record.table.as_str() != table => {
            Err(bad(format!("id {} is not of table `{table}`", record.to_sql())))
        }
        Value::RecordId(record) if record.key.is_range() => Err(bad("id is a range of records")),
        Value::RecordId(record) => Ok(record.key),
        _ => Err(bad("id is neither a record id nor a record's key")),
    }
}

fn of_text(table: &str, text: String) -> Result<RecordIdKey, Problem> {
    if text.is_empty() {
        return Err(bad("id is empty"));
    }
    match lower::record_id(&text) {
        Ok(record) => of(table, Value::RecordId(record)),
        // What names the table and is no literal could be either.
        Err(problem) if text.starts_with(&format!("{table}:")) => {
            Err(bad(format!("id is no record id: {}", problem.message))
                .hint("quote the key (task:`a b`), or send it alone"))
        }
        Err(_) => Ok(RecordIdKey::String(text)),
    }
}
