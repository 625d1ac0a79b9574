//! Evaluating expressions over one row.
//!
//! # Invariants
//! - The value is the database's, and so is the fault: what raises there raises here.
//! - A read of a field and a comparison with a slot allocate nothing.

mod argument;
mod operator;

use std::borrow::Cow;

use surrealdb_types::{Object, Value};

pub(crate) use argument::over_row;
pub use argument::{Outer, argument};
pub use operator::binary;

use crate::fault::Fault;
use crate::plan::{Expr, Slot};
use crate::value::packed::Fields;
use crate::{native, value};

/// Evaluates an expression of a shape over a row, with a view's arguments.
pub fn eval<'a>(
    expr: &'a Expr<Slot>,
    row: impl Into<Fields<'a>>,
    args: &'a [Value],
) -> Result<Cow<'a, Value>, Fault> {
    evaluate(expr, Some(row.into()), &|slot: &'a Slot| {
        Ok(Cow::Borrowed(&args[usize::from(slot.0)]))
    })
}

/// Whether a condition holds. `None` is the condition that always does.
pub fn holds<'a>(
    expr: Option<&'a Expr<Slot>>,
    row: impl Into<Fields<'a>>,
    args: &'a [Value],
) -> Result<bool, Fault> {
    match expr {
        None => Ok(true),
        Some(expr) => Ok(value::truthy(eval(expr, row, args)?.as_ref())),
    }
}

/// One evaluator for both stages: they differ in their leaves only.
fn evaluate<'a, L>(
    expr: &'a Expr<L>,
    row: Option<Fields<'a>>,
    leaf: &impl Fn(&'a L) -> Result<Cow<'a, Value>, Fault>,
) -> Result<Cow<'a, Value>, Fault> {
    let deeper = |expr: &'a Expr<L>| evaluate(expr, row, leaf);
    match expr {
        Expr::Leaf(own) => leaf(own),
        Expr::Field(path) => match row {
            Some(row) => value::path::get(row, path),
            None => Ok(Cow::Borrowed(&Value::None)),
        },
        Expr::Stored(path) => match row {
            Some(row) => Ok(value::path::stored(row, path)),
            None => Ok(Cow::Borrowed(&Value::None)),
        },
        Expr::Part(inner, path) => part(deeper(inner)?, path),
        Expr::Not(inner) => Ok(Cow::Owned(Value::Bool(!value::truthy(deeper(inner)?.as_ref())))),
        Expr::Negate(inner) => operator::negate(deeper(inner)?.into_owned()).map(Cow::Owned),
        Expr::And(a, b) => {
            let a = deeper(a)?;
            if value::truthy(a.as_ref()) { deeper(b) } else { Ok(a) }
        }
        Expr::Or(a, b) | Expr::Otherwise(a, b) => {
            let a = deeper(a)?;
            if value::truthy(a.as_ref()) { Ok(a) } else { deeper(b) }
        }
        Expr::Coalesce(a, b) => {
            let a = deeper(a)?;
            if matches!(a.as_ref(), Value::None | Value::Null) { deeper(b) } else { Ok(a) }
        }
        Expr::Binary(op, a, b) => binary(*op, deeper(a)?, deeper(b)?).map(Cow::Owned),
        Expr::Array(items) => {
            let values: Result<Vec<Value>, Fault> =
                items.iter().map(|item| deeper(item).map(Cow::into_owned)).collect();
            Ok(Cow::Owned(Value::Array(values?.into())))
        }
        Expr::Object(fields) => {
            let mut object = Object::new();
            for (name, field) in fields {
                object.insert(name.clone(), deeper(field)?.into_owned());
            }
            Ok(Cow::Owned(Value::Object(object)))
        }
        Expr::Call(function, args) => {
            let values: Result<Vec<Value>, Fault> =
                args.iter().map(|arg| deeper(arg).map(Cow::into_owned)).collect();
            native::call(function, values?).map(Cow::Owned)
        }
    }
}

fn part<'a>(value: Cow<'a, Value>, path: &crate::plan::Path) -> Result<Cow<'a, Value>, Fault> {
    match value {
        Cow::Borrowed(value) => value::path::part(value, path),
        Cow::Owned(value) => Ok(Cow::Owned(value::path::part(&value, path)?.into_owned())),
    }
}
