//! GROUP BY and GROUP ALL, and what is shown of a group.
//!
//! A key that is written as an alias is means that alias's expression; every other one is a path of the row. What is
//! selected is a key where its alias, or it itself, is written in GROUP BY.

use protocol::{Code, Problem};
use surrealdb_sql::field::Selector;
use surrealdb_sql::{Expr as Ast, Field, Fields, Function, Group, Groups, Idiom};

use super::expression::{lower, shown};
use super::fields;
use super::scope::Scope;
use crate::catalog::{Permission, Principal};
use crate::plan::{Aggregate, Expr, Grouping, Input, Path};

/// Refuses what is not understood beside GROUP BY: clauses that are there.
pub(super) fn refuse_beside(scope: &Scope<'_>, clauses: [(&str, bool); 5]) -> Result<(), Problem> {
    let Some((clause, _)) = clauses.into_iter().find(|(_, there)| *there) else { return Ok(()) };
    Err(match clause {
        "FROM" => scope
            .unsupported(clause, "groups over a list of records are not understood yet")
            .hint("write FROM task WHERE id IN [task:1, task:2]"),
        _ => scope
            .unsupported(clause, format!("{clause} beside GROUP is not understood yet"))
            .hint("sort, cut and leave out where the groups are shown"),
    })
}

/// Lowers GROUP BY with the fields that are selected, of which table, and whether there is a WHERE.
pub(super) fn grouping(
    scope: &mut Scope<'_>,
    groups: &Groups,
    fields: &Fields,
    (table, filtered): (&str, bool),
) -> Result<Grouping<Input>, Problem> {
    let list = match fields {
        Fields::Select(list) => list,
        Fields::Value(_) => {
            return Err(scope.unsupported("VALUE", "VALUE beside GROUP is not understood yet"));
        }
    };
    let written: Vec<&Idiom> = groups.0.iter().map(|Group(idiom)| idiom).collect();
    let mut grouping = Grouping {
        keys: Vec::with_capacity(written.len()),
        sums: Vec::new(),
        shown: Vec::with_capacity(list.len()),
        over_nothing: false,
    };
    for idiom in &written {
        let meant = list.iter().find_map(|field| match field {
            Field::Single(selector) if selector.alias.as_ref() == Some(*idiom) => {
                Some(&selector.expr)
            }
            _ => None,
        });
        let own = Ast::Idiom((*idiom).clone());
        grouping.keys.push(total(scope, meant.unwrap_or(&own))?);
    }
    for field in list {
        let Field::Single(selector) = field else {
            return Err(scope.unsupported("*", "`*` beside GROUP is refused by the database"));
        };
        let place = fields::place(scope, selector)?;
        let aggregate = aggregate(scope, selector, &written, &mut grouping.sums)?;
        grouping.shown.push((place, aggregate));
    }
    grouping.over_nothing =
        written.is_empty() && is_over_nothing(scope, &grouping, table, filtered);
    Ok(grouping)
}

/// Whether the one group is there over no rows (measured): for the system; for a user where he counts a whole table that
/// he may read. That is not made of groups there.
fn is_over_nothing(
    scope: &Scope<'_>,
    grouping: &Grouping<Input>,
    table: &str,
    filtered: bool,
) -> bool {
    // A query over a table that does not exist fails there, and is empty here until the table comes.
    let Some(table) = scope.catalog.tables.get(table) else { return false };
    let counts = |(_, shown): &(Path, Aggregate)| *shown == Aggregate::Count;
    let counted = !filtered && grouping.shown.iter().all(counts);
    scope.principal == Principal::System || counted && table.select != Permission::None
}

fn aggregate(
    scope: &mut Scope<'_>,
    selector: &Selector,
    written: &[&Idiom],
    sums: &mut Vec<Expr<Input>>,
) -> Result<Aggregate, Problem> {
    let Selector { expr, alias } = selector;
    let own = match expr {
        Ast::Idiom(idiom) => Some(idiom),
        _ => None,
    };
    let names = |name: Option<&Idiom>| written.iter().position(|key| Some(*key) == name);
    if let Some(key) = names(alias.as_ref()).or_else(|| names(own)) {
        return Ok(Aggregate::Key(number(key)));
    }
    if let Ast::FunctionCall(call) = expr
        && let Function::Normal(name) = &call.receiver
    {
        match (name.as_str(), &call.arguments[..]) {
            ("count", []) => return Ok(Aggregate::Count),
            ("math::sum", [addend]) => {
                let addend = total(scope, addend)?;
                let known = sums.iter().position(|sum| *sum == addend);
                let at = known.unwrap_or_else(|| {
                    sums.push(addend);
                    sums.len() - 1
                });
                return Ok(Aggregate::Sum(number(at)));
            }
            _ => {}
        }
    }
    let shown = shown(expr);
    let message = format!("`{shown}` is neither a key of GROUP BY, nor count() or math::sum(…)");
    Err(scope.unsupported(&shown, message).hint("more aggregates are not understood yet"))
}

/// Lowers what is evaluated on every row of a group. What may raise is refused, but for a path, which raises only where it
/// meets a record link.
fn total(scope: &mut Scope<'_>, ast: &Ast) -> Result<Expr<Input>, Problem> {
    let expr = lower(scope, ast)?;
    if matches!(expr, Expr::Field(_)) || !expr.can_fail() {
        return Ok(expr);
    }
    let shown = shown(ast);
    let message = format!("`{shown}` can fail on a row, and the groups with it");
    Err(scope.refuse(Code::Unsupported, &shown, message).hint("use a field as it is stored"))
}

fn number(at: usize) -> u16 {
    u16::try_from(at).expect("a query's parts are limited far below 65,536")
}
