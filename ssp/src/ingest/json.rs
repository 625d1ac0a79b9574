//! JSON from outside, which has no record ids, datetimes, durations, decimals or uuids.
//!
//! A text is one of these only where the field's defined kind says so, or where it is tagged: an object with one field
//! whose name begins with `$`. A tag that is not known is refused, because it may have meant something.

use protocol::Problem;
use surreal::schema::{Kinds, Meant, Schema};
use surrealdb_types::{Array, Number, Object, Value};
use view::lower;

use super::bad;

/// Reads a change; the row in it under the kinds of its table.
pub(super) fn fields(item: serde_json::Value, schema: Option<&Schema>) -> Result<Object, Problem> {
    let serde_json::Value::Object(item) = item else { return Err(bad("a change is no object")) };
    let table = item.get("table").and_then(serde_json::Value::as_str);
    let kinds = table.and_then(|table| schema?.kinds.get(table));
    let mut fields = Object::new();
    for (name, given) in item {
        let place = Place { path: String::new(), kinds: kinds.filter(|_| name == "record") };
        fields.insert(name, value(given, &place)?);
    }
    Ok(fields)
}

/// Where a value stands in its row.
struct Place<'a> {
    path: String,
    kinds: Option<&'a Kinds>,
}

impl Place<'_> {
    fn below(&self, name: &str) -> Self {
        let path =
            if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        Place { path, kinds: self.kinds }
    }

    fn meant(&self) -> Option<Meant> {
        self.kinds?.at(&self.path)
    }
}

fn value(given: serde_json::Value, place: &Place<'_>) -> Result<Value, Problem> {
    use serde_json::Value as Json;
    Ok(match given {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(truth),
        Json::Number(number) if place.meant() == Some(Meant::Decimal) => {
            meant(Meant::Decimal, number.to_string(), &place.path)?
        }
        Json::Number(number) => Value::Number(self::number(&number)?),
        Json::String(text) => match place.meant() {
            Some(kind) => meant(kind, text, &place.path)?,
            None => Value::String(text),
        },
        Json::Array(items) => {
            let below = place.below("*");
            let items = items.into_iter().map(|item| value(item, &below));
            Value::Array(Array::from(items.collect::<Result<Vec<Value>, _>>()?))
        }
        Json::Object(fields) => match tag(&fields) {
            Some((tag, inner)) => tagged(tag, inner, &place.path)?,
            None => {
                let mut object = Object::new();
                for (name, inner) in fields {
                    let below = place.below(&name);
                    object.insert(name, value(inner, &below)?);
                }
                Value::Object(object)
            }
        },
    })
}

fn number(number: &serde_json::Number) -> Result<Number, Problem> {
    if let Some(int) = number.as_i64() {
        return Ok(Number::Int(int));
    }
    let whole = number.is_u64();
    number.as_f64().filter(|_| !whole).map(Number::Float).ok_or_else(|| {
        bad(format!("number {number} is not one of 64 bits"))
            .hint("send {\"$decimal\": \"…\"} for a larger one")
    })
}

/// The tag of a value, and what it holds.
fn tag(fields: &serde_json::Map<String, serde_json::Value>) -> Option<(&str, &serde_json::Value)> {
    let mut entries = fields.iter();
    let (name, inner) = entries.next()?;
    (entries.next().is_none() && name.starts_with('$')).then_some((name.as_str(), inner))
}

fn tagged(tag: &str, inner: &serde_json::Value, path: &str) -> Result<Value, Problem> {
    let text = match inner {
        serde_json::Value::String(text) => text.clone(),
        _ => return Err(bad(format!("{} {tag} holds no text", place(path)))),
    };
    match tag {
        "$rid" => meant(Meant::Record, text, path),
        "$datetime" => meant(Meant::Datetime, text, path),
        "$duration" => meant(Meant::Duration, text, path),
        "$decimal" => meant(Meant::Decimal, text, path),
        "$uuid" => meant(Meant::Uuid, text, path),
        "$value" => lower::value(&text)
            .map_err(|problem| bad(format!("{} {tag}: {}", place(path), problem.message))),
        _ => Err(bad(format!("{} tag `{tag}` is not known", place(path)))
            .hint("one of $rid $datetime $duration $decimal $uuid $value")),
    }
}

fn meant(kind: Meant, text: String, path: &str) -> Result<Value, Problem> {
    let read = match kind {
        Meant::Record => lower::record_id(&text).ok().map(Value::RecordId),
        Meant::Datetime => text.parse().ok().map(Value::Datetime),
        Meant::Duration => text.parse().ok().map(Value::Duration),
        Meant::Decimal => text.parse().ok().map(|it| Value::Number(Number::Decimal(it))),
        Meant::Uuid => text.parse().ok().map(Value::Uuid),
    };
    read.ok_or_else(|| {
        let shown: String = text.chars().take(60).collect();
        let word = match kind {
            Meant::Record => "record id",
            Meant::Datetime => "datetime",
            Meant::Duration => "duration",
            Meant::Decimal => "decimal",
            Meant::Uuid => "uuid",
        };
        bad(format!("{} `{shown}` is no {word}", place(path)))
    })
}

fn place(path: &str) -> String {
    if path.is_empty() { "the value:".to_owned() } else { format!("field `{path}`:") }
}
