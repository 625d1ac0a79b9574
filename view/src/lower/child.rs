//! Child subqueries: `(SELECT … WHERE thread = $parent.id) AS comments`.
//!
//! A subquery is understood where it is shown by itself, under a name, of each row of the query around it. In it,
//! `$parent` is that row as it is stored; in a subquery of its own, it is a row of the nearer one (facts §15.31).
//!
//! # Absent on purpose
//! A subquery inside of an expression, a condition or an order; one of groups, or over a list of records: refused by name.

use protocol::limits::CHILDREN_PER_QUERY_MAX;
use protocol::{Code, Problem};
use surrealdb_sql::field::Selector;
use surrealdb_sql::statements::SelectStatement;
use surrealdb_sql::{Expr as Ast, Idiom, Literal, Part};
use surrealdb_types::{Number, Value};

use super::scope::Scope;
use super::{fields, idiom, literal, select};
use crate::plan::{Child, Expr, Input, Path, Plan, Projection, Source, Step};

/// A subquery as it stands among the fields.
pub(super) struct Asked<'a> {
    select: &'a SelectStatement,
    /// `[0]` stands behind it.
    first: bool,
}

/// Finds the subquery that a field is, if it is one.
pub(super) fn of(field: &Ast) -> Option<Asked<'_>> {
    match field {
        Ast::Select(select) => Some(Asked { select, first: false }),
        Ast::Idiom(Idiom(parts)) => match &parts[..] {
            [Part::Start(Ast::Select(select)), Part::Value(Ast::Literal(Literal::Integer(0)))] => {
                Some(Asked { select, first: true })
            }
            _ => None,
        },
        _ => None,
    }
}

/// Lowers a subquery of rows of `table`, behind `at` other fields.
pub(super) fn child(
    scope: &mut Scope<'_>,
    table: &str,
    asked: Asked<'_>,
    selector: &Selector,
    at: usize,
) -> Result<Child, Problem> {
    let Asked { select, first } = asked;
    if selector.alias.is_none() {
        return Err(scope
            .unsupported("(SELECT", "a subquery without a name is not understood")
            .hint("name what it shows: (SELECT …) AS comments"));
    }
    let alias = match &fields::place(scope, selector)?.0[..] {
        [Step::Field(name)] => name.clone(),
        _ => return Err(scope.unsupported("AS", "a subquery is shown under one plain name")),
    };
    let mut plan = scope.deeper(|scope| {
        let around = scope.parent.replace(table.to_owned());
        let plan = select::lower_select(scope, select);
        scope.parent = around;
        plan
    })?;
    check_child(scope, &plan, first)?;
    if first && plan.limit.is_none() {
        // Nothing behind the first row can fail, so that it is as good as never asked for.
        plan.limit = Some(literal::leaf(Value::Number(Number::Int(1))));
    }
    Ok(Child { alias, at, first, plan })
}

fn check_child(scope: &Scope<'_>, plan: &Plan, first: bool) -> Result<(), Problem> {
    if plan.group.is_some() {
        return Err(scope.unsupported("GROUP", "groups in a subquery are not understood yet"));
    }
    if let Source::Records { .. } = plan.source {
        return Err(scope
            .unsupported("FROM", "a list of records in a subquery is not understood yet")
            .hint("write FROM user WHERE id = $parent.author"));
    }
    // An empty or negative window must be known when the view is registered.
    let constant =
        |expr: &Expr<Input>| matches!(expr, Expr::Leaf(Input::Literal(_) | Input::Param(_)));
    if !plan.limit.iter().chain(&plan.start).all(constant) {
        let message = "LIMIT and START of a subquery are numbers or parameters";
        return Err(scope.unsupported("(SELECT", message));
    }
    let one = Expr::Leaf(Input::Literal(Value::Number(Number::Int(1))));
    if first && plan.limit.as_ref() != Some(&one) && showing_can_fail(plan) {
        // The database computes what it then does not show, and fails on it.
        let message = "`[0]` behind a subquery that can fail on what it shows needs LIMIT 1";
        return Err(scope.unsupported("[0]", message).hint("write LIMIT 1 into the subquery"));
    }
    plan.parts().try_for_each(|part| check_argument(scope, part))
}

/// Whether showing a row can raise, by itself or in what is shown under it.
fn showing_can_fail(plan: &Plan) -> bool {
    let raises =
        |expr: &Expr<Input>| expr.can_fail() || expr.reads_of_parent(|path| path.0.len() > 1);
    let below = plan.levels().skip(1);
    let mut below = below.flat_map(|level| level.parts().chain(&level.permission));
    plan.projection.parts().any(Expr::can_fail) || below.any(raises)
}

/// What is taken from the row around must not raise: whether it is evaluated at all depends on the rows of the
/// subquery. A path raises only where it meets a record link, which is not followed anyhow.
fn check_argument(scope: &Scope<'_>, expr: &Expr<Input>) -> Result<(), Problem> {
    if expr.reads_row() {
        return expr.parts().into_iter().try_for_each(|part| check_argument(scope, part));
    }
    if !expr.reads_parent() || !expr.can_fail() {
        return Ok(());
    }
    let message = "what is computed from `$parent` can fail on a row, and the view with it";
    Err(scope
        .refuse(Code::Unsupported, "$parent", message)
        .hint("compare with a field of `$parent` as it is stored"))
}

/// Checks the subqueries of one query together.
pub(super) fn check(
    scope: &Scope<'_>,
    projection: &Projection<Input>,
    children: &[Child],
) -> Result<(), Problem> {
    if children.len() > CHILDREN_PER_QUERY_MAX {
        let message = format!("a query shows at most {CHILDREN_PER_QUERY_MAX} subqueries");
        return Err(scope.refuse(Code::LimitExceeded, "(SELECT", message));
    }
    let Projection::Fields { fields, .. } = projection else { return Ok(()) };
    for (at, Child { alias, .. }) in children.iter().enumerate() {
        let again = children[..at].iter().any(|other| other.alias == *alias);
        if again || fields.iter().any(|(path, _)| path.column() == Some(alias)) {
            let message = format!("two things are shown as `{alias}`");
            return Err(scope.unsupported(alias, message).hint("give each a name of its own"));
        }
        let others = children.iter().enumerate().filter(|(other, _)| *other != at);
        reads_what_is_stored(scope, others.map(|(_, child)| child), alias)?;
    }
    for (path, expr) in fields {
        match path.column() {
            Some(name) if *expr != Expr::Field(Path::field(name)) => {
                reads_what_is_stored(scope, children.iter(), name)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// What is shown under another field's name may hide that field from the subqueries.
fn reads_what_is_stored<'a>(
    scope: &Scope<'_>,
    mut children: impl Iterator<Item = &'a Child>,
    hidden: &str,
) -> Result<(), Problem> {
    let reads = |expr: &Expr<Input>| expr.reads_of_parent(|path| path.column() == Some(hidden));
    if !children.any(|child| child.plan.parts().any(reads)) {
        return Ok(());
    }
    let near = format!("$parent.{hidden}");
    let message =
        format!("`{near}` is read by a subquery, and something else is shown as `{hidden}`");
    Err(scope.unsupported(&near, message).hint("give what is shown another name"))
}

/// `$parent`, of which a field is read.
pub(super) fn parent(
    scope: &mut Scope<'_>,
    rest: &[Part],
    shown: &str,
) -> Result<Expr<Input>, Problem> {
    if scope.parent.is_none() {
        let message = "`$parent` is understood in a subquery that is shown under a row";
        return Err(scope.unsupported("$parent", message));
    }
    let (plain, rest) = idiom::until_method(rest);
    if !matches!(plain.first(), Some(Part::Field(_))) {
        return Err(scope
            .unsupported("$parent", format!("`{shown}` is not understood"))
            .hint("read a field of it: `$parent.id`"));
    }
    let path = Path(idiom::steps(scope, plain, shown)?);
    idiom::methods_follow(scope, plain, rest, shown)?;
    idiom::of(scope, Expr::Leaf(Input::Parent(path)), rest, shown)
}
