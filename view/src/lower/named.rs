//! Fields that a query names.
//!
//! A condition, an order or a computed projection over a field that its reader may not see would tell him what it
//! holds; over a COMPUTED or REFERENCE field it depends on more than the row. So they are refused. `*` and a path that
//! is only shown name nothing: edges say which records, the client reads the fields with his own rights.

use protocol::{Code, Problem};
use surrealdb_sql::{Idiom, Part};

use super::idiom;
use super::scope::{Reading, Scope};
use crate::catalog::{Field, Permission, Principal, Table};
use crate::plan::{Expr, Grouping, Input, Path, Plan, Step};

/// Checks everything that a plan's query names: in its own table, and in the user's row.
pub(super) fn check(scope: &Scope<'_>, plan: &Plan) -> Result<(), Problem> {
    let table = scope.catalog.tables.get(plan.source.table());
    let ordered = plan.filter.iter().chain(plan.order.iter().map(|key| &key.key));
    // What a group shows is written for its reader: nothing of it is fetched with his own rights.
    let grouped = plan.group.iter().flat_map(Grouping::parts);
    let computed = plan.projection.parts().filter(|expr| !matches!(expr, Expr::Field(_)));
    for expr in ordered.chain(computed).chain(grouped) {
        check_row(scope, table, expr)?;
    }
    // Which rows a view has tells of everything that chooses them: the records of its FROM, too.
    plan.parts()
        .try_for_each(|expr| check_auth(scope, expr).and_then(|()| check_parent(scope, expr)))
}

/// Checks what a subquery's expression names in the row that it is asked for.
fn check_parent(scope: &Scope<'_>, expr: &Expr<Input>) -> Result<(), Problem> {
    let table = scope.parent.as_ref().and_then(|parent| scope.catalog.tables.get(parent));
    each(expr, &mut |part| match part {
        Expr::Leaf(Input::Parent(path)) => check_path(scope, table, path),
        _ => Ok(()),
    })
}

/// Checks what an expression names in the rows of a table.
pub(super) fn check_row(
    scope: &Scope<'_>,
    table: Option<&Table>,
    expr: &Expr<Input>,
) -> Result<(), Problem> {
    each(expr, &mut |part| match part {
        Expr::Field(path) | Expr::Stored(path) => check_path(scope, table, path),
        _ => Ok(()),
    })
}

/// Checks what an expression names in the user's own row.
pub(super) fn check_auth(scope: &Scope<'_>, expr: &Expr<Input>) -> Result<(), Problem> {
    let table = match scope.principal {
        Principal::System => return Ok(()),
        Principal::User { table } => scope.catalog.tables.get(table),
    };
    each(expr, &mut |part| match part {
        Expr::Leaf(Input::AuthField { path, .. }) => check_path(scope, table, path),
        _ => Ok(()),
    })
}

fn each<'a>(
    expr: &'a Expr<Input>,
    check: &mut dyn FnMut(&'a Expr<Input>) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut outcome = Ok(());
    expr.walk(&mut |part| {
        if outcome.is_ok() {
            outcome = check(part);
        }
    });
    outcome
}

fn check_path(scope: &Scope<'_>, table: Option<&Table>, path: &Path) -> Result<(), Problem> {
    let Some(table) = table else { return Ok(()) };
    if path.column() == Some("id") {
        return Ok(());
    }
    for (name, field) in &table.fields {
        if overlaps(name, path) {
            check_field(scope, name, field)?;
        }
    }
    Ok(())
}

fn check_field(scope: &Scope<'_>, name: &str, field: &Field) -> Result<(), Problem> {
    let Field { select, computed, reference } = field;
    if *computed {
        let message = format!("field `{name}` is COMPUTED: it depends on more than the stored row");
        return Err(scope.refuse(Code::ComputedField, name, message));
    }
    if *reference {
        let message = format!("field `{name}` is a REFERENCE: it depends on other records");
        return Err(scope.refuse(Code::ReferenceField, name, message));
    }
    let bound = scope.reading == Reading::Query && scope.principal != Principal::System;
    if bound && *select != Permission::Full {
        let message = format!("field `{name}` has a select permission of its own");
        let hint = "it can be shown, but not compared, ordered by or computed with";
        return Err(scope.refuse(Code::FieldPermission, name, message).hint(hint));
    }
    Ok(())
}

/// Whether a path reads (a part of) what a definition defines, or something that this is a part of.
fn overlaps(defined: &str, path: &Path) -> bool {
    let Ok(Idiom(parts)) = surrealdb_syn::idiom(defined) else {
        return true;
    };
    let Some(defined) = idiom::written(&parts) else {
        return !matches!((parts.first(), path.column()),
            (Some(Part::Field(first)), Some(column)) if first.as_str() != column);
    };
    names(&defined).zip(names(path)).all(|(a, b)| a == b)
}

fn names(path: &Path) -> impl Iterator<Item = &str> {
    path.0.iter().filter_map(|step| match step {
        Step::Field(name) => Some(name.as_str()),
        Step::Index(_) | Step::All | Step::Last | Step::Optional => None,
    })
}
