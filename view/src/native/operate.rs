//! Operators, and the way of values out.

use surrealdb_expr::val::{self, convert_value_to_public_value};
use surrealdb_runtime::operate;
use surrealdb_types::{Number, Value};

use crate::plan::BinaryOp;

/// Brings a value of the database's own kind out. Closures stay inside.
pub(super) fn outward(value: val::Value) -> Result<Value, String> {
    convert_value_to_public_value(value).map_err(|error| error.to_string())
}

/// Adds two numbers as aggregates do. Panics where a decimal has no room.
pub(super) fn add(a: Number, b: Number) -> val::Value {
    let own = |number: Number| match val::Value::from(Value::Number(number)) {
        val::Value::Number(number) => number,
        _ => val::Number::Int(0),
    };
    val::Value::Number(own(a) + own(b))
}

/// Applies an operator.
pub(super) fn binary(op: BinaryOp, a: val::Value, b: val::Value) -> Result<val::Value, String> {
    let answer = match op {
        BinaryOp::Add => operate::add(a, b),
        BinaryOp::Subtract => operate::sub(a, b),
        BinaryOp::Multiply => operate::mul(a, b),
        BinaryOp::Divide => operate::div(a, b),
        BinaryOp::Remainder => operate::rem(a, b),
        BinaryOp::Power => operate::pow(a, b),
        BinaryOp::Equal => operate::equal(&a, &b),
        BinaryOp::Exact => operate::exact(&a, &b),
        BinaryOp::NotEqual => operate::not_equal(&a, &b),
        BinaryOp::AllEqual => operate::all_equal(&a, &b),
        BinaryOp::AnyEqual => operate::any_equal(&a, &b),
        BinaryOp::Less => operate::less_than(&a, &b),
        BinaryOp::LessOrEqual => operate::less_than_or_equal(&a, &b),
        BinaryOp::More => operate::more_than(&a, &b),
        BinaryOp::MoreOrEqual => operate::more_than_or_equal(&a, &b),
        BinaryOp::Contains => operate::contain(&a, &b),
        BinaryOp::ContainsNot => operate::not_contain(&a, &b),
        BinaryOp::ContainsAll => operate::contain_all(&a, &b),
        BinaryOp::ContainsAny => operate::contain_any(&a, &b),
        BinaryOp::ContainsNone => operate::contain_none(&a, &b),
        BinaryOp::Inside => operate::inside(&a, &b),
        BinaryOp::NotInside => operate::not_inside(&a, &b),
        BinaryOp::AllInside => operate::inside_all(&a, &b),
        BinaryOp::AnyInside => operate::inside_any(&a, &b),
        BinaryOp::NoneInside => operate::inside_none(&a, &b),
        BinaryOp::Outside => operate::outside(&a, &b),
        BinaryOp::Intersects => operate::intersects(&a, &b),
    };
    answer.map_err(|error| error.to_string())
}
