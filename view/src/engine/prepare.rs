//! From a plan and a caller to a shape with arguments.

use std::sync::Arc;

use protocol::Problem;
use surrealdb_types::{Object, RecordId, Value};

use super::Engine;
use crate::caller::Caller;
use crate::eval::{self, Outer};
use crate::fault::Fault;
use crate::plan::{self, Expr, Input, Plan, Slot, Source};
use crate::shape::{Lifted, Shape, lift, lift_except};
use crate::value::{self, packed::Fields};

/// What makes two windows one: the family's number and the exact arguments.
pub type Identity = [u8; 32];

/// A plan, ready to be opened.
#[derive(Debug)]
pub struct Prepared {
    /// What the family is known by.
    pub shape: Shape,
    /// The arguments.
    pub args: Arc<[Value]>,
    /// START and LIMIT, and the records; or why they have no value.
    pub extent: Result<Extent, Problem>,
}

/// Which part of the matches a view shows, and of which records.
#[derive(Clone, Debug)]
pub struct Extent {
    /// LIMIT.
    pub limit: usize,
    /// START.
    pub start: usize,
    /// The records, where the source is a list.
    pub records: Option<Vec<RecordId>>,
}

impl Engine {
    /// Evaluates the arguments. A part of the plan that raises stays in the shape, and raises on
    /// each row that it is evaluated on.
    pub(super) fn prepare(&self, plan: &Plan, caller: &Caller) -> Prepared {
        let row = caller.auth.as_ref().and_then(|auth| self.row(auth));
        let row: Option<Fields<'_>> = row.map(|row| row.content().into());
        let mut outer = Outer { user: row, selectable: true, parent: None };
        let mut unreadable = None;
        if let (Some(row), Some(permission)) = (row, &plan.auth_permission) {
            match eval::over_row(permission, row, caller, &outer) {
                Ok(selectable) => outer.selectable = value::truthy(&selectable),
                Err(fault) => unreadable = Some(Outer::unreadable(fault)),
            }
        }
        let mut lifted = lift(plan);
        let raising = raising(&lifted.arguments, caller, &outer);
        if !raising.is_empty() {
            lifted = lift_except(plan, &raising);
        }
        let Lifted { shape, arguments, .. } = lifted;
        let values: Vec<Result<Value, Fault>> =
            arguments.iter().map(|expr| eval::argument(expr, caller, &outer)).collect();
        let mut nested = plan.levels().skip(1);
        let nested = nested.try_for_each(|plan| window(plan, caller, &outer));
        let extent = unreadable.map_or_else(|| extent(&shape, &values), Err);
        let extent = nested.and(extent);
        let args = values.into_iter().map(|value| value.unwrap_or_default()).collect();
        Prepared { shape, args, extent }
    }
}

/// Whether a subquery's LIMIT and START have values.
fn window(plan: &Plan, caller: &Caller, outer: &Outer<'_>) -> Result<(), Problem> {
    let invalid = |fault: Fault| Problem::new(protocol::Code::ParameterInvalid, fault.reason);
    let value = |expr: &Expr<Input>| eval::argument(expr, caller, outer).map_err(invalid);
    let limit = plan.limit.as_ref().map(value).transpose()?;
    let start = plan.start.as_ref().map(value).transpose()?;
    plan::window(limit.as_ref(), start.as_ref()).map(drop)
}

fn raising(arguments: &[Expr<Input>], caller: &Caller, outer: &Outer<'_>) -> Vec<Expr<Input>> {
    let raises = |expr: &&Expr<Input>| eval::argument(expr, caller, outer).is_err();
    let mut found: Vec<Expr<Input>> = arguments.iter().filter(raises).cloned().collect();
    // What raises inside of a part that raises is not lifted either.
    let mut inner = Vec::new();
    for expr in &found {
        expr.walk(&mut |part| {
            if eval::argument(part, caller, outer).is_err() && !inner.contains(part) {
                inner.push(part.clone());
            }
        });
    }
    inner.retain(|part| !found.contains(part));
    found.extend(inner);
    found
}

fn extent(shape: &Shape, values: &[Result<Value, Fault>]) -> Result<Extent, Problem> {
    let invalid = |fault: Fault| Problem::new(protocol::Code::ParameterInvalid, fault.reason);
    let value = |slot: Slot| values[usize::from(slot.0)].clone().map_err(invalid);
    let limit = shape.limit.map(value).transpose()?;
    let start = shape.start.map(value).transpose()?;
    let (limit, start) = plan::window(limit.as_ref(), start.as_ref())?;
    let records = match &shape.source {
        Source::Table(_) => None,
        Source::Records { table, ids } => {
            let nowhere = Object::new();
            let args: Vec<Value> = values.iter().map(|v| v.clone().unwrap_or_default()).collect();
            let named = |id: &Expr<Slot>| match id {
                Expr::Leaf(slot) => value(*slot),
                id => eval::eval(id, &nowhere, &args).map(|v| v.into_owned()).map_err(invalid),
            };
            let named = ids.iter().map(named).collect::<Result<Vec<Value>, Problem>>()?;
            Some(plan::records(table, &named)?)
        }
    };
    Ok(Extent { limit: limit.unwrap_or(usize::MAX), start, records })
}

/// Returns what identifies a window.
pub fn identity(family: u64, args: &[Value]) -> Identity {
    let mut bytes = Vec::with_capacity(256);
    bytes.extend(family.to_be_bytes());
    args.iter().for_each(|arg| value::write_bytes(arg, &mut bytes));
    *blake3::hash(&bytes).as_bytes()
}
