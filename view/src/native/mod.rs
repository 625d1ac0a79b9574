//! The database's own operators and functions.
//!
//! The only module that names `surrealdb-runtime` and `surrealdb-expr`. Values cross into the database's own kind and
//! back, which costs a copy: the fast paths of [`crate::value`] and [`crate::eval`] come first.
//!
//! # Absent on purpose
//! Everything that answers from more than its arguments: records, the clock, chance, the network. Without the feature
//! `surrealql` there are no functions, and arithmetic that leaves the integers raises.

#[cfg(feature = "surrealql")]
mod bounds;
#[cfg(feature = "surrealql")]
mod casts;
#[cfg(feature = "surrealql")]
mod functions;
#[cfg(feature = "surrealql")]
mod methods;
#[cfg(feature = "surrealql")]
mod operate;
#[cfg(all(test, feature = "surrealql"))]
mod tests;

use surrealdb_types::{Number, Value};

use crate::fault::Fault;
use crate::plan::{BinaryOp, Function};

/// Whether a function of that name can be called here. A method is named `.lowercase`, a cast `<int>`.
#[cfg(feature = "surrealql")]
pub fn knows(name: &str) -> bool {
    match name.strip_prefix('.') {
        Some(method) => methods::knows(method),
        None => casts::kind(name).is_some() || functions::find(name).is_some(),
    }
}

/// Calls a function.
#[cfg(feature = "surrealql")]
pub fn call(function: &Function, args: Vec<Value>) -> Result<Value, Fault> {
    let name = &function.0;
    bounds::check(name, &args).map_err(Fault::raised)?;
    let args = args.into_iter().map(Into::into).collect();
    let answer = guarded(|| {
        if let Some(method) = name.strip_prefix('.') {
            methods::call(method, args)
        } else if let Some(kind) = casts::kind(name) {
            casts::call(&kind, args)
        } else if let Some(body) = functions::find(name) {
            body(args)
        } else {
            Err(format!("there is no function `{name}` here"))
        }
    });
    answer.and_then(operate::outward).map_err(Fault::raised)
}

/// Applies an operator as the database does.
#[cfg(feature = "surrealql")]
pub fn operate(op: BinaryOp, a: Value, b: Value) -> Result<Value, Fault> {
    guarded(|| operate::binary(op, a.into(), b.into()))
        .and_then(operate::outward)
        .map_err(Fault::raised)
}

/// Negates as the database does.
#[cfg(feature = "surrealql")]
pub fn negate(value: Value) -> Result<Value, Fault> {
    surrealdb_runtime::operate::neg(value.into())
        .map_err(|error| error.to_string())
        .and_then(operate::outward)
        .map_err(Fault::raised)
}

/// Adds numbers as aggregates do: integers wrap, and a decimal that has no room raises.
#[cfg(feature = "surrealql")]
pub fn add(a: Number, b: Number) -> Result<Number, Fault> {
    match guarded(|| operate::outward(operate::add(a, b))).map_err(Fault::raised)? {
        Value::Number(sum) => Ok(sum),
        _ => Err(Fault::raised("a sum that is no number")),
    }
}

/// Some of the database's code panics where it should raise (`1h * 7e28dec` drops the connection that asks); a view
/// that meets this fails, and nothing else does.
#[cfg(feature = "surrealql")]
fn guarded<T>(compute: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(compute))
        .unwrap_or_else(|_| Err("the database's own code panics on these values".to_owned()))
}

/// Whether a function of that name can be called here.
#[cfg(not(feature = "surrealql"))]
pub fn knows(_name: &str) -> bool {
    false
}

/// Raises: there are no functions in this build.
#[cfg(not(feature = "surrealql"))]
pub fn call(function: &Function, _args: Vec<Value>) -> Result<Value, Fault> {
    Err(Fault::raised(format!("function `{}` is not in this build", function.0)))
}

/// Raises: only integers are computed in this build, and geometries never meet.
#[cfg(not(feature = "surrealql"))]
pub fn operate(op: BinaryOp, _a: Value, _b: Value) -> Result<Value, Fault> {
    Err(Fault::raised(format!("operator {op:?} on these kinds is not in this build")))
}

/// Raises: only integers and floats are added up in this build.
#[cfg(not(feature = "surrealql"))]
pub fn add(_a: Number, _b: Number) -> Result<Number, Fault> {
    Err(Fault::raised("a sum of this kind is not in this build"))
}

/// Raises: only integers and floats are negated in this build.
#[cfg(not(feature = "surrealql"))]
pub fn negate(_value: Value) -> Result<Value, Fault> {
    Err(Fault::raised("a negation of this kind is not in this build"))
}
