//! Shapes in words that a person who wrote SurrealQL reads: slots print as `$1`, `$2` …

use surrealdb_types::ToSql;

use crate::index::{Columns, Part};
use crate::plan::{BinaryOp, Collation, Expr, Grouping, Input, OrderKey, Path, Slot, Step};

/// A leaf that can be printed.
pub trait Leaf {
    /// Prints it.
    fn text(&self) -> String;
}

impl Leaf for Slot {
    fn text(&self) -> String {
        format!("${}", self.0 + 1)
    }
}

impl Leaf for Input {
    fn text(&self) -> String {
        match self {
            Input::Literal(value) => value.to_sql(),
            Input::Param(name) => format!("${name}"),
            Input::Auth => "$auth".to_owned(),
            Input::Access => "$access".to_owned(),
            Input::AuthField { path: field, .. } => format!("$auth.{}", path(field)),
            Input::Parent(field) => format!("$parent.{}", path(field)),
        }
    }
}

/// Prints a path.
pub fn path(path: &Path) -> String {
    let mut text = String::new();
    for step in &path.0 {
        match step {
            Step::Field(name) if text.is_empty() => text.push_str(name),
            Step::Field(name) => text.extend([".", name]),
            Step::Index(at) => text.push_str(&format!("[{at}]")),
            Step::All => text.push_str("[*]"),
            Step::Last => text.push_str("[$]"),
            Step::Optional => text.push_str(".?"),
        }
    }
    text
}

/// Prints the columns of an index.
pub fn columns(columns: &Columns) -> String {
    let column = |column: &crate::index::Column| match column.part {
        Part::Whole => path(&column.path),
        Part::Elements => format!("elements of {}", path(&column.path)),
        Part::Truth => format!("truth of {}", path(&column.path)),
    };
    let columns: Vec<String> = columns.0.iter().map(column).collect();
    if columns.is_empty() { "no column".to_owned() } else { columns.join(", ") }
}

/// Prints a key of ORDER BY.
pub fn order_key<L: Leaf>(key: &OrderKey<L>) -> String {
    let collation = match key.collation {
        Collation::Bytes => "",
        Collation::Lexical => " COLLATE",
        Collation::Natural => " NUMERIC",
        Collation::NaturalLexical => " COLLATE NUMERIC",
    };
    let direction = if key.descending { " DESC" } else { "" };
    format!("{}{collation}{direction}", expr(&key.key))
}

/// Prints what groups are made of, and what they show.
pub fn grouping<L: Leaf>(grouping: &Grouping<L>) -> String {
    let list = |parts: &mut dyn Iterator<Item = String>| parts.collect::<Vec<_>>().join(", ");
    let by = match &grouping.keys[..] {
        [] => "ALL".to_owned(),
        keys => format!("BY {}", list(&mut keys.iter().map(expr))),
    };
    let sums = grouping.sums.iter().map(|sum| format!("math::sum({})", expr(sum)));
    format!("{by} OF {}", list(&mut std::iter::once("count()".to_owned()).chain(sums)))
}

/// Prints an expression.
pub fn expr<L: Leaf>(shown: &Expr<L>) -> String {
    match shown {
        Expr::Leaf(leaf) => leaf.text(),
        Expr::Field(field) | Expr::Stored(field) => path(field),
        Expr::Part(inner, rest) => format!("{}.{}", operand(inner), path(rest)),
        Expr::Not(inner) => format!("!{}", operand(inner)),
        Expr::Negate(inner) => format!("-{}", operand(inner)),
        Expr::And(a, b) => format!("{} AND {}", operand(a), operand(b)),
        Expr::Or(a, b) => format!("{} OR {}", operand(a), operand(b)),
        Expr::Coalesce(a, b) => format!("{} ?? {}", operand(a), operand(b)),
        Expr::Otherwise(a, b) => format!("{} ?: {}", operand(a), operand(b)),
        Expr::Binary(op, a, b) => format!("{} {} {}", operand(a), symbol(*op), operand(b)),
        Expr::Array(items) => format!("[{}]", list(items)),
        Expr::Object(fields) => {
            let field = |(name, value): &(String, Expr<L>)| format!("{name}: {}", expr(value));
            format!("{{ {} }}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        Expr::Call(function, args) => format!("{}({})", function.0, list(args)),
    }
}

fn list<L: Leaf>(items: &[Expr<L>]) -> String {
    items.iter().map(expr).collect::<Vec<_>>().join(", ")
}

fn operand<L: Leaf>(inner: &Expr<L>) -> String {
    match inner {
        Expr::And(..)
        | Expr::Or(..)
        | Expr::Coalesce(..)
        | Expr::Otherwise(..)
        | Expr::Binary(..) => {
            format!("({})", expr(inner))
        }
        inner => expr(inner),
    }
}

/// Returns an operator as it is written.
pub fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Remainder => "%",
        BinaryOp::Power => "**",
        BinaryOp::Equal => "=",
        BinaryOp::Exact => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::AllEqual => "*=",
        BinaryOp::AnyEqual => "?=",
        BinaryOp::Less => "<",
        BinaryOp::LessOrEqual => "<=",
        BinaryOp::More => ">",
        BinaryOp::MoreOrEqual => ">=",
        BinaryOp::Contains => "CONTAINS",
        BinaryOp::ContainsNot => "CONTAINSNOT",
        BinaryOp::ContainsAll => "CONTAINSALL",
        BinaryOp::ContainsAny => "CONTAINSANY",
        BinaryOp::ContainsNone => "CONTAINSNONE",
        BinaryOp::Inside => "IN",
        BinaryOp::NotInside => "NOT IN",
        BinaryOp::AllInside => "ALLINSIDE",
        BinaryOp::AnyInside => "ANYINSIDE",
        BinaryOp::NoneInside => "NONEINSIDE",
        BinaryOp::Outside => "OUTSIDE",
        BinaryOp::Intersects => "INTERSECTS",
    }
}
