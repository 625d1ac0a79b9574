//! Record ids as the database prints them, which it reads again wherever an expression may stand.
//!
//! The SDK prints them otherwise: `select:1`, which is no expression, and `user:NaN`, where the database answers
//! ``user:`NaN` `` to `<string> $auth`, by which `fn::query::table()` names an edge table.

use surrealdb_types::{Object, RecordId, RecordIdKey, ToSql, Value};

/// What the database quotes in the place of a table's name, in upper case.
const RESERVED: [&str; 44] = [
    "ALTER", "BEGIN", "BREAK", "CANCEL", "COMMIT", "CONTINUE", "CREATE", "DEFINE", "DELETE", "FOR",
    "IF", "INFO", "INSERT", "KILL", "LIVE", "OPTION", "REBUILD", "RETURN", "RELATE", "REMOVE",
    "SELECT", "LET", "SHOW", "SLEEP", "THROW", "UPDATE", "UPSERT", "USE", "DIFF", "RAND", "NONE",
    "NULL", "AFTER", "BEFORE", "VALUE", "BY", "ALL", "TRUE", "FALSE", "WHERE", "TABLE", "TB",
    "SEQUENCE", "FUNCTION",
];

/// What it quotes in the place of any name, because it would be a number.
const NUMBERS: [&str; 2] = ["NaN", "Infinity"];

/// Prints a record id.
pub(crate) fn literal(record: &RecordId) -> String {
    let table = record.table.as_str();
    let reserved = RESERVED.iter().any(|word| word.eq_ignore_ascii_case(table));
    let table = match reserved || NUMBERS.contains(&table) {
        true => format!("`{table}`"),
        false => record.table.to_sql(),
    };
    let key = match &record.key {
        RecordIdKey::String(key) if NUMBERS.contains(&key.as_str()) => format!("`{key}`"),
        RecordIdKey::Array(items) => bracketed(items.iter()),
        RecordIdKey::Object(fields) => braced(fields),
        key => key.to_sql(),
    };
    format!("{table}:{key}")
}

fn value(of: &Value) -> String {
    match of {
        Value::RecordId(record) => literal(record),
        Value::Array(items) => bracketed(items.iter()),
        Value::Object(fields) => braced(fields),
        other => other.to_sql(),
    }
}

fn bracketed<'a>(items: impl Iterator<Item = &'a Value>) -> String {
    format!("[{}]", items.map(value).collect::<Vec<_>>().join(", "))
}

fn braced(fields: &Object) -> String {
    let fields = fields.iter().map(|(name, field)| format!("{}: {}", key(name), value(field)));
    format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
}

fn key(name: &str) -> String {
    if NUMBERS.contains(&name) {
        return format!("\"{name}\"");
    }
    let mut alone = Object::new();
    alone.insert(name, true);
    let printed = alone.to_sql();
    printed
        .strip_prefix("{ ")
        .and_then(|rest| rest.strip_suffix(": true }"))
        .map_or_else(|| unreachable!("an object prints as {printed}"), str::to_owned)
}
