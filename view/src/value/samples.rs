//! Values to try everything on: each kind, and every number that has surprised somebody.

use std::ops::Bound;
use std::str::FromStr;

use crate::plan::Collation;
use surrealdb_types::{
    Bytes, Datetime, Decimal, Duration, File, Geometry, Number, Object, Range, RecordId,
    RecordIdKey, Regex, Set, Table, Uuid, Value,
};

fn decimal(text: &str) -> Value {
    Value::Number(Number::Decimal(Decimal::from_str(text).expect("a decimal")))
}

fn float(value: f64) -> Value {
    Value::Number(Number::Float(value))
}

fn int(value: i64) -> Value {
    Value::Number(Number::Int(value))
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

fn record(key: impl Into<RecordIdKey>) -> Value {
    Value::RecordId(RecordId::new("t", key))
}

fn array(values: &[Value]) -> Value {
    Value::Array(values.to_vec().into())
}

fn object(fields: &[(&str, Value)]) -> Object {
    fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

/// Numbers of each kind: equal ones, nearly equal ones, the ends of the ranges.
pub(crate) fn numbers() -> Vec<Value> {
    let whole = [0, 1, -1, 2, 5, 1 << 53, (1 << 53) + 1, i64::MAX, i64::MIN];
    let floats = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        1.5,
        -1.5,
        0.1,
        0.11111,
        9_007_199_254_740_992.0,
        9.3e18,
        1e300,
        f64::MIN_POSITIVE,
        f64::NAN,
        -f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ];
    let decimals = ["0", "1", "-1", "1.5", "1.50", "0.1", "0.11111", "9007199254740993", "7e28"];
    let decimals = decimals.map(|text| match Decimal::from_scientific(text) {
        Ok(value) if text.contains('e') => Value::Number(Number::Decimal(value)),
        _ => decimal(text),
    });
    whole.into_iter().map(int).chain(floats.into_iter().map(float)).chain(decimals).collect()
}

/// Every way in which texts are compared.
pub(crate) const COLLATIONS: [Collation; 4] =
    [Collation::Bytes, Collation::Lexical, Collation::Natural, Collation::NaturalLexical];

/// Texts that the collations order differently, and values that are no text.
pub(crate) fn texts() -> Vec<Value> {
    let texts = [
        "",
        " ",
        "a",
        "A",
        "ä",
        "Ä",
        "aa",
        "ab",
        "aB",
        "a b",
        "a-b",
        "æ",
        "ae",
        "z",
        "Z",
        "é",
        "e",
        "ß",
        "ss",
        "1",
        "01",
        "001",
        "1a",
        "2",
        "10",
        "9",
        "a1",
        "a2",
        "a10",
        "A10",
        "a01",
        "a1b2",
        "a1b10",
        "½",
        "1/2",
        "日本",
        "~",
        "18446744073709551616",
        "18446744073709551617",
        "36893488147419103232",
        "00000000000000000000",
    ];
    let others = [Value::None, int(1), int(10), array(&[text("a")]), array(&[text("B")])];
    texts.into_iter().map(text).chain(others).collect()
}

/// Values that hold no other value.
pub(crate) fn simple() -> Vec<Value> {
    let datetime = |seconds| Value::Datetime(Datetime::from_timestamp(seconds, 5).expect("a time"));
    let uuid = |text| Value::Uuid(Uuid::from_str(text).expect("a uuid"));
    let point = |x: f64, y: f64| {
        let fields =
            object(&[("type", text("Point")), ("coordinates", array(&[float(x), float(y)]))]);
        Value::Geometry(Geometry::try_from_object(&fields).expect("a point"))
    };
    let line = object(&[
        ("type", text("LineString")),
        (
            "coordinates",
            array(&[array(&[float(0.0), float(0.0)]), array(&[float(2.0), float(4.0)])]),
        ),
    ]);
    let mut values = vec![
        Value::None,
        Value::Null,
        Value::Bool(false),
        Value::Bool(true),
        text(""),
        text("a"),
        text("ab"),
        text("B"),
        text("é"),
        text("018f"),
        Value::Duration(Duration::from_secs(0)),
        Value::Duration(Duration::from_secs(3600)),
        datetime(0),
        datetime(1_700_000_000),
        uuid("018f6b0a-0000-7000-8000-000000000001"),
        uuid("ffffffff-ffff-ffff-ffff-ffffffffffff"),
        Value::Bytes(Bytes::from(Vec::new())),
        Value::Bytes(Bytes::from(vec![0, 255])),
        Value::Table(Table::from("t")),
        Value::Table(Table::from("u")),
        Value::File(File::new("bucket", "key")),
        Value::Regex(Regex::from_str("a").expect("a regex")),
        Value::Regex(Regex::from_str("^B$").expect("a regex")),
        point(1.0, 2.0),
        point(1.0, 3.0),
        Value::Geometry(Geometry::try_from_object(&line).expect("a line")),
        record(1),
        record("1"),
        record("a"),
        Value::RecordId(RecordId::new("u", 1)),
    ];
    values.extend(numbers());
    values
}

/// Everything: simple values, and lists, sets, objects, ranges and record keys of some of them.
pub(crate) fn all() -> Vec<Value> {
    let mut values = simple();
    let inner = [
        vec![],
        vec![int(1)],
        vec![float(1.0)],
        vec![decimal("1")],
        vec![text("a"), text("b")],
        vec![text("a")],
        vec![int(1), text("a")],
        vec![Value::None],
        vec![Value::Null, Value::None],
        vec![array(&[int(1)]), array(&[])],
        vec![Value::Regex(Regex::from_str("a").expect("a regex"))],
        vec![float(0.1), decimal("0.1")],
    ];
    for list in &inner {
        values.push(array(list));
        values.push(Value::Set(Set::from(list.clone())));
        values.push(record(RecordIdKey::Array(list.clone().into())));
        let named: Vec<(&str, Value)> = ["x", "y"].into_iter().zip(list.iter().cloned()).collect();
        values.push(Value::Object(object(&named)));
        values.push(record(RecordIdKey::Object(object(&named))));
    }
    let bounds = |start, end| Value::Range(Box::new(Range { start, end }));
    values.push(bounds(Bound::Unbounded, Bound::Unbounded));
    values.push(bounds(Bound::Included(int(1)), Bound::Excluded(int(5))));
    values.push(bounds(Bound::Included(float(1.0)), Bound::Excluded(int(5))));
    values.push(bounds(Bound::Excluded(text("a")), Bound::Included(text("c"))));
    values
}

/// Draws values that hold values, from a seed.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    /// Draws a value of at most `depth` levels.
    pub(crate) fn value(&mut self, simple: &[Value], depth: usize) -> Value {
        let kind = if depth == 0 { 0 } else { self.below(6) };
        match kind {
            1 => array(&self.values(simple, depth)),
            2 => Value::Set(Set::from(self.values(simple, depth))),
            3 => Value::Object(self.fields(simple, depth)),
            4 => record(RecordIdKey::Array(self.values(simple, depth).into())),
            5 => record(RecordIdKey::Object(self.fields(simple, depth))),
            _ => simple[self.below(simple.len())].clone(),
        }
    }

    fn values(&mut self, simple: &[Value], depth: usize) -> Vec<Value> {
        (0..self.below(4)).map(|_| self.value(simple, depth - 1)).collect()
    }

    fn fields(&mut self, simple: &[Value], depth: usize) -> Object {
        let names = ["x", "y", "z"];
        (0..self.below(4))
            .map(|_| (names[self.below(3)].to_owned(), self.value(simple, depth - 1)))
            .collect()
    }
}
