//! Calls of functions, methods and casts.

use protocol::{Code, Problem};
use surrealdb_sql::{Expr as Ast, Function as Receiver, FunctionCall, Kind};
use surrealdb_types::ToSql;

use super::expression::lower;
use super::scope::Scope;
use crate::native;
use crate::plan::{Expr, Function, Input};

/// Lowers a call.
pub(super) fn call(scope: &mut Scope<'_>, call: &FunctionCall) -> Result<Expr<Input>, Problem> {
    let FunctionCall { receiver, arguments } = call;
    let name = match receiver {
        Receiver::Normal(name) => name.as_str(),
        Receiver::Custom(_)
        | Receiver::Script(_)
        | Receiver::Model(_)
        | Receiver::Module(..)
        | Receiver::Silo { .. } => {
            let shown = receiver.to_string();
            let message = format!("`{shown}` is not one of the database's own functions");
            return Err(scope.refuse(Code::FunctionRefused, &shown, message));
        }
    };
    if let Some(reason) = impure(name, arguments.len()) {
        let code = if name.starts_with("session::") {
            Code::SessionDependent
        } else {
            Code::FunctionRefused
        };
        return Err(scope.refuse(code, name, format!("`{name}` {reason}")));
    }
    if !native::knows(name) {
        let message = format!("`{name}` is not understood");
        return Err(scope.refuse(Code::FunctionRefused, name, message));
    }
    let arguments = lower_all(scope, arguments)?;
    Ok(Expr::Call(Function(name.to_owned()), arguments))
}

/// Why a function answers from more than its arguments.
fn impure(name: &str, arguments: usize) -> Option<&'static str> {
    let family = name.split("::").next().unwrap_or(name);
    match (family, name) {
        ("rand", _) | (_, "array::shuffle") => Some("answers by chance"),
        (_, "time::now") => Some("reads the clock"),
        ("time", _) if arguments == 0 => Some("reads the clock when it is given no time"),
        ("sleep" | "http" | "file" | "api" | "eval", _) => Some("acts outside of the query"),
        ("session", _) => Some("is known to the database's session only"),
        ("search" | "schema" | "sequence", _) => Some("reads the database"),
        (_, "record::exists" | "record::is_edge" | "record::refs") => Some("reads records"),
        (_, "type::field" | "type::fields") => Some("reads fields by computed names"),
        (_, "vector::distance::knn") => Some("is answered by an index of the database"),
        ("crypto", _) if name.ends_with("::generate") => Some("answers by chance"),
        _ => None,
    }
}

/// Lowers a call in method syntax.
pub(super) fn method(
    scope: &mut Scope<'_>,
    receiver: Expr<Input>,
    name: &str,
    arguments: &[Ast],
) -> Result<Expr<Input>, Problem> {
    let function = format!(".{name}");
    if !native::knows(&function) {
        let message = format!("the method `.{name}()` is not understood");
        return Err(scope
            .unsupported(&format!(".{name}"), message)
            .hint("write the function's full name: string::lowercase(name)"));
    }
    let mut all = vec![receiver];
    all.extend(lower_all(scope, arguments)?);
    Ok(Expr::Call(Function(function), all))
}

/// Lowers a cast.
pub(super) fn cast(
    scope: &Scope<'_>,
    kind: &Kind,
    expr: Expr<Input>,
) -> Result<Expr<Input>, Problem> {
    let function = format!("<{}>", kind.to_sql());
    if !native::knows(&function) {
        return Err(
            scope.unsupported(&function, format!("the cast `{function}` is not understood"))
        );
    }
    Ok(Expr::Call(Function(function), vec![expr]))
}

fn lower_all(scope: &mut Scope<'_>, asts: &[Ast]) -> Result<Vec<Expr<Input>>, Problem> {
    asts.iter().map(|ast| lower(scope, ast)).collect()
}
