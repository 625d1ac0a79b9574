//! What the engine would do with a query, in words.

mod cost;
pub mod print;
#[cfg(all(test, feature = "surrealql"))]
mod tests;

use std::fmt;

use serde::Serialize;
use surrealdb_types::Value;

use crate::family::{Arm, Family, Key, Sought};
use crate::index::{Entry, Part};
use crate::plan::{Child, Expr, Input, Plan, Source};
use crate::shape::{Lifted, lift};
use crate::value::KeyBits;

pub use cost::Predicted;

/// How a query is maintained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The table.
    pub table: String,
    /// The shape that its family is known by: every value that a view brings along is a `$n`.
    pub family: String,
    /// What a view of it brings along.
    pub arguments: Vec<String>,
    /// The select permission that was made part of it; `FULL` where there is none.
    pub permission: String,
    /// The arms of its condition.
    pub arms: Vec<ExplainedArm>,
    /// How its answer is maintained.
    pub circuit: String,
    /// The indexes that it needs, which it shares with every family of the same columns and order.
    pub indexes: Vec<String>,
    /// About how many bytes each of these indexes costs a row.
    pub index_bytes_per_row: usize,
    /// What a view of it is expected to cost, its subqueries aside.
    pub predicted: Predicted,
    /// Its subqueries: each has a window of its own for every row that gives it other arguments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subqueries: Vec<ExplainedChild>,
}

/// A subquery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedChild {
    /// Under which name its rows are shown.
    pub alias: String,
    /// How it is maintained.
    pub explanation: Explanation,
}

/// One arm of a condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedArm {
    /// What its rows are found by.
    pub keys: Vec<String>,
    /// What is decided when a view registers.
    pub decided: Vec<String>,
    /// A comparison that keeps most of the changes found by the keys away.
    pub range: Option<String>,
    /// What is evaluated on each row found.
    pub residual: Vec<String>,
}

/// Explains a plan.
pub fn explain(plan: &Plan) -> Explanation {
    let lifted = lift(&Plan { children: Vec::new(), ..plan.clone() });
    let Lifted { shape, arguments, .. } = lifted.clone();
    let permission = plan.permission.as_ref().map_or_else(|| "FULL".to_owned(), print::expr);
    let family = Family::new(shape);
    let arms: Vec<ExplainedArm> = match plan.source {
        Source::Table(_) => family.arms.iter().map(explained).collect(),
        Source::Records { .. } => Vec::new(),
    };
    let circuit = circuit(&family, &arguments);
    let predicted = cost::predict(&family, &lifted, circuit);
    let order = order(&family);
    let indexes = match plan.source {
        Source::Table(_) => {
            let mut indexes: Vec<String> =
                family.arms.iter().map(|arm| format!("({}; {order})", columns(arm))).collect();
            indexes.sort();
            indexes.dedup();
            indexes
        }
        Source::Records { .. } => vec!["(id), which only routes".to_owned()],
    };
    Explanation {
        table: plan.source.table().to_owned(),
        family: text(&family),
        permission,
        circuit: circuit.to_owned(),
        arguments: arguments.iter().map(print::expr).collect(),
        arms,
        indexes,
        // Pieces are about three quarters full.
        index_bytes_per_row: size_of::<Entry>() * 4 / 3,
        predicted,
        subqueries: plan.children.iter().map(subquery).collect(),
    }
}

fn subquery(child: &Child) -> ExplainedChild {
    ExplainedChild { alias: child.alias.clone(), explanation: explain(&child.plan) }
}

fn explained(arm: &Arm) -> ExplainedArm {
    let key = |key: &Key| {
        let column = print::path(&key.column.path);
        let slot = match &key.sought {
            Sought::Argument(slot) => print::Leaf::text(slot),
            Sought::Truth(true) => return column,
            Sought::Truth(false) => return format!("!{column}"),
        };
        match (key.column.part, key.many) {
            (Part::Whole | Part::Truth, false) => format!("{column} = {slot}"),
            (Part::Whole | Part::Truth, true) => format!("{column} IN {slot}"),
            (Part::Elements, false) => format!("{column} CONTAINS {slot}"),
            (Part::Elements, true) => format!("{column} CONTAINSANY {slot}"),
        }
    };
    let range = |range: &crate::family::Range| {
        let side = if range.border.above { "above" } else { "below" };
        format!("{} {side} {}", print::path(&range.border.path), print::Leaf::text(&range.slot))
    };
    ExplainedArm {
        range: arm.range.as_ref().map(range),
        keys: arm.keys.iter().map(key).collect(),
        decided: arm.conditions.iter().map(print::Leaf::text).collect(),
        residual: arm.residual.iter().map(print::expr).collect(),
    }
}

fn columns(arm: &Arm) -> String {
    let columns = arm.keys.iter().map(|key| key.column.clone()).collect();
    print::columns(&crate::index::Columns(columns))
}

fn order(family: &Family) -> String {
    if !family.windowed || !family.shareable || family.order.is_empty() {
        return "by id".to_owned();
    }
    format!("by {}, id", family.order.iter().map(print::order_key).collect::<Vec<_>>().join(", "))
}

fn circuit(family: &Family, arguments: &[Expr<Input>]) -> &'static str {
    if family.grouping.is_some() {
        return "grouped: the rows of every group, in a relational circuit of the family";
    }
    let inexact = |slot: crate::plan::Slot| match &arguments[usize::from(slot.0)] {
        Expr::Leaf(Input::Literal(value)) => {
            !matches!(value, Value::Array(_)) && !KeyBits::exact(value)
        }
        _ => false,
    };
    let inexact = |key: &Key| match key.sought {
        Sought::Argument(slot) => inexact(slot),
        Sought::Truth(_) => false,
    };
    let single = match &family.arms[..] {
        [arm] => arm.residual.is_empty() && !arm.keys.iter().any(inexact),
        _ => false,
    };
    match (family.listed(), family.windowed, family.shareable, single) {
        (true, ..) => "listed: made anew from the list of records",
        (_, false, ..) => "members: every row by itself, nothing is kept",
        (_, true, true, true) => "positions: two places in the index, unless a key is a number",
        (_, true, true, false) => "kept: the first matches, up to twice START + LIMIT",
        (_, true, false, _) => {
            "kept: all matches, because the order depends on what a view brings along"
        }
    }
}

fn text(family: &Family) -> String {
    let shape = &family.shape;
    let mut text = format!("SELECT FROM {}", shape.source.table());
    let mut say = |word: &str, what: String| text.push_str(&format!(" {word} {what}"));
    if let Some(filter) = &shape.filter {
        say("WHERE", print::expr(filter));
    }
    if let Some(group) = &shape.group {
        say("GROUP", print::grouping(group));
    }
    if !shape.order.is_empty() {
        say("ORDER BY", shape.order.iter().map(print::order_key).collect::<Vec<_>>().join(", "));
    }
    if let Some(limit) = &shape.limit {
        say("LIMIT", print::Leaf::text(limit));
    }
    if let Some(start) = &shape.start {
        say("START", print::Leaf::text(start));
    }
    text
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "family      {}", self.family)?;
        for (at, argument) in self.arguments.iter().enumerate() {
            writeln!(f, "  ${:<8} {argument}", at + 1)?;
        }
        writeln!(f, "permission  {}", self.permission)?;
        for (at, arm) in self.arms.iter().enumerate() {
            writeln!(f, "arm {}", at + 1)?;
            let lines =
                [("found by", &arm.keys), ("decided", &arm.decided), ("evaluated", &arm.residual)];
            for (word, parts) in lines {
                if !parts.is_empty() {
                    writeln!(f, "  {word:<9} {}", parts.join(" AND "))?;
                }
            }
            match (&arm.range, arm.keys.is_empty()) {
                (Some(range), true) => {
                    writeln!(f, "  found by  walking the whole table; changes by {range}")?;
                }
                (Some(range), false) => writeln!(f, "  changes   by {range}")?,
                (None, true) => {
                    writeln!(f, "  found by  walking the whole table, and every change of it")?;
                }
                (None, false) => {}
            }
        }
        for index in &self.indexes {
            writeln!(f, "index       {index}")?;
        }
        writeln!(f, "            about {} bytes a row and index", self.index_bytes_per_row)?;
        writeln!(f, "circuit     {}", self.circuit)?;
        write!(f, "predicted   {}", self.predicted)?;
        for ExplainedChild { alias, explanation } in &self.subqueries {
            write!(f, "\nsubquery    {alias}, a window for each row that asks something else")?;
            for line in explanation.to_string().lines() {
                write!(f, "\n  {line}")?;
            }
        }
        Ok(())
    }
}
