//! Adding up as the database does.
//!
//! Integers wrap; a float takes in every integer, and a decimal both. So a sum depends on the order as soon as one
//! number is no integer: the order is that of the rows' ids.

use surrealdb_types::{Number, Value};

use crate::eval;
use crate::fault::Fault;
use crate::native;
use crate::plan::{Expr, Slot};
use crate::row::Row;

/// What a row adds to a sum; what is no number, or has no value, adds nothing.
pub fn addend(sum: &Expr<Slot>, row: &Row, args: &[Value]) -> Option<Number> {
    match eval::eval(sum, row.content(), args).ok()?.as_ref() {
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

/// Adds a number to a sum. Fails where a decimal has no room for it: there the database drops the connection.
pub fn add(sum: Number, number: Number) -> Result<Number, Fault> {
    match (sum, number) {
        (Number::Int(a), Number::Int(b)) => Ok(Number::Int(a.wrapping_add(b))),
        (Number::Float(a), Number::Float(b)) => Ok(Number::Float(a + b)),
        (Number::Int(a), Number::Float(b)) => Ok(Number::Float(a as f64 + b)),
        (Number::Float(a), Number::Int(b)) => Ok(Number::Float(a + b as f64)),
        (a, b) => native::add(a, b),
    }
}
