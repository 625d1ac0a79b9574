//! Shapes: their parts are put together as GeoJSON, which the database's own type reads.

use ciborium::Value as Cbor;
use surrealdb_types::{Array, Geometry, Number, Object, Value};

use super::{Malformed, items, pair, strange};

/// `Point` is the first tag, the collection the last one.
const POINT: u64 = 88;
const LINE: u64 = 89;
const POLYGON: u64 = 90;
const COLLECTION: u64 = 94;

/// The shapes with coordinates, in the order of their tags.
const KINDS: [&str; 6] =
    ["Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"];

/// Of which shape each consists.
const PARTS: [u64; 6] = [POINT, POINT, LINE, POINT, LINE, POLYGON];

/// Reads a shape; `None` if the tag is of none.
pub(super) fn read(tag: u64, inner: Cbor) -> Result<Option<Geometry>, Malformed> {
    let mut shape = Object::new();
    if tag == COLLECTION {
        let mut parts = Vec::new();
        for part in items(inner)? {
            let Cbor::Tag(tag, inner) = part else { return Err(strange("a shape", &part)) };
            let part = read(tag, *inner)?.ok_or_else(|| Malformed("not a shape".into()))?;
            parts.push(part);
        }
        return Ok(Some(Geometry::Collection(parts)));
    }
    let Some(kind) = kind(tag) else { return Ok(None) };
    shape.insert("type", kind);
    shape.insert("coordinates", coordinates(tag, inner)?);
    let read = Geometry::try_from_object(&shape);
    read.map(Some).ok_or_else(|| Malformed(format!("the coordinates are no {kind}")))
}

fn kind(tag: u64) -> Option<&'static str> {
    KINDS.get(usize::try_from(tag.checked_sub(POINT)?).ok()?).copied()
}

fn coordinates(tag: u64, inner: Cbor) -> Result<Value, Malformed> {
    if tag == POINT {
        let [x, y] = pair(inner)?;
        return Ok(Value::Array(Array::from(vec![coordinate(x)?, coordinate(y)?])));
    }
    let place = usize::try_from(tag - POINT).unwrap_or_default();
    let of = PARTS[place];
    let mut parts = Vec::new();
    for part in items(inner)? {
        match part {
            Cbor::Tag(tag, inner) if tag == of => parts.push(coordinates(tag, *inner)?),
            other => {
                return Err(strange(
                    KINDS[usize::try_from(of - POINT).unwrap_or_default()],
                    &other,
                ));
            }
        }
    }
    Ok(Value::Array(Array::from(parts)))
}

fn coordinate(from: Cbor) -> Result<Value, Malformed> {
    match super::value(from)? {
        Value::Number(number) => {
            let float = number.to_f64().filter(|float| float.is_finite());
            let float = float.ok_or_else(|| Malformed("a coordinate is not finite".into()))?;
            Ok(Value::Number(Number::Float(float)))
        }
        _ => Err(Malformed("a coordinate is a number".into())),
    }
}
