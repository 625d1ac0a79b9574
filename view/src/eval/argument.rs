//! Arguments: what a view brings along, computed once, and again when its user's row changes.

use std::borrow::Cow;

use protocol::Problem;
use surrealdb_types::{RecordIdKey, Value};

use crate::caller::Caller;
use crate::fault::Fault;
use crate::plan::{Expr, Input, Path, Step};
use crate::value::{self, packed::Fields};

/// What an expression reads beside its own row.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outer<'a> {
    /// The stored content of the caller's own record, which `$auth.x` reads; `None` when there is no such record.
    pub user: Option<Fields<'a>>,
    /// Whether the user may select that record. In a query the row reads as NONE while he may not; in a permission it is
    /// read as it is.
    pub selectable: bool,
    /// The row that a subquery is asked for.
    pub parent: Option<Fields<'a>>,
}

impl Outer<'_> {
    /// Why a query that reads the user's row has no answer: the permission of that row raises.
    pub fn unreadable(fault: Fault) -> Problem {
        let message = format!("the select permission of the user's own record: {}", fault.reason);
        Problem::new(fault.code, message)
    }
}

/// Evaluates an expression that reads no row of the view's table.
pub fn argument(expr: &Expr<Input>, caller: &Caller, outer: &Outer<'_>) -> Result<Value, Fault> {
    super::evaluate(expr, None, &|input| read(input, caller, outer)).map(Cow::into_owned)
}

/// Evaluates a plan's expression over a row: slowly, as the reference evaluator does.
pub(crate) fn over_row(
    expr: &Expr<Input>,
    row: Fields<'_>,
    caller: &Caller,
    outer: &Outer<'_>,
) -> Result<Value, Fault> {
    super::evaluate(expr, Some(row), &|input| read(input, caller, outer)).map(Cow::into_owned)
}

fn read<'a>(
    input: &'a Input,
    caller: &'a Caller,
    outer: &Outer<'a>,
) -> Result<Cow<'a, Value>, Fault> {
    Ok(match input {
        Input::Literal(value) => Cow::Borrowed(value),
        Input::Param(name) => {
            Cow::Borrowed(caller.params.get(name.as_str()).unwrap_or(&Value::None))
        }
        Input::Auth => match &caller.auth {
            Some(auth) => Cow::Owned(Value::RecordId(auth.clone())),
            None => Cow::Borrowed(&Value::None),
        },
        Input::Access => match &caller.access {
            Some(access) => Cow::Owned(Value::String(access.clone())),
            None => Cow::Borrowed(&Value::None),
        },
        // It was made a read of the row around, or what evaluates it says which row that is.
        Input::Parent(path) => match outer.parent {
            Some(row) => value::path::get(row, path)?,
            None => Cow::Borrowed(&Value::None),
        },
        Input::AuthField { path, permitted } => match (key_part(caller, path), outer.user) {
            (Some((part, [])), _) => Cow::Borrowed(part),
            (Some((part, rest)), _) => value::path::part(part, &Path(rest.to_vec()))
                .map(|value| Cow::Owned(value.into_owned()))?,
            (None, Some(row)) if !permitted || outer.selectable => value::path::get(row, path)?,
            (None, _) => Cow::Borrowed(&Value::None),
        },
    })
}

/// A name that is a part of the user's own key is read from the key, never from his row.
fn key_part<'a>(caller: &'a Caller, path: &'a Path) -> Option<(&'a Value, &'a [Step])> {
    let RecordIdKey::Object(key) = &caller.auth.as_ref()?.key else { return None };
    let (Step::Field(name), rest) = path.0.split_first()? else { return None };
    Some((key.get(name.as_str())?, rest))
}
