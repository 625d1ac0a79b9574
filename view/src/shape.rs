//! Shapes: plans with everything lifted out that a view brings along.
//!
//! All views of one shape are one family; a view is a row of arguments (design D3).

use serde::{Deserialize, Serialize};

use crate::plan::{
    Child, Expr, Grouping, Input, OrderKey, Path, Plan, Projection, Slot, Source, Step,
};

/// A plan whose leaves are numbers into the view's arguments. Two plans of one shape are one family.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shape {
    /// Where the rows come from.
    pub source: Source<Slot>,
    /// What the answer shows of them.
    pub projection: Projection<Slot>,
    /// GROUP BY.
    pub group: Option<Grouping<Slot>>,
    /// The query's WHERE.
    pub filter: Option<Expr<Slot>>,
    /// The select permission.
    pub permission: Option<Expr<Slot>>,
    /// ORDER BY.
    pub order: Vec<OrderKey<Slot>>,
    /// LIMIT's argument.
    pub limit: Option<Slot>,
    /// START's argument.
    pub start: Option<Slot>,
    /// The child subqueries.
    pub children: Vec<ChildShape>,
}

/// A child subquery's shape, and where its arguments come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChildShape {
    /// Under which name its rows are shown.
    pub alias: String,
    /// Whether only the first is.
    pub first: bool,
    /// Its own shape.
    pub shape: Box<Shape>,
    /// For each slot of it, what is evaluated over the row around it, with the arguments of the query around it.
    pub arguments: Vec<Expr<Slot>>,
}

/// A shape with what its arguments are computed from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lifted {
    /// What the family is known by.
    pub shape: Shape,
    /// For each slot, the row-free expression that gives its argument.
    pub arguments: Vec<Expr<Input>>,
    /// The permission of the user's own row, where an argument reads it on the query's behalf.
    pub auth_permission: Option<Expr<Input>>,
}

/// Lifts every maximal part that reads no row out of a plan.
///
/// `$auth.x`, `$p.a` and `$n + 1` become one argument each, wherever they stand. Literals never share one: whether two
/// of them happen to be equal does not belong to the shape.
pub fn lift(plan: &Plan) -> Lifted {
    lift_except(plan, &[])
}

/// Lifts a plan of which some parts raise although they read no row: these are left in the shape, so that they raise
/// where, and only where, the database would come to evaluate them.
pub(crate) fn lift_except(plan: &Plan, raising: &[Expr<Input>]) -> Lifted {
    let mut lifter = Lifter { arguments: Vec::new(), raising };
    let shape = lifter.shape(plan);
    Lifted { shape, arguments: lifter.arguments, auth_permission: plan.auth_permission.clone() }
}

struct Lifter<'a> {
    arguments: Vec<Expr<Input>>,
    raising: &'a [Expr<Input>],
}

impl Lifter<'_> {
    fn shape(&mut self, plan: &Plan) -> Shape {
        Shape {
            source: match &plan.source {
                Source::Table(table) => Source::Table(table.clone()),
                Source::Records { table, ids } => Source::Records {
                    table: table.clone(),
                    ids: ids.iter().map(|id| self.lift(id)).collect(),
                },
            },
            permission: plan.permission.as_ref().map(|expr| self.lift(expr)),
            filter: plan.filter.as_ref().map(|expr| self.lift(expr)),
            order: plan
                .order
                .iter()
                .map(|key| OrderKey {
                    key: self.lift(&key.key),
                    descending: key.descending,
                    collation: key.collation,
                })
                .collect(),
            limit: plan.limit.as_ref().map(|expr| self.slot(expr)),
            start: plan.start.as_ref().map(|expr| self.slot(expr)),
            projection: match &plan.projection {
                Projection::Value(expr) => Projection::Value(self.lift(expr)),
                Projection::Fields { all, fields, omit } => Projection::Fields {
                    all: *all,
                    fields: fields.iter().map(|(at, expr)| (at.clone(), self.lift(expr))).collect(),
                    omit: omit.clone(),
                },
            },
            group: plan.group.as_ref().map(|group| Grouping {
                keys: group.keys.iter().map(|key| self.lift(key)).collect(),
                sums: group.sums.iter().map(|sum| self.lift(sum)).collect(),
                shown: group.shown.clone(),
                over_nothing: group.over_nothing,
            }),
            children: plan.children.iter().map(|child| self.child(child)).collect(),
        }
    }

    /// What a subquery takes from outside it, its arguments, is evaluated over the row around it.
    fn child(&mut self, child: &Child) -> ChildShape {
        let mut inner = Lifter { arguments: Vec::new(), raising: self.raising };
        let shape = Box::new(inner.shape(&child.plan));
        let arguments = inner.arguments.iter().map(|argument| self.lift(&argument.of_parent()));
        ChildShape {
            alias: child.alias.clone(),
            first: child.first,
            shape,
            arguments: arguments.collect(),
        }
    }

    fn slot(&mut self, expr: &Expr<Input>) -> Slot {
        let literal = matches!(expr, Expr::Leaf(Input::Literal(_)));
        let same = |argument: &Expr<Input>| !literal && argument == expr;
        let known = self.arguments.iter().position(same);
        let at = known.unwrap_or_else(|| {
            self.arguments.push(expr.clone());
            self.arguments.len() - 1
        });
        Slot(u16::try_from(at).expect("an expression's nodes are limited far below 65,536"))
    }

    fn lift(&mut self, expr: &Expr<Input>) -> Expr<Slot> {
        let raises = self.raising.contains(expr);
        if !expr.reads_row() && !raises {
            return Expr::Leaf(self.slot(expr));
        }
        match expr {
            Expr::Leaf(Input::AuthField { path, permitted }) if raises => {
                let row = Input::AuthField { path: Path(vec![Step::All]), permitted: *permitted };
                Expr::Part(Box::new(Expr::Leaf(self.slot(&Expr::Leaf(row)))), path.clone())
            }
            expr => expr
                .of_parts(&mut |part| self.lift(part))
                .unwrap_or_else(|| Expr::Leaf(self.slot(expr))),
        }
    }
}
