//! The database's `=`, and the operators that are made of it.

use std::ops::Bound;

use surrealdb_types::{Range, Value};

use super::compare;

/// Whether `a = b`. A string equals a regex that it matches; everything else is compared exactly, numbers by value.
pub fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(text), Value::Regex(regex)) | (Value::Regex(regex), Value::String(text)) => {
            regex.is_match(text)
        }
        (a, b) => a == b,
    }
}

/// Whether `a *= b`: every element of `a` equals `b`; what is no list is its own only element.
pub fn all_equal(a: &Value, b: &Value) -> bool {
    match a {
        Value::Array(list) => list.iter().all(|element| equal(element, b)),
        Value::Set(set) => set.iter().all(|element| equal(element, b)),
        a => equal(a, b),
    }
}

/// Whether `a ?= b`: an element of `a` equals `b`; what is no list is its own only element.
pub fn any_equal(a: &Value, b: &Value) -> bool {
    match a {
        Value::Array(list) => list.iter().any(|element| equal(element, b)),
        Value::Set(set) => set.iter().any(|element| equal(element, b)),
        a => equal(a, b),
    }
}

/// Whether `a CONTAINS b`. `None` where geometries meet, which the database's own geometry decides.
pub fn contains(a: &Value, b: &Value) -> Option<bool> {
    Some(match (a, b) {
        (Value::Array(list), b) => list.iter().any(|element| equal(element, b)),
        // A set finds by the order; ours, because that of `surrealdb_types` takes `t` and `t:1` for one.
        (Value::Set(set), b) => set.iter().any(|element| compare(element, b).is_eq()),
        (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
        (Value::Uuid(uuid), Value::String(part)) => {
            uuid.into_inner().to_string().contains(part.as_str())
        }
        (Value::Object(fields), Value::String(name)) => fields.contains_key(name),
        (Value::Range(range), b) => in_range(range, b),
        (Value::Geometry(_), Value::Geometry(_)) => return None,
        _ => false,
    })
}

/// Whether `a CONTAINSALL b`. `None` where `a` is a geometry.
pub fn contains_all(a: &Value, b: &Value) -> Option<bool> {
    match b {
        Value::Array(parts) => every(a, || parts.iter()),
        Value::Set(parts) => every(a, || parts.iter()),
        b => text_contains(a, b),
    }
}

/// Whether `a CONTAINSANY b`. `None` where `a` is a geometry.
pub fn contains_any(a: &Value, b: &Value) -> Option<bool> {
    match b {
        Value::Array(parts) => some(a, || parts.iter()),
        Value::Set(parts) => some(a, || parts.iter()),
        b => text_contains(a, b),
    }
}

fn in_range(range: &Range, value: &Value) -> bool {
    let above = match &range.start {
        Bound::Unbounded => true,
        Bound::Included(start) => compare(start, value).is_le(),
        Bound::Excluded(start) => compare(start, value).is_lt(),
    };
    above
        && match &range.end {
            Bound::Unbounded => true,
            Bound::Included(end) => compare(end, value).is_ge(),
            Bound::Excluded(end) => compare(end, value).is_gt(),
        }
}

fn text_contains(a: &Value, b: &Value) -> Option<bool> {
    Some(match (a, b) {
        (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
        _ => false,
    })
}

fn every<'a, I: Iterator<Item = &'a Value>>(a: &Value, parts: impl Fn() -> I) -> Option<bool> {
    Some(match a {
        // On a text, a list with anything but texts in it is contained only when it has nothing in it.
        Value::String(text) => {
            parts().all(|part| matches!(part, Value::String(part) if text.contains(part.as_str())))
        }
        Value::Array(list) => parts().all(|part| list.iter().any(|element| equal(part, element))),
        Value::Set(set) => parts().all(|part| set.iter().any(|element| equal(part, element))),
        Value::Geometry(_) => return None,
        _ => parts().next().is_none(),
    })
}

fn some<'a, I: Iterator<Item = &'a Value>>(a: &Value, parts: impl Fn() -> I) -> Option<bool> {
    Some(match a {
        // On a text, a list with anything but texts in it is no list of texts.
        Value::String(text) => {
            parts().all(|part| matches!(part, Value::String(_)))
                && parts()
                    .any(|part| matches!(part, Value::String(part) if text.contains(part.as_str())))
        }
        Value::Array(list) => parts().any(|part| list.iter().any(|element| equal(part, element))),
        Value::Set(set) => parts().any(|part| set.iter().any(|element| equal(part, element))),
        Value::Geometry(_) => return None,
        _ => false,
    })
}
