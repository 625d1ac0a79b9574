//! What the answer shows of a row.
//!
//! The database has two ways to project. The full one evaluates every field on the row and puts it at its path. The
//! short one, taken where all paths are single names, works on the row itself: beside `*`, `n AS m` *renames* `n`,
//! which is then gone (measured). Which way is taken decides what is shown, so both are here.

use std::collections::BTreeSet;

use surrealdb_types::{Object, Value};

use super::children::Asked;
use crate::fault::Fault;
use crate::plan::{Expr, Input, Path, Plan, Projection, Source, Step};
use crate::value::path::put;

/// Shows a row; `evaluate` gives the value of an expression on it, and its subqueries were asked before.
pub(super) fn show(
    plan: &Plan,
    row: &Object,
    evaluate: impl Fn(&Expr<Input>) -> Result<Value, Fault>,
    children: &[Asked],
) -> Result<Value, Fault> {
    let (all, fields, omit) = match &plan.projection {
        Projection::Value(expr) => return evaluate(expr),
        Projection::Fields { all, fields, omit } => (*all, fields, omit),
    };
    let mut values: Vec<Field> = Vec::with_capacity(fields.len());
    for (path, expr) in fields {
        values.push((path.clone(), Some(expr), evaluate(expr)?));
    }
    for (child, asked) in plan.children.iter().zip(children).rev() {
        values.insert(child.at, (Path::field(&*child.alias), None, asked.value.clone()));
    }
    let mut shown = if !all {
        put_each(Object::new(), values)
    } else if short(plan, fields, omit) {
        rename_each(row.clone(), values)
    } else {
        put_each(row.clone(), values)
    };
    for path in omit {
        leave_out(&mut shown, &path.0);
    }
    Ok(shown)
}

/// A path, what is evaluated there if that is no subquery, and the value.
type Field<'a> = (Path, Option<&'a Expr<Input>>, Value);

/// Whether the database takes the short way.
fn short(plan: &Plan, fields: &[(Path, Expr<Input>)], omit: &[Path]) -> bool {
    let one = |id: &Expr<Input>| matches!(id, Expr::Leaf(Input::Literal(Value::RecordId(_))));
    let one_record =
        matches!(&plan.source, Source::Records { ids, .. } if ids.len() == 1 && one(&ids[0]));
    let by_id = one_record && plan.filter.is_none() && plan.order.is_empty();
    !by_id
        && fields.iter().all(|(path, _)| path.0.len() == 1)
        && omit.iter().all(|path| path.0.len() == 1)
}

fn put_each(row: Object, values: Vec<Field<'_>>) -> Value {
    let mut shown = Value::Object(row);
    for (path, _, value) in values {
        put(&mut shown, &path.0, value);
    }
    shown
}

/// Computed values stand in the row before anything is renamed, each under its own name: the first of that name, and
/// only where no plain field reads a column of that name. The others come when it is their turn.
fn rename_each(mut row: Object, values: Vec<Field<'_>>) -> Value {
    let plain = |expr: &Option<&Expr<Input>>| match expr {
        Some(Expr::Field(path)) if path.0.len() == 1 => path.column().map(str::to_owned),
        _ => None,
    };
    let mut taken: BTreeSet<String> =
        values.iter().filter_map(|(_, expr, _)| plain(expr)).collect();
    let mut later = Vec::with_capacity(values.len());
    for (path, expr, value) in values {
        let name = path.column().unwrap_or_default().to_owned();
        let from = plain(&expr);
        let early = from.is_none() && taken.insert(name.clone());
        if early {
            row.insert(name, value);
        } else {
            later.push((name, from, value));
        }
    }
    for (name, from, value) in later {
        match from {
            Some(from) if from == name => {
                row.entry(name).or_insert(Value::None);
            }
            Some(from) => {
                let moved = row.remove(&from).unwrap_or_default();
                row.insert(name, moved);
            }
            None => {
                row.insert(name, value);
            }
        }
    }
    Value::Object(row)
}

/// Removes what OMIT names.
fn leave_out(target: &mut Value, path: &[Step]) {
    let Some((step, rest)) = path.split_first() else { return };
    match (step, target) {
        (Step::Field(name), Value::Object(fields)) if rest.is_empty() => {
            fields.remove(name);
        }
        (Step::Field(name), Value::Object(fields)) => {
            if let Some(inner) = fields.get_mut(name) {
                leave_out(inner, rest);
            }
        }
        (Step::All, Value::Object(fields)) if rest.is_empty() => fields.clear(),
        (Step::All, Value::Array(list)) if rest.is_empty() => list.clear(),
        (Step::All, Value::Object(fields)) => {
            fields.values_mut().for_each(|inner| leave_out(inner, rest));
        }
        (Step::All, Value::Array(list)) => {
            list.iter_mut().for_each(|inner| leave_out(inner, rest));
        }
        (Step::Index(at), Value::Array(list)) => {
            let place = usize::try_from(*at).ok();
            if let Some(element) = place.and_then(|place| list.get_mut(place)) {
                if rest.is_empty() {
                    *element = Value::None;
                } else {
                    leave_out(element, rest);
                }
            }
        }
        _ => {}
    }
}
