//! Expressions over one row.
//!
//! A stage is a type: a plan's leaves are [`Input`]s; after [`crate::shape::lift`] they are [`Slot`]s, numbers into a
//! view's arguments, so that an expression of a shape holds no value and two shapes compare by `Eq`.

use serde::{Deserialize, Serialize};
use surrealdb_types::Value;

use super::path::Path;

/// An expression whose leaves are `L`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Expr<L> {
    /// What does not depend on the row.
    Leaf(L),
    /// A read of the row's stored content.
    Field(Path),
    /// A read of the row's stored content as ORDER BY reads a path that is no alias: a link is not followed and a
    /// miss is NONE, so that it never fails.
    Stored(Path),
    /// A part of another expression's value.
    Part(Box<Expr<L>>, Path),
    /// `!x`.
    Not(Box<Expr<L>>),
    /// `-x`. Fails on what is no number or duration.
    Negate(Box<Expr<L>>),
    /// `a AND b`: `a` if it is false, else `b`.
    And(Box<Expr<L>>, Box<Expr<L>>),
    /// `a OR b`: `a` if it is true, else `b`.
    Or(Box<Expr<L>>, Box<Expr<L>>),
    /// `a ?? b`: `a` unless it is NONE or NULL.
    Coalesce(Box<Expr<L>>, Box<Expr<L>>),
    /// `a ?: b`: `a` if it is true, else `b`.
    Otherwise(Box<Expr<L>>, Box<Expr<L>>),
    /// Every other operator with two operands.
    Binary(BinaryOp, Box<Expr<L>>, Box<Expr<L>>),
    /// An array literal.
    Array(Vec<Expr<L>>),
    /// An object literal.
    Object(Vec<(String, Expr<L>)>),
    /// A pure function of the database.
    Call(Function, Vec<Expr<L>>),
}

/// An operator with two operands, as the database evaluates it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `**`
    Power,
    /// `=`
    Equal,
    /// `==`
    Exact,
    /// `!=`
    NotEqual,
    /// `*=`
    AllEqual,
    /// `?=`
    AnyEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    More,
    /// `>=`
    MoreOrEqual,
    /// `CONTAINS`
    Contains,
    /// `CONTAINSNOT`
    ContainsNot,
    /// `CONTAINSALL`
    ContainsAll,
    /// `CONTAINSANY`
    ContainsAny,
    /// `CONTAINSNONE`
    ContainsNone,
    /// `INSIDE`, `IN`
    Inside,
    /// `NOTINSIDE`, `NOT IN`
    NotInside,
    /// `ALLINSIDE`
    AllInside,
    /// `ANYINSIDE`
    AnyInside,
    /// `NONEINSIDE`
    NoneInside,
    /// `OUTSIDE`
    Outside,
    /// `INTERSECTS`
    Intersects,
}

impl BinaryOp {
    /// Whether the operator raises on some operands: arithmetic does, comparisons never do, and neither does a
    /// division: what cannot be divided gives NaN.
    pub fn can_fail(self) -> bool {
        use BinaryOp::{Add, Multiply, Power, Remainder, Subtract};
        matches!(self, Add | Subtract | Multiply | Remainder | Power)
    }
}

/// A pure function by its name in SurrealQL, `string::lowercase`. Only [`crate::lower`] makes one, after it has
/// looked the name up among those that the native module can call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Function(pub String);

/// A leaf of a plan: what a view brings along.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// A literal of the text.
    Literal(Value),
    /// `$name`: NONE when it was not given.
    Param(String),
    /// `$auth`: the user's record id, NONE for the system.
    Auth,
    /// `$access`: the access method's name, NONE for the system.
    Access,
    /// `$auth.path`: a read of the user's own row, which changes with it. In a query it is NONE while the user may
    /// not select that row (`permitted`); in a permission the row is read as it is.
    AuthField {
        /// The part of the row.
        path: Path,
        /// Whether the user's own select permission decides.
        permitted: bool,
    },
    /// `$parent.path`, in a child subquery: a read of the row that it is asked for.
    Parent(Path),
}

/// A leaf of a shape: a number into the view's arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot(pub u16);

impl<L> Expr<L> {
    /// Visits this expression and every one inside it, outermost first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr<L>)) {
        visit(self);
        match self {
            Expr::Leaf(_) | Expr::Field(_) | Expr::Stored(_) => {}
            Expr::Part(inner, _) | Expr::Not(inner) | Expr::Negate(inner) => inner.walk(visit),
            Expr::And(a, b)
            | Expr::Or(a, b)
            | Expr::Coalesce(a, b)
            | Expr::Otherwise(a, b)
            | Expr::Binary(_, a, b) => {
                a.walk(visit);
                b.walk(visit);
            }
            Expr::Array(items) | Expr::Call(_, items) => {
                items.iter().for_each(|item| item.walk(visit));
            }
            Expr::Object(fields) => fields.iter().for_each(|(_, value)| value.walk(visit)),
        }
    }

    /// Whether something holds for any part of it.
    pub fn any(&self, test: impl Fn(&Expr<L>) -> bool) -> bool {
        let mut found = false;
        self.walk(&mut |part| found |= test(part));
        found
    }

    /// Whether any part of it reads the row.
    pub fn reads_row(&self) -> bool {
        self.any(|part| matches!(part, Expr::Field(_) | Expr::Stored(_)))
    }

    /// Returns the expressions right inside this one.
    pub fn parts(&self) -> Vec<&Expr<L>> {
        match self {
            Expr::Leaf(_) | Expr::Field(_) | Expr::Stored(_) => Vec::new(),
            Expr::Part(inner, _) | Expr::Not(inner) | Expr::Negate(inner) => vec![inner],
            Expr::And(a, b)
            | Expr::Or(a, b)
            | Expr::Coalesce(a, b)
            | Expr::Otherwise(a, b)
            | Expr::Binary(_, a, b) => vec![a, b],
            Expr::Array(items) | Expr::Call(_, items) => items.iter().collect(),
            Expr::Object(fields) => fields.iter().map(|(_, value)| value).collect(),
        }
    }

    /// Makes the same expression of other parts, what stands right inside this one; a leaf is
    /// made of nothing else.
    pub fn of_parts<M>(&self, part: &mut dyn FnMut(&Expr<L>) -> Expr<M>) -> Option<Expr<M>> {
        let mut boxed = |inner: &Expr<L>| Box::new(part(inner));
        Some(match self {
            Expr::Leaf(_) => return None,
            Expr::Field(path) => Expr::Field(path.clone()),
            Expr::Stored(path) => Expr::Stored(path.clone()),
            Expr::Part(inner, path) => Expr::Part(boxed(inner), path.clone()),
            Expr::Not(inner) => Expr::Not(boxed(inner)),
            Expr::Negate(inner) => Expr::Negate(boxed(inner)),
            Expr::And(a, b) => Expr::And(boxed(a), boxed(b)),
            Expr::Or(a, b) => Expr::Or(boxed(a), boxed(b)),
            Expr::Coalesce(a, b) => Expr::Coalesce(boxed(a), boxed(b)),
            Expr::Otherwise(a, b) => Expr::Otherwise(boxed(a), boxed(b)),
            Expr::Binary(op, a, b) => Expr::Binary(*op, boxed(a), boxed(b)),
            Expr::Array(items) => Expr::Array(items.iter().map(part).collect()),
            Expr::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| (name.clone(), part(value)));
                Expr::Object(fields.collect())
            }
            Expr::Call(function, args) => {
                Expr::Call(function.clone(), args.iter().map(part).collect())
            }
        })
    }

    /// Whether evaluating it can raise. Reading a path can: it may meet a record link (`LINK_IN_PATH`).
    pub fn can_fail(&self) -> bool {
        self.any(Expr::can_itself_fail)
    }

    /// Whether it can raise although nothing inside of it does.
    pub fn can_itself_fail(&self) -> bool {
        match self {
            Expr::Call(..) | Expr::Negate(_) | Expr::Part(..) => true,
            Expr::Binary(op, ..) => op.can_fail(),
            Expr::Field(path) => path.0.len() > 1,
            _ => false,
        }
    }
}

impl Expr<Input> {
    /// Whether any part of it reads the user's own row.
    pub fn reads_user(&self) -> bool {
        self.any(|part| matches!(part, Expr::Leaf(Input::AuthField { .. })))
    }

    /// Whether any part of it reads the row that a subquery is asked for.
    pub fn reads_parent(&self) -> bool {
        self.reads_of_parent(|_| true)
    }

    /// Whether any part of it reads a path of that row for which something holds.
    pub fn reads_of_parent(&self, test: impl Fn(&Path) -> bool) -> bool {
        self.any(|part| matches!(part, Expr::Leaf(Input::Parent(path)) if test(path)))
    }

    /// What it is to the query around its own: the row that it is asked for is that query's row.
    pub fn of_parent(&self) -> Expr<Input> {
        match self {
            Expr::Leaf(Input::Parent(path)) => Expr::Field(path.clone()),
            expr => expr.of_parts(&mut Expr::of_parent).unwrap_or_else(|| expr.clone()),
        }
    }
}
