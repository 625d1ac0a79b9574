//! Reading a part of a value.
//!
//! # Invariants
//! - What is missing is NONE. A record link on the way is a fault: links are not followed (mechanism M7).
//! - A field (or `[*]`) of an array, with more steps behind it, maps *all* those steps over the elements, once:
//!   `a.b[0]` is the list of the elements' `b[0]`; inside an element the steps are taken one by one.

use std::borrow::Cow;

use surrealdb_types::{Geometry, RecordId, RecordIdKey, ToSql, Value};

use super::packed::{Fields, PackedFields, Place};
use crate::fault::Fault;
use crate::plan::{Path, Step};

/// Reads a row's part.
pub fn get<'a>(row: impl Into<Fields<'a>>, path: &Path) -> Result<Cow<'a, Value>, Fault> {
    let row = row.into();
    let (first, rest) = path.0.split_first().expect("a path is never empty");
    let (value, rest) = match first {
        Step::Field(name) => begin(row, name, rest),
        Step::Index(at) => begin(row, &at.to_string(), rest),
        Step::All | Step::Last | Step::Optional => {
            return part(&Value::Object(row.object()), path)
                .map(|value| Cow::Owned(value.into_owned()));
        }
    };
    steps(value, rest)
}

/// Reads a row's field, and what lies in it as far as objects are packed in each other. Returns the steps that are
/// left to take.
fn begin<'a, 's>(row: Fields<'a>, name: &str, rest: &'s [Step]) -> (Cow<'a, Value>, &'s [Step]) {
    match row {
        Fields::Object(fields) => (found(fields.get(name)), rest),
        Fields::Packed(fields) => {
            let (place, left) = descend(fields, name, rest);
            (place.map_or(Cow::Borrowed(&Value::None), Place::value), left)
        }
    }
}

fn descend<'a, 's>(
    fields: PackedFields<'a>,
    name: &str,
    rest: &'s [Step],
) -> (Option<Place<'a>>, &'s [Step]) {
    let (mut place, mut left) = (fields.place(name), rest);
    while let Some((Step::Field(name), behind)) = left.split_first()
        && let Some(fields) = place.and_then(Place::fields)
    {
        place = fields.place(name);
        left = behind;
    }
    (place, left)
}

/// Finds a row's part where it is packed; `None` where it has to be read for that, or is nowhere.
pub fn place<'a>(row: PackedFields<'a>, path: &Path) -> Option<Place<'a>> {
    let (Step::Field(name), rest) = path.0.split_first()? else { return None };
    match descend(row, name, rest) {
        (place, []) => place,
        _ => None,
    }
}

/// Reads a value's part.
pub fn part<'a>(value: &'a Value, path: &Path) -> Result<Cow<'a, Value>, Fault> {
    steps(Cow::Borrowed(value), &path.0)
}

/// Reads a row's part as ORDER BY does where no alias is meant: nothing is followed, nothing fails, and every step is
/// taken by itself.
pub fn stored<'a>(row: impl Into<Fields<'a>>, path: &Path) -> Cow<'a, Value> {
    let (first, rest) = path.0.split_first().expect("a path is never empty");
    let (first, rest) = match first {
        Step::Field(name) => begin(row.into(), name, rest),
        Step::Index(_) | Step::All | Step::Last | Step::Optional => return found(None),
    };
    rest.iter().fold(first, |value, step| match value {
        Cow::Borrowed(value) => plain(value, step),
        Cow::Owned(value) => Cow::Owned(plain(&value, step).into_owned()),
    })
}

fn plain<'a>(value: &'a Value, step: &Step) -> Cow<'a, Value> {
    let member = |element: &Value, name: &str| match element {
        Value::Object(fields) => fields.get(name).cloned().unwrap_or_default(),
        _ => Value::None,
    };
    match (value, step) {
        (Value::Object(fields), Step::Field(name)) => found(fields.get(name)),
        (Value::Array(list), Step::Field(name)) => {
            let mapped: Vec<Value> = list.iter().map(|element| member(element, name)).collect();
            Cow::Owned(Value::Array(mapped.into()))
        }
        (Value::Set(set), Step::Field(name)) => {
            let mapped: Vec<Value> = set.iter().map(|element| member(element, name)).collect();
            Cow::Owned(Value::Set(mapped.into()))
        }
        (Value::Array(_) | Value::Set(_), Step::Index(at)) => index(value, *at),
        (Value::Array(_) | Value::Set(_), Step::Last) => last(value),
        _ => Cow::Borrowed(&Value::None),
    }
}

fn steps<'a>(mut value: Cow<'a, Value>, mut rest: &[Step]) -> Result<Cow<'a, Value>, Fault> {
    while let Some((step, behind)) = rest.split_first() {
        if let (Value::Array(list), Step::Field(_) | Step::All, false) =
            (value.as_ref(), step, behind.is_empty())
        {
            let mapped: Result<Vec<Value>, Fault> =
                list.iter().map(|element| element_steps(element, rest)).collect();
            return Ok(Cow::Owned(Value::Array(mapped?.into())));
        }
        if *step == Step::Optional {
            return in_sequence(value, behind);
        }
        value = take(value, step)?;
        rest = behind;
    }
    Ok(value)
}

fn element_steps(element: &Value, rest: &[Step]) -> Result<Value, Fault> {
    let skipped = rest[0] == Step::All && !matches!(element, Value::RecordId(_));
    let rest = if skipped { &rest[1..] } else { rest };
    in_sequence_from(Cow::Borrowed(element), rest).map(Cow::into_owned)
}

/// Behind `.?`: nothing stays nothing, and steps are taken one by one.
fn in_sequence<'a>(value: Cow<'a, Value>, rest: &[Step]) -> Result<Cow<'a, Value>, Fault> {
    if matches!(value.as_ref(), Value::None | Value::Null) {
        return Ok(value);
    }
    in_sequence_from(value, rest)
}

fn in_sequence_from<'a>(mut value: Cow<'a, Value>, rest: &[Step]) -> Result<Cow<'a, Value>, Fault> {
    for (at, step) in rest.iter().enumerate() {
        if *step == Step::Optional {
            return in_sequence(value, &rest[at + 1..]);
        }
        value = take(value, step)?;
    }
    Ok(value)
}

fn take<'a>(value: Cow<'a, Value>, step: &Step) -> Result<Cow<'a, Value>, Fault> {
    match value {
        Cow::Borrowed(value) => one(value, step),
        Cow::Owned(value) => Ok(Cow::Owned(one(&value, step)?.into_owned())),
    }
}

fn one<'a>(value: &'a Value, step: &Step) -> Result<Cow<'a, Value>, Fault> {
    match step {
        Step::Field(name) => field(value, name),
        Step::Index(at) => Ok(index(value, *at)),
        Step::All => all(value),
        Step::Last => Ok(last(value)),
        Step::Optional => Ok(Cow::Borrowed(value)),
    }
}

fn found(value: Option<&Value>) -> Cow<'_, Value> {
    Cow::Borrowed(value.unwrap_or(&Value::None))
}

fn field<'a>(value: &'a Value, name: &str) -> Result<Cow<'a, Value>, Fault> {
    match value {
        Value::Object(fields) => Ok(found(fields.get(name))),
        Value::RecordId(record) => match &record.key {
            // A part of the key is read from the key, never from the record.
            RecordIdKey::Object(key) if key.contains_key(name) => Ok(found(key.get(name))),
            _ => Err(link(record, name)),
        },
        Value::Array(list) => {
            let mapped: Result<Vec<Value>, Fault> =
                list.iter().map(|element| field(element, name).map(Cow::into_owned)).collect();
            Ok(Cow::Owned(Value::Array(mapped?.into())))
        }
        Value::Geometry(geometry) => Ok(Cow::Owned(geometry_field(geometry, name))),
        _ => Ok(Cow::Borrowed(&Value::None)),
    }
}

fn index(value: &Value, at: i64) -> Cow<'_, Value> {
    let place = usize::try_from(at).ok();
    match value {
        Value::Array(list) => found(place.and_then(|place| list.get(place))),
        Value::Set(set) => found(place.and_then(|place| set.iter().nth(place))),
        Value::Object(fields) => found(fields.get(&at.to_string())),
        Value::RecordId(RecordId { key: RecordIdKey::Array(list), .. }) => {
            found(place.and_then(|place| list.get(place)))
        }
        _ => Cow::Borrowed(&Value::None),
    }
}

fn all<'a>(value: &'a Value) -> Result<Cow<'a, Value>, Fault> {
    match value {
        Value::Array(list) => {
            let record = |element: &'a Value| match element {
                Value::RecordId(record) => Some(record),
                _ => None,
            };
            match list.iter().find_map(record) {
                Some(record) => Err(link(record, "*")),
                None => Ok(Cow::Borrowed(value)),
            }
        }
        Value::Object(_) => Ok(Cow::Borrowed(value)),
        Value::RecordId(record) => Err(link(record, "*")),
        _ => Ok(Cow::Borrowed(&Value::None)),
    }
}

fn last(value: &Value) -> Cow<'_, Value> {
    match value {
        Value::Array(list) => found(list.last()),
        Value::Set(set) => found(set.iter().next_back()),
        other => Cow::Borrowed(other),
    }
}

fn geometry_field(geometry: &Geometry, name: &str) -> Value {
    match (name, geometry) {
        ("type", _) => Value::String(geometry.as_type().to_owned()),
        ("geometries", Geometry::Collection(_)) => geometry.as_coordinates(),
        ("coordinates", Geometry::Collection(_)) => Value::None,
        ("coordinates", _) => geometry.as_coordinates(),
        _ => Value::None,
    }
}

fn link(record: &RecordId, name: &str) -> Fault {
    Fault::link(format!("the path `.{name}` meets the record link {}", record.to_sql()))
}

/// Puts a value at a path of names; lists on the way take it into each of their elements.
pub(crate) fn put(target: &mut Value, path: &[Step], value: Value) {
    let Some((Step::Field(name), rest)) = path.split_first() else {
        *target = value;
        return;
    };
    match target {
        Value::Object(fields) => {
            put(fields.entry(name.clone()).or_insert_with(empty), rest, value);
        }
        Value::Array(list) => {
            list.iter_mut().for_each(|element| put(element, path, value.clone()));
        }
        other => {
            *other = empty();
            put(other, path, value);
        }
    }
}

fn empty() -> Value {
    Value::Object(surrealdb_types::Object::new())
}
