//! All views of one shape (design D3).
//!
//! A family knows what is the same for them: when a row is in the answer, when it makes the query
//! fail, and by which keys the windows that a row concerns are found.

mod access;
mod normal;

use std::sync::Arc;

use surrealdb_types::Value;

pub use access::{Reach, paths};
pub use normal::{Arm, Key, Range, Sought, arms};

use crate::eval;
use crate::fault::Fault;
use crate::index::Order;
use crate::plan::{Expr, Grouping, OrderKey, Slot, Source};
use crate::shape::{ChildShape, Shape};
use crate::value::packed::PackedFields;

/// A shape with what follows from it.
#[derive(Debug)]
pub struct Family {
    /// Its number in an engine.
    pub number: u64,
    /// What it is known by.
    pub shape: Arc<Shape>,
    /// The condition's arms.
    pub arms: Vec<Arm>,
    /// ORDER BY.
    pub order: Arc<[OrderKey<Slot>]>,
    /// GROUP BY.
    pub grouping: Option<Arc<Grouping<Slot>>>,
    /// Whether its windows have LIMIT or START.
    pub windowed: bool,
    /// Whether an index can have the order.
    pub shareable: bool,
    /// The families of the subqueries that are shown of each row.
    pub children: Vec<Child>,
    certain: Vec<Expr<Slot>>,
    fallible: Vec<Expr<Slot>>,
    permission_fallible: bool,
    order_fallible: bool,
    projection_fallible: bool,
}

/// The family of a subquery, as the one around it sees it.
#[derive(Debug)]
pub struct Child {
    /// Under which name its rows are shown.
    pub alias: Arc<str>,
    /// Whether only the first is.
    pub first: bool,
    /// What its windows are of.
    pub family: Arc<Family>,
    /// What gives a window's arguments: evaluated over a row around it, with the arguments of the window around it.
    pub arguments: Vec<Expr<Slot>>,
}

/// What a row is to a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is among the matches.
    In,
    /// It is not.
    Out,
    /// The database's query would fail on it (mechanism M7).
    Fails(Fault),
}

impl Family {
    /// Works out a shape that is in no engine.
    pub fn new(shape: Shape) -> Family {
        let of = |child: &ChildShape| Arc::new(Family::new(Shape::clone(&child.shape)));
        let children = shape.children.iter().map(of).collect();
        Family::numbered(0, shape, children)
    }

    /// Works out a shape, with the families of its subqueries.
    pub fn numbered(number: u64, shape: Shape, children: Vec<Arc<Family>>) -> Family {
        let children = shape.children.iter().zip(children).map(|(child, family)| Child {
            alias: child.alias.as_str().into(),
            first: child.first,
            family,
            arguments: child.arguments.clone(),
        });
        let children = children.collect();
        let (mut certain, mut fallible) = (Vec::new(), Vec::new());
        for conjunct in shape.filter.as_ref().map(normal::conjuncts).unwrap_or_default() {
            if conjunct.can_fail() { &mut fallible } else { &mut certain }.push(conjunct.clone());
        }
        let projected = shown(&shape).any(Expr::can_fail);
        Family {
            number,
            children,
            arms: arms(&shape),
            order: shape.order.clone().into(),
            grouping: shape.group.clone().map(Arc::new),
            windowed: shape.limit.is_some() || shape.start.is_some(),
            shareable: Order::shareable(&shape.order),
            permission_fallible: shape.permission.as_ref().is_some_and(Expr::can_fail),
            order_fallible: shape.order.iter().any(|key| key.key.can_fail()),
            projection_fallible: projected,
            certain,
            fallible,
            shape: Arc::new(shape),
        }
    }

    /// Whether a row can fail the permission, the condition or the order.
    pub fn fallible(&self) -> bool {
        self.permission_fallible || self.order_fallible || !self.fallible.is_empty()
    }

    /// Whether a row can fail the projection.
    pub fn showing_fallible(&self) -> bool {
        self.projection_fallible
    }

    /// Whether its rows come from a list of records.
    pub fn listed(&self) -> bool {
        matches!(self.shape.source, Source::Records { .. })
    }

    /// Whether there is a permission to ask at all.
    pub fn restricted(&self) -> bool {
        self.shape.permission.is_some()
    }

    /// Whether the caller may select a row. What fails to evaluate does not permit.
    pub fn permits(&self, row: PackedFields<'_>, args: &[Value]) -> bool {
        eval::holds(self.shape.permission.as_ref(), row, args).unwrap_or(false)
    }

    /// Judges a row, but for the projection: that counts inside the window only.
    pub fn judge(&self, row: PackedFields<'_>, args: &[Value]) -> Verdict {
        let holds = |expr: &Expr<Slot>| eval::holds(Some(expr), row, args);
        // A permission, then what cannot fail: only a row that is not out by either can make the query fail.
        let permission = eval::holds(self.shape.permission.as_ref(), row, args);
        if permission == Ok(false) || !self.certain.iter().all(|expr| holds(expr).unwrap_or(false))
        {
            return Verdict::Out;
        }
        if let Err(fault) = permission {
            return Verdict::Fails(Fault { of_permission: true, ..fault });
        }
        for conjunct in &self.fallible {
            match holds(conjunct) {
                Ok(true) => {}
                Ok(false) => return Verdict::Out,
                Err(fault) => return Verdict::Fails(fault),
            }
        }
        if self.order_fallible {
            for key in self.order.iter() {
                if let Err(fault) = eval::eval(&key.key, row, args) {
                    return Verdict::Fails(fault);
                }
            }
        }
        Verdict::In
    }

    /// Returns the fault of showing a row, if there is one.
    pub fn showing(&self, row: PackedFields<'_>, args: &[Value]) -> Option<Fault> {
        if !self.projection_fallible {
            return None;
        }
        shown(&self.shape).find_map(|expr| eval::eval(expr, row, args).err())
    }
}

/// What is evaluated on each row of an answer to show it, its group, or what is shown under it.
fn shown(shape: &Shape) -> impl Iterator<Item = &Expr<Slot>> {
    let taken = shape.children.iter().flat_map(|child| &child.arguments);
    shape.projection.parts().chain(shape.group.iter().flat_map(Grouping::parts)).chain(taken)
}
