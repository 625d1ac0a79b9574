//! The text of two values, parted by a NUL: what prints reads as itself, and both are compared as the database does.

use surrealdb_types::{Number, Object, RecordId, ToSql, Value};
use view::lower;
use view::native;
use view::plan::BinaryOp;
use view::row::Row;
use view::value::{self, KeyBits};

use crate::world::{SEPARATOR, check, stored};

/// Operators that answer with true or false, with our fast path beside the database's own.
type Judged = (BinaryOp, fn(&Value, &Value) -> Option<bool>);

const JUDGED: [Judged; 6] = [
    (BinaryOp::Equal, |a, b| Some(value::equal(a, b))),
    (BinaryOp::Less, |a, b| Some(value::compare(a, b).is_lt())),
    (BinaryOp::More, |a, b| Some(value::compare(a, b).is_gt())),
    (BinaryOp::Contains, value::contains),
    (BinaryOp::ContainsAll, value::contains_all),
    (BinaryOp::ContainsAny, value::contains_any),
];

/// Takes one input.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut values = Vec::new();
    for part in text.split(SEPARATOR).take(2) {
        match lower::value(part) {
            Ok(value) => values.push(value),
            Err(problem) => check(&problem, part),
        }
        let _ = (lower::params(part), lower::record_id(part));
    }
    values.iter().for_each(alone);
    if let [a, b] = &values[..] {
        together(a, b);
        together(b, a);
    }
}

/// What holds of one value.
fn alone(value: &Value) {
    let printed = value.to_sql();
    // -0.0 prints as 0f, and NaN is not itself. A set that begins with a record and has a range or a
    // regex is read as an object.
    let ambiguous = |part: &Value| match part {
        Value::Number(Number::Float(n)) => n.is_nan() || *n == 0.0,
        Value::Set(items) => items.iter().any(|it| matches!(it, Value::Range(_) | Value::Regex(_))),
        _ => false,
    };
    if !has(value, &ambiguous) {
        let again = lower::value(&printed);
        assert_eq!(again.as_ref(), Ok(value), "{printed} reads as something else");
    }
    if let Value::RecordId(record) = value {
        stores(record, Object::new());
    }
    if let Value::Object(content) = value {
        stores(&RecordId::new("t", "x"), content.clone());
    }
    stores(&RecordId::new("t", "x"), Object::from_iter([("f".to_owned(), value.clone())]));
}

/// What is stored comes out as it went in.
fn stores(record: &RecordId, content: Object) {
    let content = stored(record, content);
    let row = Row::new(record, &content, protocol::RowVersion(1), 1);
    let exact = |content: &Object| Value::Object(content.clone()).to_sql();
    assert_eq!(exact(&row.content().object()), exact(&content));
    assert_eq!(row.id(), *record);
}

/// What holds of two.
fn together(a: &Value, b: &Value) {
    for (op, ours) in JUDGED {
        let Some(ours) = ours(a, b) else { continue };
        let theirs = native::operate(op, a.clone(), b.clone());
        assert_eq!(theirs, Ok(Value::Bool(ours)), "{op:?} {} {}", a.to_sql(), b.to_sql());
    }
    assert_eq!(value::compare(a, b), value::compare(b, a).reverse());
    if value::equal(a, b)
        && let (Some(a), Some(b)) = (KeyBits::of(a), KeyBits::of(b))
    {
        assert_eq!(a, b, "equal values under two keys");
    }
}

fn has(value: &Value, is: &impl Fn(&Value) -> bool) -> bool {
    is(value)
        || match value {
            Value::Array(items) => items.iter().any(|item| has(item, is)),
            Value::Set(items) => items.iter().any(|item| has(item, is)),
            Value::Object(fields) => fields.values().any(|field| has(field, is)),
            Value::RecordId(record) => match &record.key {
                surrealdb_types::RecordIdKey::Array(items) => {
                    items.iter().any(|item| has(item, is))
                }
                surrealdb_types::RecordIdKey::Object(fields) => {
                    fields.values().any(|field| has(field, is))
                }
                _ => false,
            },
            _ => false,
        }
}
