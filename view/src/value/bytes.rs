//! Exact bytes of a value: for identity, digests and hashes.
//!
//! # Invariants
//! - Injective: a kind's tag, then what it holds, with a length before everything that has one. Numbers of different
//!   kinds differ (`1`, `1.0` and `1dec` are three contents of a row); decimals are taken without trailing zeros,
//!   which the database neither shows nor keeps apart.

use std::ops::Bound;

use surrealdb_types::{Geometry, Number, RecordIdKey, RecordIdKeyRange, Value};

/// Appends the bytes of a value.
pub fn write_bytes(value: &Value, out: &mut Vec<u8>) {
    out.push(super::compare::rank(value));
    match value {
        Value::None | Value::Null => {}
        Value::Bool(value) => out.push(u8::from(*value)),
        Value::Number(value) => number(value, out),
        Value::String(value) => slice(value.as_bytes(), out),
        Value::Duration(value) => {
            out.extend_from_slice(&value.as_secs().to_be_bytes());
            out.extend_from_slice(&value.subsec_nanos().to_be_bytes());
        }
        Value::Datetime(value) => {
            let value = value.into_inner();
            out.extend_from_slice(&value.timestamp().to_be_bytes());
            out.extend_from_slice(&value.timestamp_subsec_nanos().to_be_bytes());
        }
        Value::Uuid(value) => out.extend_from_slice(value.into_inner().as_bytes()),
        Value::Array(list) => elements(list.len(), list.iter(), out),
        Value::Set(set) => elements(set.len(), set.iter(), out),
        Value::Object(fields) => object(fields, out),
        Value::Geometry(value) => geometry(value, out),
        Value::Bytes(value) => slice(value, out),
        Value::Table(value) => slice(value.as_str().as_bytes(), out),
        Value::RecordId(value) => {
            slice(value.table.as_str().as_bytes(), out);
            record_key(&value.key, out);
        }
        Value::File(value) => {
            slice(value.bucket.as_bytes(), out);
            slice(value.key.as_bytes(), out);
        }
        Value::Regex(value) => slice(value.as_str().as_bytes(), out),
        Value::Range(value) => {
            bound(&value.start, out, write_bytes);
            bound(&value.end, out, write_bytes);
        }
    }
}

fn number(value: &Number, out: &mut Vec<u8>) {
    match value {
        Number::Int(value) => {
            out.push(0);
            out.extend_from_slice(&value.to_be_bytes());
        }
        Number::Float(value) => {
            out.push(1);
            out.extend_from_slice(&value.to_bits().to_be_bytes());
        }
        Number::Decimal(value) => {
            out.push(2);
            out.extend_from_slice(&value.normalize().serialize());
        }
    }
}

fn length(length: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&(length as u64).to_be_bytes());
}

fn slice(bytes: &[u8], out: &mut Vec<u8>) {
    length(bytes.len(), out);
    out.extend_from_slice(bytes);
}

fn elements<'a>(count: usize, values: impl Iterator<Item = &'a Value>, out: &mut Vec<u8>) {
    length(count, out);
    values.for_each(|value| write_bytes(value, out));
}

fn object(fields: &surrealdb_types::Object, out: &mut Vec<u8>) {
    length(fields.len(), out);
    for (name, value) in fields {
        slice(name.as_bytes(), out);
        write_bytes(value, out);
    }
}

fn record_key(key: &RecordIdKey, out: &mut Vec<u8>) {
    match key {
        RecordIdKey::Number(value) => {
            out.push(0);
            out.extend_from_slice(&value.to_be_bytes());
        }
        RecordIdKey::String(value) => {
            out.push(1);
            slice(value.as_bytes(), out);
        }
        RecordIdKey::Uuid(value) => {
            out.push(2);
            out.extend_from_slice(value.into_inner().as_bytes());
        }
        RecordIdKey::Array(list) => {
            out.push(3);
            elements(list.len(), list.iter(), out);
        }
        RecordIdKey::Object(fields) => {
            out.push(4);
            object(fields, out);
        }
        RecordIdKey::Range(range) => {
            out.push(5);
            let RecordIdKeyRange { start, end } = range.as_ref();
            bound(start, out, record_key);
            bound(end, out, record_key);
        }
    }
}

fn bound<T>(bound: &Bound<T>, out: &mut Vec<u8>, write: impl Fn(&T, &mut Vec<u8>)) {
    match bound {
        Bound::Unbounded => out.push(0),
        Bound::Included(value) => {
            out.push(1);
            write(value, out);
        }
        Bound::Excluded(value) => {
            out.push(2);
            write(value, out);
        }
    }
}

fn geometry(value: &Geometry, out: &mut Vec<u8>) {
    let coordinate = |x: f64, y: f64, out: &mut Vec<u8>| {
        out.extend_from_slice(&x.to_bits().to_be_bytes());
        out.extend_from_slice(&y.to_bits().to_be_bytes());
    };
    macro_rules! line {
        ($line:expr) => {{
            length($line.0.len(), out);
            $line.0.iter().for_each(|at| coordinate(at.x, at.y, out));
        }};
    }
    macro_rules! polygon {
        ($polygon:expr) => {{
            line!($polygon.exterior());
            length($polygon.interiors().len(), out);
            $polygon.interiors().iter().for_each(|line| line!(line));
        }};
    }
    match value {
        Geometry::Point(point) => {
            out.push(0);
            coordinate(point.x(), point.y(), out);
        }
        Geometry::Line(line) => {
            out.push(1);
            line!(line);
        }
        Geometry::Polygon(polygon) => {
            out.push(2);
            polygon!(polygon);
        }
        Geometry::MultiPoint(points) => {
            out.push(3);
            length(points.0.len(), out);
            points.0.iter().for_each(|point| coordinate(point.x(), point.y(), out));
        }
        Geometry::MultiLine(lines) => {
            out.push(4);
            length(lines.0.len(), out);
            lines.0.iter().for_each(|line| line!(line));
        }
        Geometry::MultiPolygon(polygons) => {
            out.push(5);
            length(polygons.0.len(), out);
            polygons.0.iter().for_each(|polygon| polygon!(polygon));
        }
        Geometry::Collection(parts) => {
            out.push(6);
            length(parts.len(), out);
            parts.iter().for_each(|part| geometry(part, out));
        }
    }
}
