//! The one notation for values: SurrealQL literals, fields sorted.

use surrealdb_types::{Object, RecordId, ToSql, Value};

/// Prints a record as `task:1 { done: false, title: 'paint' }`, without its `id`.
pub fn row(id: &RecordId, content: &Object) -> String {
    let mut shown = content.clone();
    shown.remove("id");
    format!("{} {}", id.to_sql(), object(&shown))
}

/// Prints a record where a subquery shows it: `comment:9 under thread:1 as comments`.
pub fn child(record: &str, parent: &str, alias: &str) -> String {
    format!("{record} under {parent} as {alias}")
}

/// Prints an object as `{ a: 1 }`, the empty one as `{}`.
pub fn object(content: &Object) -> String {
    if content.is_empty() { "{}".to_owned() } else { Value::Object(content.clone()).to_sql() }
}
