//! The statement.

use protocol::limits::{QUERY_BYTES_MAX, SOURCE_RECORDS_MAX};
use protocol::{Code, Problem};
use surrealdb_sql::statements::SelectStatement;
use surrealdb_sql::{Cond, Expr as Ast, Function, Limit, Literal, Start, TopLevelExpr, With};
use surrealdb_syn::{ParseError, ParserConfig, ParserSettings};
use surrealdb_types::{RecordId, Value};

use super::expression::{self, lower, shown};
use super::scope::{Reading, Scope};
use super::{fields, group as groups, literal, named, order, permission};
use crate::catalog::{Capture, Catalog, Principal};
use crate::plan::{Expr, Input, Plan, Projection, Source};

/// The limits that a server has unless it is configured otherwise.
pub(super) fn settings() -> ParserSettings {
    ParserSettings::all_features(&ParserConfig::default())
}

/// Plans one SELECT.
pub(super) fn plan(
    text: &str,
    catalog: &Catalog,
    principal: Principal<'_>,
) -> Result<Plan, Problem> {
    if text.len() > QUERY_BYTES_MAX {
        let message = format!("the query has more than {QUERY_BYTES_MAX} bytes");
        return Err(Problem::new(Code::LimitExceeded, message));
    }
    let mut scope = Scope::new(text, catalog, principal, Reading::Query);
    let statement = parse(&scope)?;
    let mut plan = lower_select(&mut scope, &statement)?;
    if let Principal::User { table } = principal
        && plan.levels().any(|level| level.parts().any(Expr::reads_user))
    {
        permission::user_is_captured(&scope, plan.levels().flat_map(Plan::parts))?;
        plan.auth_permission = permission::of_table(catalog, principal, table)?;
    }
    Ok(plan)
}

fn parse(scope: &Scope<'_>) -> Result<SelectStatement, Problem> {
    let parsed = surrealdb_syn::parse_with_settings(
        scope.text.as_bytes(),
        settings(),
        async |parser, stk| parser.parse_query(stk).await,
    );
    let mut statements = parsed.map_err(|error| syntax_error(scope.text, &error))?.expressions;
    match (statements.pop(), statements.is_empty()) {
        (Some(TopLevelExpr::Expr(Ast::Select(select))), true) => Ok(*select),
        (Some(TopLevelExpr::Expr(other)), true) if !other.read_only() => {
            Err(expression::refused(scope, &other).hint("a view is one SELECT statement"))
        }
        _ => Err(Problem::new(Code::NotASelect, "a view is one SELECT statement")),
    }
}

fn syntax_error(text: &str, error: &ParseError) -> Problem {
    let ParseError::InvalidQuery(rendered) = error else {
        return Problem::new(Code::LimitExceeded, error.to_string());
    };
    let message = rendered.errors.join(": ");
    let mut problem = Problem::new(Code::SyntaxError, message);
    let begins = text.split_whitespace().next().unwrap_or_default();
    if !begins.eq_ignore_ascii_case("select") && !begins.starts_with(['-', '/', '#']) {
        problem = problem.hint("a view is one statement that begins with SELECT");
    }
    // The place is printed as `--> [line:column]`, and only there.
    let printed = error.to_string();
    let place = printed.split("--> [").nth(1).and_then(|rest| rest.split(']').next());
    let numbers = place.and_then(|place| place.split_once(':'));
    match numbers.map(|(line, column)| (line.parse(), column.parse())) {
        Some((Ok(line), Ok(column))) => problem.at(protocol::problem::Position { line, column }),
        _ => problem,
    }
}

/// Lowers a statement: the query, or a subquery of it.
pub(super) fn lower_select(
    scope: &mut Scope<'_>,
    select: &SelectStatement,
) -> Result<Plan, Problem> {
    let SelectStatement {
        fields,
        omit,
        only,
        what,
        with,
        cond,
        split,
        group,
        order,
        limit,
        start,
        fetch,
        version,
        // Neither changes what an answer is: only whether it comes.
        timeout: _,
        tempfiles: _,
        explain,
        for_update,
    } = select;
    refuse_clauses(
        scope,
        [
            ("ONLY", *only),
            ("SPLIT", split.is_some()),
            ("FETCH", fetch.is_some()),
            ("VERSION", !matches!(version, Ast::Literal(Literal::None))),
            ("EXPLAIN", explain.is_some()),
            ("FOR UPDATE", *for_update),
        ],
    )?;
    let source = source(scope, what)?;
    refuse_table(scope, source.table())?;
    let windowed = limit.is_some() || start.is_some();
    refuse_index_hint(scope, with.as_ref(), order.is_some() || !windowed)?;
    let filter = match cond {
        Some(Cond(cond)) => Some(lower(scope, cond)?),
        None => None,
    };
    let group = match group {
        Some(group) => {
            let beside = [
                ("ORDER", order.is_some()),
                ("LIMIT", limit.is_some()),
                ("START", start.is_some()),
                ("OMIT", !omit.is_empty()),
                ("FROM", matches!(source, Source::Records { .. })),
            ];
            groups::refuse_beside(scope, beside)?;
            Some(groups::grouping(scope, group, fields, (source.table(), cond.is_some()))?)
        }
        None => None,
    };
    let (projection, children) = match group {
        Some(_) => (Projection::nothing(), Vec::new()),
        None => fields::projection(scope, source.table(), fields, omit)?,
    };
    let order = order::order(scope, order.as_ref(), fields, &projection)?;
    let limit = limit.as_ref().map(|Limit(ast)| row_free(scope, "LIMIT", ast)).transpose()?;
    let start = start.as_ref().map(|Start(ast)| row_free(scope, "START", ast)).transpose()?;
    let permission = permission::of_table(scope.catalog, scope.principal, source.table())?;
    let auth_permission = None;
    let plan = Plan {
        source,
        projection,
        group,
        filter,
        permission,
        order,
        limit,
        start,
        auth_permission,
        children,
    };
    named::check(scope, &plan)?;
    Ok(plan)
}

fn refuse_clauses(scope: &Scope<'_>, clauses: [(&str, bool); 6]) -> Result<(), Problem> {
    let Some((clause, _)) = clauses.into_iter().find(|(_, there)| *there) else { return Ok(()) };
    let problem = scope.unsupported(clause, format!("{clause} is not understood yet"));
    Err(match clause {
        "ONLY" => problem.hint("leave ONLY out, and take the first row of the answer"),
        "FETCH" => problem.hint("register the linked records as a view of their own"),
        _ => problem,
    })
}

fn refuse_table(scope: &Scope<'_>, table: &str) -> Result<(), Problem> {
    let known = match scope.catalog.tables.get(table) {
        Some(known) => known.capture,
        // One that is not there yet has our name already.
        None if table.starts_with("_00_") => Capture::Ours,
        None => return Ok(()),
    };
    let (code, why) = match known {
        Capture::Captured => return Ok(()),
        Capture::Excluded => (Code::NotCaptured, "is excluded from capture"),
        Capture::Computed => (Code::NotCaptured, "has COMPUTED fields and is not captured"),
        Capture::Ours => (Code::NotCaptured, "is Sp00ky's own"),
        Capture::View => (Code::TableView, "is a table view, which no changefeed follows"),
    };
    Err(scope.refuse(code, table, format!("table `{table}` {why}")))
}

/// An index hint changes no answer, but without ORDER BY it changes which rows a LIMIT takes.
fn refuse_index_hint(scope: &Scope<'_>, with: Option<&With>, settled: bool) -> Result<(), Problem> {
    match with {
        Some(With::Index(_)) if !settled => Err(scope
            .unsupported("WITH", "WITH INDEX beside LIMIT or START needs an ORDER BY")
            .hint("add ORDER BY id")),
        None | Some(With::NoIndex | With::Index(_)) => Ok(()),
    }
}

fn row_free(scope: &mut Scope<'_>, clause: &str, ast: &Ast) -> Result<Expr<Input>, Problem> {
    let expr = lower(scope, ast)?;
    if expr.reads_row() {
        let message =
            format!("{clause} `{}` reads a field, but stands before all rows", shown(ast));
        return Err(scope.unsupported(clause, message));
    }
    Ok(expr)
}

/// One table, or record ids of one table.
fn source(scope: &mut Scope<'_>, what: &[Ast]) -> Result<Source<Input>, Problem> {
    if let [one] = what
        && let Some(table) = table_of(one)
    {
        return Ok(Source::Table(table));
    }
    let mut ids = Vec::new();
    let mut tables = Vec::new();
    for ast in what {
        if table_of(ast).is_some() {
            return Err(scope.unsupported("FROM", "several tables are not understood yet"));
        }
        let id = lower(scope, ast)?;
        tables.push(source_table(scope, ast, &id)?);
        ids.push(id);
    }
    let table = tables.swap_remove(0);
    if let Some(other) = tables.iter().find(|other| **other != table) {
        let message =
            format!("records of several tables (`{table}`, `{other}`) are not understood");
        return Err(scope.unsupported(other, message));
    }
    Ok(Source::Records { table, ids })
}

fn table_of(ast: &Ast) -> Option<String> {
    match ast {
        Ast::Table(table) => Some(table.as_str().to_owned()),
        Ast::FunctionCall(call) => match (&call.receiver, &call.arguments[..]) {
            (Function::Normal(name), [Ast::Literal(Literal::String(table))])
                if name == "type::table" =>
            {
                Some(table.as_str().to_owned())
            }
            _ => None,
        },
        _ => None,
    }
}

/// The one table of the records that a source names.
fn source_table(scope: &Scope<'_>, ast: &Ast, id: &Expr<Input>) -> Result<String, Problem> {
    let unknown = || {
        let message = format!("which table `{}` reads cannot be told from the text", shown(ast));
        scope
            .unsupported(&shown(ast), message)
            .hint("write SELECT … FROM task WHERE id IN $ids, or type::record('task', $key)")
    };
    let mut found: Vec<&RecordId> = Vec::new();
    match id {
        Expr::Leaf(Input::Literal(Value::RecordId(record))) => found.push(record),
        Expr::Leaf(Input::Literal(Value::Array(list))) => {
            for value in list.iter() {
                match value {
                    Value::RecordId(record) => found.push(record),
                    _ => return Err(unknown()),
                }
            }
        }
        Expr::Call(function, args) if function.0 == "type::record" => {
            return match args.first().and_then(literal::constant_of) {
                Some(Value::String(table)) if args.len() == 2 => Ok(table.clone()),
                _ => Err(unknown()),
            };
        }
        _ => return Err(unknown()),
    }
    let Some(first) = found.first() else { return Err(unknown()) };
    if found.len() > SOURCE_RECORDS_MAX {
        let message = format!("a view selects from at most {SOURCE_RECORDS_MAX} records");
        return Err(scope.refuse(Code::LimitExceeded, "FROM", message));
    }
    if let Some(other) = found.iter().find(|record| record.table != first.table) {
        let message = format!("records of several tables (`{}`) are not understood", other.table);
        return Err(scope.unsupported(&other.table, message));
    }
    Ok(first.table.to_string())
}
