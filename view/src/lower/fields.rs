//! What the answer shows: fields, aliases, VALUE, OMIT.

use protocol::Problem;
use surrealdb_sql::field::Selector;
use surrealdb_sql::{Expr as Ast, Field, Fields, Idiom, Part};
use surrealdb_types::ToSql;

use super::expression::{lower, shown};
use super::scope::Scope;
use super::{child, idiom};
use crate::plan::{Child, Expr, Input, Path, Projection, Step};

/// Lowers the list of fields, the child subqueries among them, and OMIT.
pub(super) fn projection(
    scope: &mut Scope<'_>,
    table: &str,
    fields: &Fields,
    omit: &[Ast],
) -> Result<(Projection<Input>, Vec<Child>), Problem> {
    let omit: Result<Vec<Path>, Problem> = omit.iter().map(|ast| omitted(scope, ast)).collect();
    let omit = omit?;
    let mut children = Vec::new();
    let projection = match fields {
        Fields::Value(selector) => {
            let Selector { expr, alias: _ } = &**selector;
            if !omit.is_empty() {
                return Err(scope.unsupported("OMIT", "OMIT beside VALUE is not understood"));
            }
            Projection::Value(lower(scope, expr)?)
        }
        Fields::Select(list) => {
            let mut all = false;
            let mut fields = Vec::with_capacity(list.len());
            for field in list {
                match field {
                    Field::All => all = true,
                    Field::Single(selector) => match child::of(&selector.expr) {
                        Some(asked) => {
                            let at = fields.len();
                            children.push(child::child(scope, table, asked, selector, at)?);
                        }
                        None => fields.push(single(scope, selector)?),
                    },
                }
            }
            Projection::Fields { all, fields, omit }
        }
    };
    child::check(scope, &projection, &children)?;
    Ok((projection, children))
}

fn single(scope: &mut Scope<'_>, selector: &Selector) -> Result<(Path, Expr<Input>), Problem> {
    Ok((place(scope, selector)?, lower(scope, &selector.expr)?))
}

/// Where a field is put in what is shown.
pub(super) fn place(scope: &Scope<'_>, selector: &Selector) -> Result<Path, Problem> {
    let Selector { expr, alias } = selector;
    Ok(match (alias, expr) {
        (Some(Idiom(parts)), _) => name_of(parts).ok_or_else(|| {
            let alias = Idiom(parts.clone()).to_sql();
            scope.unsupported("AS", format!("the alias `{alias}` is not understood"))
        })?,
        (None, Ast::Idiom(path)) => own_name(path),
        (None, Ast::Param(param)) => Path::field(param.as_str()),
        (None, Ast::FunctionCall(call)) => Path::field(call.receiver.to_string()),
        (None, other) => Path::field(other.to_sql()),
    })
}

/// An alias is a path of names.
fn name_of(parts: &[Part]) -> Option<Path> {
    idiom::written(parts).filter(|path| path.0.iter().all(|step| matches!(step, Step::Field(_))))
}

/// Where a path without an alias is shown: at its names, without whatever stands between them.
fn own_name(path: &Idiom) -> Path {
    let simple = path.simplify();
    name_of(&simple.0).unwrap_or_else(|| Path::field(simple.to_sql()))
}

fn omitted(scope: &mut Scope<'_>, ast: &Ast) -> Result<Path, Problem> {
    let path = match ast {
        Ast::Idiom(Idiom(parts)) => idiom::written(parts),
        _ => None,
    };
    let understood = path.filter(|path| {
        path.0.iter().all(|step| matches!(step, Step::Field(_) | Step::All | Step::Index(0..)))
    });
    understood.ok_or_else(|| {
        scope.unsupported("OMIT", format!("OMIT `{}` is not understood", shown(ast)))
    })
}
