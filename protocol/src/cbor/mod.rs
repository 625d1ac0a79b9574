//! Reads CBOR as SurrealDB writes it: `encoding::cbor::encode`, its WebSocket, and whoever speaks typed to us.
//!
//! # Invariants
//! - What is not understood is an error with its reason: an unknown tag, an integer that 64 bits do not hold, a key
//!   that is no text. Nothing is cut, rounded or taken for something else.
//! - Nesting is bounded before anything recurses: [`limits::BODY_DEPTH_MAX`].
//!
//! # Absent on purpose
//! No regex: the database does not write one either. No writing: what we send goes through the database's own client.

use std::ops::Bound;

use ciborium::Value as Cbor;
use surrealdb_types::{
    Array, Datetime, Duration, File, Number, Object, Range, RecordId, RecordIdKey, Set, Table,
    Uuid, Value,
};

use crate::limits;

mod geometry;

/// Why bytes are no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(String);

/// The tags, by their names in the database's documents.
mod tag {
    pub(super) const DATETIME_TEXT: u64 = 0;
    pub(super) const NONE: u64 = 6;
    pub(super) const TABLE: u64 = 7;
    pub(super) const RECORD: u64 = 8;
    pub(super) const UUID_TEXT: u64 = 9;
    pub(super) const DECIMAL: u64 = 10;
    pub(super) const DATETIME: u64 = 12;
    pub(super) const DURATION_TEXT: u64 = 13;
    pub(super) const DURATION: u64 = 14;
    pub(super) const UUID: u64 = 37;
    pub(super) const RANGE: u64 = 49;
    pub(super) const INCLUDED: u64 = 50;
    pub(super) const EXCLUDED: u64 = 51;
    pub(super) const FILE: u64 = 55;
    pub(super) const SET: u64 = 56;
}

/// Reads one value.
pub fn decode(bytes: &[u8]) -> Result<Value, Malformed> {
    let mut rest = bytes;
    let depth = limits::BODY_DEPTH_MAX;
    let read: Cbor = ciborium::de::from_reader_with_recursion_limit(&mut rest, depth)
        .map_err(|error| Malformed(error.to_string()))?;
    if !rest.is_empty() {
        return Err(Malformed(format!("{} bytes behind the value", rest.len())));
    }
    value(read)
}

fn value(from: Cbor) -> Result<Value, Malformed> {
    Ok(match from {
        Cbor::Null => Value::Null,
        Cbor::Bool(truth) => Value::Bool(truth),
        Cbor::Integer(number) => Value::Number(Number::Int(int(number)?)),
        Cbor::Float(number) => Value::Number(Number::Float(number)),
        Cbor::Bytes(bytes) => Value::Bytes(bytes.into()),
        Cbor::Text(text) => Value::String(text),
        Cbor::Array(items) => Value::Array(array(items)?),
        Cbor::Map(entries) => Value::Object(fields(entries)?),
        Cbor::Tag(tag, inner) => tagged(tag, *inner)?,
        other => return Err(strange("a value", &other)),
    })
}

fn tagged(tag: u64, inner: Cbor) -> Result<Value, Malformed> {
    Ok(match tag {
        tag::NONE => Value::None,
        tag::TABLE => Value::Table(Table::new(text(inner)?)),
        tag::RECORD => Value::RecordId(record(inner)?),
        tag::UUID | tag::UUID_TEXT => Value::Uuid(uuid(inner)?),
        tag::DECIMAL => Value::Number(decimal(inner)?),
        tag::DATETIME => Value::Datetime(datetime(inner)?),
        tag::DATETIME_TEXT => Value::Datetime(parsed::<Datetime>(inner, "a datetime")?),
        tag::DURATION => Value::Duration(duration(inner)?),
        tag::DURATION_TEXT => Value::Duration(parsed::<Duration>(inner, "a duration")?),
        tag::RANGE => {
            let [start, end] = pair(inner)?;
            Value::Range(Box::new(Range::from((bound(start)?, bound(end)?))))
        }
        tag::FILE => {
            let [bucket, key] = pair(inner)?;
            Value::File(File::new(text(bucket)?, text(key)?))
        }
        tag::SET => Value::Set(Set::from(array(items(inner)?)?.into_vec())),
        tag => match geometry::read(tag, inner)? {
            Some(shape) => Value::Geometry(shape),
            None => return Err(Malformed(format!("tag {tag} is not one of the database's"))),
        },
    })
}

// -- parts ---------------------------------------------------------------------------------------------------

fn record(from: Cbor) -> Result<RecordId, Malformed> {
    let [table, key] = pair(from)?;
    let table = match table {
        Cbor::Tag(tag::TABLE, name) => text(*name)?,
        name => text(name)?,
    };
    let key = match value(key)? {
        Value::String(key) => RecordIdKey::String(key),
        Value::Number(Number::Int(key)) => RecordIdKey::Number(key),
        Value::Uuid(key) => RecordIdKey::Uuid(key),
        Value::Array(key) => RecordIdKey::Array(key),
        Value::Object(key) => RecordIdKey::Object(key),
        _ => return Err(Malformed("a record's key is text, number, uuid, array or object".into())),
    };
    Ok(RecordId::new(table, key))
}

fn uuid(from: Cbor) -> Result<Uuid, Malformed> {
    let Cbor::Bytes(bytes) = from else { return parsed(from, "a uuid") };
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.parse().map_err(|_| Malformed("a uuid has 16 bytes".into()))
}

/// As the database keeps it: without zeros at its end.
fn decimal(from: Cbor) -> Result<Number, Malformed> {
    let text = text(from)?;
    match text.parse().map(Number::Decimal) {
        Ok(Number::Decimal(decimal)) => Ok(Number::Decimal(decimal.normalize())),
        _ => Err(Malformed(format!("`{text}` is not a decimal"))),
    }
}

fn datetime(from: Cbor) -> Result<Datetime, Malformed> {
    let [seconds, nanos] = pair(from)?;
    let read = u32::try_from(number(nanos)?).ok().zip(Some(number(seconds)?));
    read.and_then(|(nanos, seconds)| Datetime::from_timestamp(seconds, nanos))
        .ok_or_else(|| Malformed("seconds and nanoseconds are no datetime".into()))
}

/// `[]`, `[seconds]` or `[seconds, nanoseconds]`.
fn duration(from: Cbor) -> Result<Duration, Malformed> {
    let wrong = || Malformed("a duration is seconds and nanoseconds".into());
    let parts = items(from)?;
    if parts.len() > 2 {
        return Err(wrong());
    }
    let mut parts = parts.into_iter().map(|part| u64::try_from(number(part)?).map_err(|_| wrong()));
    let seconds = parts.next().transpose()?.unwrap_or(0);
    let nanos = parts.next().transpose()?.unwrap_or(0);
    let nanos = u32::try_from(nanos).ok().filter(|nanos| *nanos < 1_000_000_000);
    Ok(Duration::new(seconds, nanos.ok_or_else(wrong)?))
}

fn bound(from: Cbor) -> Result<Bound<Value>, Malformed> {
    match from {
        Cbor::Null => Ok(Bound::Unbounded),
        Cbor::Tag(tag::INCLUDED, inner) => Ok(Bound::Included(value(*inner)?)),
        Cbor::Tag(tag::EXCLUDED, inner) => Ok(Bound::Excluded(value(*inner)?)),
        other => Err(strange("a range's bound", &other)),
    }
}

fn fields(entries: Vec<(Cbor, Cbor)>) -> Result<Object, Malformed> {
    let mut object = Object::new();
    for (name, inner) in entries {
        let name = text(name)?;
        if object.insert(name.clone(), value(inner)?).is_some() {
            return Err(Malformed(format!("`{name}` stands twice in one object")));
        }
    }
    Ok(object)
}

fn array(items: Vec<Cbor>) -> Result<Array, Malformed> {
    Ok(Array::from(items.into_iter().map(value).collect::<Result<Vec<Value>, _>>()?))
}

fn items(from: Cbor) -> Result<Vec<Cbor>, Malformed> {
    match from {
        Cbor::Array(items) => Ok(items),
        other => Err(strange("a list", &other)),
    }
}

fn pair(from: Cbor) -> Result<[Cbor; 2], Malformed> {
    <[Cbor; 2]>::try_from(items(from)?).map_err(|_| Malformed("not two parts".into()))
}

fn text(from: Cbor) -> Result<String, Malformed> {
    match from {
        Cbor::Text(text) => Ok(text),
        other => Err(strange("a text", &other)),
    }
}

fn number(from: Cbor) -> Result<i64, Malformed> {
    match from {
        Cbor::Integer(number) => int(number),
        other => Err(strange("an integer", &other)),
    }
}

fn int(number: ciborium::value::Integer) -> Result<i64, Malformed> {
    i64::try_from(number).map_err(|_| Malformed("an integer of more than 64 bits".into()))
}

fn parsed<T: std::str::FromStr>(from: Cbor, what: &str) -> Result<T, Malformed> {
    let text = text(from)?;
    text.parse().map_err(|_| Malformed(format!("`{text}` is not {what}")))
}

fn strange(wanted: &str, found: &Cbor) -> Malformed {
    let found = match found {
        Cbor::Integer(_) => "an integer",
        Cbor::Bytes(_) => "bytes",
        Cbor::Float(_) => "a float",
        Cbor::Text(_) => "a text",
        Cbor::Bool(_) => "a bool",
        Cbor::Null => "null",
        Cbor::Tag(..) => "a tag",
        Cbor::Array(_) => "a list",
        Cbor::Map(_) => "a map",
        _ => "something else",
    };
    Malformed(format!("not {wanted}, but {found}"))
}

#[cfg(test)]
mod tests {
    use surrealdb_types::ToSql;

    use super::decode;

    fn read(bytes: &[u8]) -> String {
        match decode(bytes) {
            Ok(value) => value.to_sql(),
            Err(malformed) => format!("malformed: {malformed}"),
        }
    }

    #[test]
    fn what_is_not_understood_is_said() {
        assert_eq!(read(&[0xf6]), "NULL");
        assert_eq!(read(&[0xc6, 0xf6]), "NONE");
        assert_eq!(read(&[0xc8, 0x82, 0x61, b't', 0x01]), "t:1");
        assert_eq!(read(&[0x01, 0x01]), "malformed: 1 bytes behind the value");
        assert_eq!(read(&[0xd8, 0xc8, 0x01]), "malformed: tag 200 is not one of the database's");
        assert_eq!(
            read(&[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            "malformed: an integer of more than 64 bits"
        );
        assert_eq!(read(&[0xa1, 0x01, 0x01]), "malformed: not a text, but an integer");
        assert_eq!(
            read(&[0xa2, 0x61, b'a', 0x01, 0x61, b'a', 0x02]),
            "malformed: `a` stands twice in one object"
        );
        assert!(read(&[]).starts_with("malformed"));
        assert!(read(&[0x81; 100_000]).starts_with("malformed"), "nesting is bounded");
    }
}
