//! Values as CBOR, as the database writes them and anybody may post them.

use ciborium::Value as Cbor;
use surrealdb_types::{Number, Object, RecordIdKey, ToSql, Value};
use view::value::{KeyBits, compare, equal, write_bytes};

/// Takes one input.
pub fn run(bytes: &[u8]) {
    match protocol::cbor::decode(bytes) {
        Ok(value) => {
            let text = value.to_sql();
            assert!(compare(&value, &value).is_eq(), "{text}");
            let _ = (equal(&value, &value), KeyBits::of(&value));
            write_bytes(&value, &mut Vec::new());
        }
        Err(malformed) => assert!(!malformed.to_string().is_empty()),
    }
}

/// Writes an object, as far as it holds kinds that texts have.
pub(crate) fn encode(object: Object) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(&written(Value::Object(object)), &mut bytes).expect("memory is written");
    bytes
}

fn written(value: Value) -> Cbor {
    let text = |tag, text: String| Cbor::Tag(tag, Box::new(Cbor::Text(text)));
    match value {
        Value::None => Cbor::Tag(6, Box::new(Cbor::Null)),
        Value::Bool(truth) => Cbor::Bool(truth),
        Value::Number(Number::Int(number)) => Cbor::Integer(number.into()),
        Value::Number(Number::Float(number)) => Cbor::Float(number),
        Value::Number(Number::Decimal(number)) => text(10, number.to_string()),
        Value::String(text) => Cbor::Text(text),
        Value::Bytes(bytes) => Cbor::Bytes(bytes.to_vec()),
        Value::Table(table) => text(7, table.to_string()),
        Value::Uuid(uuid) => text(9, uuid.to_string()),
        Value::Datetime(moment) => text(0, moment.to_string()),
        Value::Duration(length) => text(13, length.to_string()),
        Value::Array(list) => Cbor::Array(list.into_iter().map(written).collect()),
        Value::Object(object) => {
            let fields = object.into_iter();
            Cbor::Map(fields.map(|(name, value)| (Cbor::Text(name), written(value))).collect())
        }
        Value::RecordId(record) => {
            let key = match record.key {
                RecordIdKey::Number(key) => Cbor::Integer(key.into()),
                RecordIdKey::String(key) => Cbor::Text(key),
                RecordIdKey::Uuid(key) => text(9, key.to_string()),
                RecordIdKey::Array(key) => written(Value::Array(key)),
                RecordIdKey::Object(key) => written(Value::Object(key)),
                RecordIdKey::Range(_) => Cbor::Null,
            };
            let parts = vec![Cbor::Text(record.table.to_string()), key];
            Cbor::Tag(8, Box::new(Cbor::Array(parts)))
        }
        _ => Cbor::Null,
    }
}
