//! Casts to the kinds that have a name of one word.

use surrealdb_expr::expr::Kind;
use surrealdb_expr::val::Value;

/// Finds the kind that a cast is written with, `<int>`.
pub(super) fn kind(cast: &str) -> Option<Kind> {
    let name = cast.strip_prefix('<')?.strip_suffix('>')?;
    Some(match name {
        "bool" => Kind::Bool,
        "bytes" => Kind::Bytes,
        "datetime" => Kind::Datetime,
        "decimal" => Kind::Decimal,
        "duration" => Kind::Duration,
        "float" => Kind::Float,
        "int" => Kind::Int,
        "number" => Kind::Number,
        "object" => Kind::Object,
        "string" => Kind::String,
        "uuid" => Kind::Uuid,
        "array" => Kind::Array(Box::new(Kind::Any), None),
        "set" => Kind::Set(Box::new(Kind::Any), None),
        "record" => Kind::Record(Vec::new()),
        _ => return None,
    })
}

/// Casts the one value.
pub(super) fn call(kind: &Kind, args: Vec<Value>) -> Result<Value, String> {
    let value = args.into_iter().next().unwrap_or_default();
    value.cast_to_kind(kind).map_err(|error| error.to_string())
}
