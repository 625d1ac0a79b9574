//! Shapes: plans with everything lifted out that a view brings along.
//!
//! All views of one shape are one family; a view is a row of arguments (design D3).

use serde::{Deserialize, Serialize};

use crate::plan::{Expr, Grouping, Input, OrderKey, Path, Plan, Projection, Slot, Source, Step};

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
    let shape = Shape {
        source: match &plan.source {
            Source::Table(table) => Source::Table(table.clone()),
            Source::Records { table, ids } => Source::Records {
                table: table.clone(),
                ids: ids.iter().map(|id| lifter.lift(id)).collect(),
            },
        },
        permission: plan.permission.as_ref().map(|expr| lifter.lift(expr)),
        filter: plan.filter.as_ref().map(|expr| lifter.lift(expr)),
        order: plan
            .order
            .iter()
            .map(|key| OrderKey {
                key: lifter.lift(&key.key),
                descending: key.descending,
                collation: key.collation,
            })
            .collect(),
        limit: plan.limit.as_ref().map(|expr| lifter.slot(expr)),
        start: plan.start.as_ref().map(|expr| lifter.slot(expr)),
        projection: match &plan.projection {
            Projection::Value(expr) => Projection::Value(lifter.lift(expr)),
            Projection::Fields { all, fields, omit } => Projection::Fields {
                all: *all,
                fields: fields.iter().map(|(at, expr)| (at.clone(), lifter.lift(expr))).collect(),
                omit: omit.clone(),
            },
        },
        group: plan.group.as_ref().map(|group| Grouping {
            keys: group.keys.iter().map(|key| lifter.lift(key)).collect(),
            sums: group.sums.iter().map(|sum| lifter.lift(sum)).collect(),
            shown: group.shown.clone(),
            over_nothing: group.over_nothing,
        }),
    };
    Lifted { shape, arguments: lifter.arguments, auth_permission: plan.auth_permission.clone() }
}

struct Lifter<'a> {
    arguments: Vec<Expr<Input>>,
    raising: &'a [Expr<Input>],
}

impl Lifter<'_> {
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
            Expr::Leaf(_) => Expr::Leaf(self.slot(expr)),
            Expr::Field(path) => Expr::Field(path.clone()),
            Expr::Stored(path) => Expr::Stored(path.clone()),
            Expr::Part(inner, path) => Expr::Part(self.boxed(inner), path.clone()),
            Expr::Not(inner) => Expr::Not(self.boxed(inner)),
            Expr::Negate(inner) => Expr::Negate(self.boxed(inner)),
            Expr::And(a, b) => Expr::And(self.boxed(a), self.boxed(b)),
            Expr::Or(a, b) => Expr::Or(self.boxed(a), self.boxed(b)),
            Expr::Coalesce(a, b) => Expr::Coalesce(self.boxed(a), self.boxed(b)),
            Expr::Otherwise(a, b) => Expr::Otherwise(self.boxed(a), self.boxed(b)),
            Expr::Binary(op, a, b) => Expr::Binary(*op, self.boxed(a), self.boxed(b)),
            Expr::Array(items) => Expr::Array(items.iter().map(|item| self.lift(item)).collect()),
            Expr::Object(fields) => Expr::Object(
                fields.iter().map(|(name, value)| (name.clone(), self.lift(value))).collect(),
            ),
            Expr::Call(function, args) => {
                Expr::Call(function.clone(), args.iter().map(|arg| self.lift(arg)).collect())
            }
        }
    }

    fn boxed(&mut self, expr: &Expr<Input>) -> Box<Expr<Slot>> {
        Box::new(self.lift(expr))
    }
}
