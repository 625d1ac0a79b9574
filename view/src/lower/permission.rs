//! Select permissions.
//!
//! A permission becomes a part of the plan, or the view is refused: fail closed. In it the database's own permissions
//! are off, so the user's row is read as it is.

use protocol::{Code, Problem};
use surrealdb_sql::Expr as Ast;
use surrealdb_types::Value;

use super::expression::lower;
use super::scope::{Reading, Scope};
use super::{literal, named};
use crate::catalog::{Capture, Catalog, Permission, Principal};
use crate::plan::{Expr, Input};

/// Returns what decides whether a principal may select a row of the table; `None` is "always".
pub(super) fn of_table(
    catalog: &Catalog,
    principal: Principal<'_>,
    table: &str,
) -> Result<Option<Expr<Input>>, Problem> {
    if principal == Principal::System {
        return Ok(None);
    }
    // A table that is not defined yet will be, by the first write, with PERMISSIONS NONE.
    let select = catalog.tables.get(table).map_or(&Permission::None, |table| &table.select);
    match select {
        Permission::Full => Ok(None),
        Permission::None => Ok(Some(literal::leaf(Value::Bool(false)))),
        Permission::Where(text) => condition(catalog, principal, table, text)
            .map(Some)
            .map_err(|problem| refused(table, text, &problem)),
    }
}

fn condition(
    catalog: &Catalog,
    principal: Principal<'_>,
    table: &str,
    text: &str,
) -> Result<Expr<Input>, Problem> {
    let ast = parse(text)?;
    let mut scope = Scope::new(text, catalog, principal, Reading::Permission);
    let expr = lower(&mut scope, &ast)?;
    named::check_row(&scope, catalog.tables.get(table), &expr)?;
    named::check_auth(&scope, &expr)?;
    user_is_captured(&scope, [&expr])?;
    Ok(expr)
}

fn parse(text: &str) -> Result<Ast, Problem> {
    let settings = super::select::settings();
    surrealdb_syn::parse_with_settings(text.as_bytes(), settings, async |parser, stk| {
        let expr = parser.parse_expr_field(stk).await?;
        parser.assert_finished()?;
        Ok(expr)
    })
    .map_err(|error| Problem::new(Code::SyntaxError, error.to_string()))
}

fn refused(table: &str, text: &str, problem: &Problem) -> Problem {
    let message =
        format!("the select permission of table `{table}`, `{text}`: {}", problem.message);
    let refused = Problem::new(Code::PermissionRefused, message);
    match &problem.hint {
        Some(hint) => refused.hint(hint.clone()),
        None => refused,
    }
}

/// What reads the user's row needs its table captured.
pub(super) fn user_is_captured<'a>(
    scope: &Scope<'_>,
    exprs: impl IntoIterator<Item = &'a Expr<Input>>,
) -> Result<(), Problem> {
    let Principal::User { table } = scope.principal else { return Ok(()) };
    let captured =
        scope.catalog.tables.get(table).is_none_or(|table| table.capture == Capture::Captured);
    if captured || !exprs.into_iter().any(Expr::reads_user) {
        return Ok(());
    }
    let message = format!("`$auth` is read, but table `{table}` is not captured");
    Err(scope.refuse(Code::NotCaptured, "$auth", message))
}
