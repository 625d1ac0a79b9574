//! The fast paths, judged by the database's own operators.

use std::borrow::Cow;
use std::cmp::Ordering;

use surrealdb_expr::val;
use surrealdb_runtime::operate;
use surrealdb_types::{Number, ToSql, Value};

use super::{call, functions, knows};
use crate::eval::binary;
use crate::plan::{BinaryOp, Collation, Function};
use crate::value::samples::{COLLATIONS, Draw, all, simple, texts};
use crate::value::{compare, compare_as, equal, truthy};

const OPERATORS: [BinaryOp; 27] = [
    BinaryOp::Add,
    BinaryOp::Subtract,
    BinaryOp::Multiply,
    BinaryOp::Divide,
    BinaryOp::Remainder,
    BinaryOp::Power,
    BinaryOp::Equal,
    BinaryOp::Exact,
    BinaryOp::NotEqual,
    BinaryOp::AllEqual,
    BinaryOp::AnyEqual,
    BinaryOp::Less,
    BinaryOp::LessOrEqual,
    BinaryOp::More,
    BinaryOp::MoreOrEqual,
    BinaryOp::Contains,
    BinaryOp::ContainsNot,
    BinaryOp::ContainsAll,
    BinaryOp::ContainsAny,
    BinaryOp::ContainsNone,
    BinaryOp::Inside,
    BinaryOp::NotInside,
    BinaryOp::AllInside,
    BinaryOp::AnyInside,
    BinaryOp::NoneInside,
    BinaryOp::Outside,
    BinaryOp::Intersects,
];

/// Calls `check` with pairs of samples, and of drawn values, each in our kind and in the database's.
fn pairs(mut check: impl FnMut((&Value, &Value), (&val::Value, &val::Value))) {
    let (simple, mut draw) = (simple(), Draw(11));
    let drawn = (0..120).map(|_| draw.value(&simple, 3));
    let values: Vec<(Value, val::Value)> =
        all().into_iter().chain(drawn).map(|value| (value.clone(), value.into())).collect();
    for (a, native_a) in &values {
        for (b, native_b) in &values {
            check((a, b), (native_a, native_b));
        }
    }
}

fn shown(a: &Value, b: &Value) -> String {
    format!("{} and {}", a.to_sql(), b.to_sql())
}

#[test]
fn our_order_is_the_databases() {
    pairs(|(a, b), (native_a, native_b)| {
        let theirs = native_a.partial_cmp(native_b).unwrap_or(Ordering::Equal);
        assert_eq!(compare(a, b), theirs, "{}", shown(a, b));
        assert_eq!(native_a.cmp(native_b), theirs, "{}", shown(a, b));
    });
}

#[test]
fn texts_are_collated_as_the_database_does() {
    let values: Vec<(Value, val::Value)> =
        texts().into_iter().chain(all()).map(|value| (value.clone(), value.into())).collect();
    for collation in COLLATIONS {
        let (collate, numeric) = match collation {
            Collation::Bytes => (false, false),
            Collation::Lexical => (true, false),
            Collation::Natural => (false, true),
            Collation::NaturalLexical => (true, true),
        };
        for (a, native_a) in &values {
            for (b, native_b) in &values {
                let theirs = native_a.compare(native_b, &[], collate, numeric);
                let theirs = theirs.unwrap_or(Ordering::Equal);
                assert_eq!(compare_as(collation, a, b), theirs, "{collation:?}: {}", shown(a, b));
            }
        }
    }
}

#[test]
fn our_equality_is_the_databases() {
    pairs(|(a, b), (native_a, native_b)| {
        let theirs = operate::equal(native_a, native_b).expect("it never raises").is_truthy();
        assert_eq!(equal(a, b), theirs, "{}", shown(a, b));
    });
}

#[test]
fn our_truth_is_the_databases() {
    for value in all() {
        let native: val::Value = value.clone().into();
        assert_eq!(truthy(&value), native.is_truthy(), "{}", value.to_sql());
    }
}

#[test]
fn every_operator_answers_and_raises_as_the_databases_does() {
    pairs(|(a, b), (native_a, native_b)| {
        for op in OPERATORS {
            if op == BinaryOp::Power && !small(b) {
                continue;
            }
            let ours = binary(op, Cow::Borrowed(a), Cow::Borrowed(b));
            let compute = || super::operate::binary(op, native_a.clone(), native_b.clone());
            let theirs = super::guarded(compute).and_then(super::operate::outward);
            match (ours, theirs) {
                (Ok(ours), Ok(theirs)) => {
                    assert_eq!(ours.to_sql(), theirs.to_sql(), "{op:?} of {}", shown(a, b));
                }
                (Err(_), Err(_)) => assert!(op.can_fail(), "{op:?} of {}", shown(a, b)),
                (ours, theirs) => {
                    panic!("{op:?} of {}: {ours:?}, the database {theirs:?}", shown(a, b));
                }
            }
        }
    });
}

/// Huge powers of decimals take long, and are computed by the database's code anyway.
fn small(value: &Value) -> bool {
    !matches!(value, Value::Number(Number::Int(exponent)) if exponent.unsigned_abs() > 64)
}

#[test]
fn every_value_comes_back_from_the_database_as_it_went_in() {
    let (simple, mut draw) = (simple(), Draw(3));
    for value in all().into_iter().chain((0..500).map(|_| draw.value(&simple, 3))) {
        let native: val::Value = value.clone().into();
        let back = super::operate::outward(native).expect("it is no closure");
        assert_eq!(format!("{value:?}"), format!("{back:?}"));
    }
}

fn called(name: &str, args: Vec<Value>) -> Result<String, String> {
    let function = Function(name.to_owned());
    call(&function, args).map(|value| value.to_sql()).map_err(|fault| fault.reason)
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

#[test]
fn a_function_answers_and_raises_as_the_database_does() {
    assert_eq!(called("string::lowercase", vec![text("ÄB")]), Ok("'äb'".to_owned()));
    assert_eq!(
        called("math::sum", vec![Value::Array(Vec::<Value>::new().into())]),
        Ok("0".to_owned())
    );
    assert_eq!(
        called("string::lowercase", vec![Value::Bool(true)]),
        Err(
            "Incorrect arguments for function string::lowercase(). Argument 1 was the wrong type. \
             Expected `string` but found `true`"
                .to_owned()
        )
    );
    assert_eq!(
        called("string::lowercase", vec![]),
        Err("Incorrect arguments for function string::lowercase(). Expected 1 argument".to_owned())
    );
}

#[test]
fn a_method_means_the_function_of_the_receivers_kind() {
    assert_eq!(called(".len", vec![text("abc")]), Ok("3".to_owned()));
    assert_eq!(called(".len", vec![Value::Array(vec![Value::None].into())]), Ok("1".to_owned()));
    assert_eq!(called(".to_string", vec![Value::Bool(true)]), Ok("'true'".to_owned()));
    assert_eq!(called(".is_uuid", vec![text("x")]), Ok("false".to_owned()));
    assert!(called(".len", vec![Value::Bool(true)]).is_err());
    assert!(!knows(".map") && !knows(".exists") && knows(".sort_desc"));
}

#[test]
fn a_cast_answers_as_the_database_does() {
    assert_eq!(called("<int>", vec![text("5")]), Ok("5".to_owned()));
    assert_eq!(called("<decimal>", vec![text("1.50")]), Ok("1.5dec".to_owned()));
    assert_eq!(
        called("<int>", vec![text("x")]),
        Err("Could not cast into `int` using input `'x'`".to_owned())
    );
    assert!(!knows("<option<int>>"));
}

#[test]
fn nothing_in_the_table_answers_by_chance() {
    for name in functions::NAMES {
        let families = ["rand", "sleep", "http", "session", "search", "file", "api", "eval"];
        let family = name.split("::").next().unwrap_or(name);
        assert!(!families.contains(&family), "{name}");
        assert!(*name != "time::now" && *name != "array::shuffle", "{name}");
    }
}
