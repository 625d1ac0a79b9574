//! Paths.

use protocol::{Code, Problem};
use surrealdb_sql::{Expr as Ast, Idiom, Literal, Part};
use surrealdb_types::ToSql;

use super::expression::lower;
use super::scope::{Reading, Scope};
use super::{child, function};
use crate::plan::{Expr, Input, Path, Step};

/// Lowers a path: of the row, or of what an expression in parentheses (or a parameter) gives.
pub(super) fn idiom(scope: &mut Scope<'_>, idiom: &Idiom) -> Result<Expr<Input>, Problem> {
    let Idiom(parts) = idiom;
    let shown = idiom.to_sql();
    match parts.split_first() {
        None => Err(scope.unsupported("", "an empty path is not understood")),
        Some((Part::Start(Ast::Param(param)), rest)) if param.as_str() == "auth" => {
            auth(scope, rest, &shown)
        }
        Some((Part::Start(Ast::Param(param)), rest)) if param.as_str() == "parent" => {
            child::parent(scope, rest, &shown)
        }
        Some((Part::Start(start), rest)) => {
            let start = lower(scope, start)?;
            of(scope, start, rest, &shown)
        }
        Some((Part::Field(_), _)) => {
            let (plain, rest) = until_method(parts);
            let read = Expr::Field(Path(steps(scope, plain, &shown)?));
            methods_follow(scope, plain, rest, &shown)?;
            of(scope, read, rest, &shown)
        }
        Some((part, _)) => Err(part_refused(scope, part, &shown)),
    }
}

/// What follows a value: methods, and steps behind them.
pub(super) fn of(
    scope: &mut Scope<'_>,
    mut expr: Expr<Input>,
    mut rest: &[Part],
    shown: &str,
) -> Result<Expr<Input>, Problem> {
    while let Some((Part::Method(name, args), behind)) = rest.split_first() {
        expr = function::method(scope, expr, name.as_str(), args)?;
        rest = behind;
    }
    if rest.is_empty() {
        return Ok(expr);
    }
    Ok(Expr::Part(Box::new(expr), Path(steps(scope, rest, shown)?)))
}

pub(super) fn until_method(parts: &[Part]) -> (&[Part], &[Part]) {
    let plain = parts.iter().take_while(|part| !matches!(part, Part::Method(..))).count();
    parts.split_at(plain)
}

/// A list on the way maps everything behind it over its elements, methods too; so a method is understood where no
/// list can be on the way to it.
pub(super) fn methods_follow(
    scope: &Scope<'_>,
    plain: &[Part],
    rest: &[Part],
    shown: &str,
) -> Result<(), Problem> {
    if plain.len() > 1 && !rest.is_empty() {
        let message = format!("a method behind a longer path is not understood, in `{shown}`");
        let hint = "write the function's full name: string::len(a.b)";
        return Err(scope.unsupported(shown, message).hint(hint));
    }
    Ok(())
}

/// `$auth`, whose fields are reads of the user's row.
fn auth(scope: &mut Scope<'_>, rest: &[Part], shown: &str) -> Result<Expr<Input>, Problem> {
    let rest = match rest {
        [Part::Optional, rest @ ..] => rest,
        rest => rest,
    };
    match rest.first() {
        Some(Part::Field(_) | Part::All) => {
            let (plain, rest) = until_method(rest);
            let path = Path(steps(scope, plain, shown)?);
            methods_follow(scope, plain, rest, shown)?;
            let permitted = scope.reading == Reading::Query;
            of(scope, Expr::Leaf(Input::AuthField { path, permitted }), rest, shown)
        }
        _ => of(scope, Expr::Leaf(Input::Auth), rest, shown),
    }
}

pub(super) fn steps(
    scope: &mut Scope<'_>,
    parts: &[Part],
    shown: &str,
) -> Result<Vec<Step>, Problem> {
    scope.count(parts.len())?;
    parts.iter().map(|part| step(part).ok_or_else(|| part_refused(scope, part, shown))).collect()
}

/// Lowers one step, if it is one that reads nothing but the value before it.
pub(super) fn step(part: &Part) -> Option<Step> {
    Some(match part {
        Part::Field(name) => Step::Field(name.as_str().to_owned()),
        Part::All => Step::All,
        Part::Last => Step::Last,
        Part::Optional => Step::Optional,
        Part::Value(Ast::Literal(Literal::Integer(at))) => Step::Index(*at),
        Part::First
        | Part::Flatten
        | Part::Where(_)
        | Part::Graph(_)
        | Part::Value(_)
        | Part::Start(_)
        | Part::Method(..)
        | Part::Destructure(_)
        | Part::Recurse(..)
        | Part::Doc
        | Part::RepeatRecurse => return None,
    })
}

fn part_refused(scope: &Scope<'_>, part: &Part, shown: &str) -> Problem {
    let (near, what) = match part {
        Part::Graph(lookup) => {
            let arrow = lookup.kind.to_sql();
            let message = format!("the graph arrow in `{shown}` is not understood yet");
            return scope.unsupported(&arrow, message);
        }
        Part::Where(_) => ("[", "a condition in brackets"),
        Part::Value(_) => ("[", "a computed index"),
        Part::Destructure(_) => (".{", "a selection in braces"),
        Part::Recurse(..) | Part::RepeatRecurse => (".{", "a recursion"),
        Part::Doc => ("@", "`@`"),
        Part::Flatten => ("…", "`…`"),
        Part::Start(_) | Part::Method(..) | Part::First => (shown, "this form of a path"),
        Part::All => ("*", "`*` where a path begins"),
        Part::Last => ("[$]", "`[$]` where a path begins"),
        Part::Optional => (".?", "`.?` where a path begins"),
        Part::Field(_) => (shown, "this path"),
    };
    scope.refuse(Code::Unsupported, near, format!("{what} is not understood, in `{shown}`"))
}

/// Lowers a path that is written down only: an alias, OMIT, a field's definition.
pub(super) fn written(parts: &[Part]) -> Option<Path> {
    let steps: Option<Vec<Step>> = parts.iter().map(step).collect();
    steps.filter(|steps| !steps.is_empty()).map(Path)
}
