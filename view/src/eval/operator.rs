//! Operators with two operands.

use std::borrow::Cow;

use surrealdb_types::{Number, Value};

use crate::fault::Fault;
use crate::native;
use crate::plan::BinaryOp;
use crate::value::{all_equal, any_equal, compare, contains, contains_all, contains_any, equal};

/// Applies an operator.
pub fn binary(op: BinaryOp, a: Cow<'_, Value>, b: Cow<'_, Value>) -> Result<Value, Fault> {
    match decide(op, a.as_ref(), b.as_ref()) {
        Some(answer) => Ok(Value::Bool(answer)),
        None => compute(op, a.into_owned(), b.into_owned()),
    }
}

/// Everything that answers with true or false, unless geometries meet.
fn decide(op: BinaryOp, a: &Value, b: &Value) -> Option<bool> {
    Some(match op {
        BinaryOp::Equal => equal(a, b),
        BinaryOp::NotEqual => !equal(a, b),
        BinaryOp::Exact => a == b,
        BinaryOp::AllEqual => all_equal(a, b),
        BinaryOp::AnyEqual => any_equal(a, b),
        BinaryOp::Less => compare(a, b).is_lt(),
        BinaryOp::LessOrEqual => compare(a, b).is_le(),
        BinaryOp::More => compare(a, b).is_gt(),
        BinaryOp::MoreOrEqual => compare(a, b).is_ge(),
        BinaryOp::Contains => contains(a, b)?,
        BinaryOp::ContainsNot => !contains(a, b)?,
        BinaryOp::ContainsAll => contains_all(a, b)?,
        BinaryOp::ContainsAny => contains_any(a, b)?,
        BinaryOp::ContainsNone => !contains_any(a, b)?,
        BinaryOp::Inside => contains(b, a)?,
        BinaryOp::NotInside => !contains(b, a)?,
        BinaryOp::AllInside => contains_all(b, a)?,
        BinaryOp::AnyInside => contains_any(b, a)?,
        BinaryOp::NoneInside => !contains_any(b, a)?,
        BinaryOp::Intersects | BinaryOp::Outside => match (a, b) {
            (Value::Geometry(_), Value::Geometry(_)) => return None,
            _ => op == BinaryOp::Outside,
        },
        BinaryOp::Add
        | BinaryOp::Subtract
        | BinaryOp::Multiply
        | BinaryOp::Divide
        | BinaryOp::Remainder
        | BinaryOp::Power => return None,
    })
}

/// Integers by the shortest way; everything else, and every failure, is the database's.
fn compute(op: BinaryOp, a: Value, b: Value) -> Result<Value, Fault> {
    if let (Value::Number(Number::Int(a)), Value::Number(Number::Int(b))) = (&a, &b) {
        let sum = match op {
            BinaryOp::Add => a.checked_add(*b),
            BinaryOp::Subtract => a.checked_sub(*b),
            BinaryOp::Multiply => a.checked_mul(*b),
            _ => None,
        };
        if let Some(sum) = sum {
            return Ok(Value::Number(Number::Int(sum)));
        }
    }
    native::operate(op, a, b)
}

/// Negates a number.
pub(super) fn negate(value: Value) -> Result<Value, Fault> {
    match value {
        Value::Number(Number::Int(value)) if value != i64::MIN => {
            Ok(Value::Number(Number::Int(-value)))
        }
        Value::Number(Number::Float(value)) => Ok(Value::Number(Number::Float(-value))),
        value => native::negate(value),
    }
}
