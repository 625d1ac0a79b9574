//! Expressions.

use std::ops::Bound;

use protocol::{Code, Problem};
use surrealdb_sql::{BinaryOperator, Expr as Ast, Param, PostfixOperator, PrefixOperator};
use surrealdb_types::{Number, ToSql, Value};

use super::scope::{Reading, Scope};
use super::{function, idiom, literal};
use crate::plan::{BinaryOp, Expr, Input};

/// Lowers an expression.
pub(super) fn lower(scope: &mut Scope<'_>, ast: &Ast) -> Result<Expr<Input>, Problem> {
    scope.deeper(|scope| match ast {
        Ast::Literal(literal) => literal::literal(scope, literal),
        Ast::Param(name) => param(scope, name),
        Ast::Idiom(path) => idiom::idiom(scope, path),
        Ast::Constant(constant) => Ok(literal::leaf(literal::constant(constant))),
        Ast::Prefix { op, expr } => prefix(scope, op, expr),
        Ast::Postfix { expr, op } => postfix(scope, expr, op),
        Ast::Binary { left, op, right } => binary(scope, left, op, right),
        Ast::FunctionCall(call) => function::call(scope, call),
        Ast::Table(_)
        | Ast::Mock(_)
        | Ast::Block(_)
        | Ast::Closure(_)
        | Ast::Break
        | Ast::Continue
        | Ast::Throw(_)
        | Ast::Return(_)
        | Ast::IfElse(_)
        | Ast::Select(_)
        | Ast::Create(_)
        | Ast::Update(_)
        | Ast::Delete(_)
        | Ast::Relate(_)
        | Ast::Insert(_)
        | Ast::Define(_)
        | Ast::Remove(_)
        | Ast::Rebuild(_)
        | Ast::Upsert(_)
        | Ast::Alter(_)
        | Ast::Info(_)
        | Ast::Foreach(_)
        | Ast::Let(_)
        | Ast::Sleep(_)
        | Ast::Explain { .. } => Err(refused(scope, ast)),
    })
}

/// Says why a statement or another form without a value of the row is refused.
pub(super) fn refused(scope: &Scope<'_>, ast: &Ast) -> Problem {
    let (near, what) = match ast {
        Ast::Create(_) => ("CREATE", "CREATE"),
        Ast::Update(_) => ("UPDATE", "UPDATE"),
        Ast::Upsert(_) => ("UPSERT", "UPSERT"),
        Ast::Delete(_) => ("DELETE", "DELETE"),
        Ast::Relate(_) => ("RELATE", "RELATE"),
        Ast::Insert(_) => ("INSERT", "INSERT"),
        Ast::Define(_) => ("DEFINE", "DEFINE"),
        Ast::Remove(_) => ("REMOVE", "REMOVE"),
        Ast::Rebuild(_) => ("REBUILD", "REBUILD"),
        Ast::Alter(_) => ("ALTER", "ALTER"),
        Ast::Select(_) => ("(SELECT", "a subquery"),
        Ast::Block(_) => ("{", "a block"),
        Ast::IfElse(_) => ("IF", "IF"),
        Ast::Foreach(_) => ("FOR", "FOR"),
        Ast::Let(_) => ("LET", "LET"),
        Ast::Closure(_) => ("|", "a closure"),
        Ast::Mock(_) => ("|", "a mock"),
        Ast::Return(_) => ("RETURN", "RETURN"),
        Ast::Throw(_) => ("THROW", "THROW"),
        Ast::Break => ("BREAK", "BREAK"),
        Ast::Continue => ("CONTINUE", "CONTINUE"),
        Ast::Info(_) => ("INFO", "INFO"),
        Ast::Sleep(_) => ("SLEEP", "SLEEP"),
        Ast::Explain { .. } => ("EXPLAIN", "EXPLAIN"),
        Ast::Table(_) => ("", "a table's name as a value"),
        _ => ("", "this expression"),
    };
    if !ast.read_only() {
        let message = format!("{what} would write with every evaluation");
        return scope.refuse(Code::Writes, near, message);
    }
    scope.unsupported(near, format!("{what} is not understood yet"))
}

fn param(scope: &Scope<'_>, param: &Param) -> Result<Expr<Input>, Problem> {
    let name = param.as_str();
    let near = format!("${name}");
    match name {
        "auth" => Ok(Expr::Leaf(Input::Auth)),
        "access" => Ok(Expr::Leaf(Input::Access)),
        "token" | "session" => {
            let message = format!("`${name}` is known to the database's session only");
            let hint = "use `$auth`, `$access` or a parameter";
            Err(scope.refuse(Code::SessionDependent, &near, message).hint(hint))
        }
        "parent" if scope.parent.is_some() => Err(scope
            .unsupported(&near, "`$parent` by itself is not understood")
            .hint("read a field of it: `$parent.id`")),
        "this" | "self" | "parent" | "value" | "before" | "after" | "event" | "input"
        | "request" | "reference" => {
            let message = format!("`${name}` is not understood as a parameter");
            Err(scope.unsupported(&near, message).hint("give the parameter another name"))
        }
        _ if scope.reading == Reading::Permission => {
            let message = format!("`${name}` would be a parameter of whoever asks");
            Err(scope.unsupported(&near, message))
        }
        _ if scope.catalog.params.contains(name) => {
            let message = format!("`${name}` is defined in the database by DEFINE PARAM");
            Err(scope.unsupported(&near, message).hint("give the parameter another name"))
        }
        _ => Ok(Expr::Leaf(Input::Param(name.to_owned()))),
    }
}

fn prefix(scope: &mut Scope<'_>, op: &PrefixOperator, ast: &Ast) -> Result<Expr<Input>, Problem> {
    let expr = lower(scope, ast)?;
    Ok(match op {
        PrefixOperator::Not => Expr::Not(Box::new(expr)),
        PrefixOperator::Negate => match literal::constant_of(&expr) {
            Some(Value::Number(Number::Int(value))) if *value != i64::MIN => {
                literal::leaf(Value::Number(Number::Int(-value)))
            }
            Some(Value::Number(Number::Float(value))) => {
                literal::leaf(Value::Number(Number::Float(-value)))
            }
            Some(Value::Number(Number::Decimal(value))) => {
                literal::leaf(Value::Number(Number::Decimal(-value)))
            }
            _ => Expr::Negate(Box::new(expr)),
        },
        PrefixOperator::Positive => expr,
        PrefixOperator::Range => {
            let end = range_end(scope, &expr)?;
            literal::leaf(literal::range(Bound::Unbounded, Bound::Excluded(end)))
        }
        PrefixOperator::RangeInclusive => {
            let end = range_end(scope, &expr)?;
            literal::leaf(literal::range(Bound::Unbounded, Bound::Included(end)))
        }
        PrefixOperator::Cast(kind) => return function::cast(scope, kind, expr),
    })
}

fn postfix(scope: &mut Scope<'_>, ast: &Ast, op: &PostfixOperator) -> Result<Expr<Input>, Problem> {
    match op {
        PostfixOperator::Range => {
            let start = lower(scope, ast)?;
            let start = range_end(scope, &start)?;
            Ok(literal::leaf(literal::range(Bound::Included(start), Bound::Unbounded)))
        }
        PostfixOperator::RangeSkip => {
            let start = lower(scope, ast)?;
            let start = range_end(scope, &start)?;
            Ok(literal::leaf(literal::range(Bound::Excluded(start), Bound::Unbounded)))
        }
        PostfixOperator::MethodCall(name, args) => {
            let receiver = lower(scope, ast)?;
            function::method(scope, receiver, name, args)
        }
        PostfixOperator::Call(_) => {
            Err(scope.unsupported("(", "the call of a value is not understood"))
        }
    }
}

fn range_end(scope: &Scope<'_>, expr: &Expr<Input>) -> Result<Value, Problem> {
    literal::constant_of(expr).cloned().ok_or_else(|| {
        scope
            .unsupported("..", "a range is understood between literals only")
            .hint("compare with `>=` and `<` instead")
    })
}

fn binary(
    scope: &mut Scope<'_>,
    left: &Ast,
    op: &BinaryOperator,
    right: &Ast,
) -> Result<Expr<Input>, Problem> {
    let (a, b) = (lower(scope, left)?, lower(scope, right)?);
    let ranged = |a: &Value, b: &Value| literal::range_of(op, a.clone(), b.clone());
    let op = match op {
        BinaryOperator::And => return Ok(Expr::And(Box::new(a), Box::new(b))),
        BinaryOperator::Or => return Ok(Expr::Or(Box::new(a), Box::new(b))),
        BinaryOperator::NullCoalescing => return Ok(Expr::Coalesce(Box::new(a), Box::new(b))),
        BinaryOperator::TenaryCondition => return Ok(Expr::Otherwise(Box::new(a), Box::new(b))),
        BinaryOperator::Range
        | BinaryOperator::RangeInclusive
        | BinaryOperator::RangeSkip
        | BinaryOperator::RangeSkipInclusive => {
            let (a, b) = (range_end(scope, &a)?, range_end(scope, &b)?);
            return ranged(&a, &b)
                .map(literal::leaf)
                .ok_or_else(|| scope.unsupported("..", "this range is not understood"));
        }
        BinaryOperator::Matches(_) => {
            let message = "a full-text match is answered by an index of the database";
            return Err(scope.unsupported("@", message));
        }
        BinaryOperator::NearestNeighbor(_) => {
            let message = "a nearest-neighbour search is answered by an index of the database";
            return Err(scope.unsupported("<|", message));
        }
        BinaryOperator::Subtract => BinaryOp::Subtract,
        BinaryOperator::Add => BinaryOp::Add,
        BinaryOperator::Multiply => BinaryOp::Multiply,
        BinaryOperator::Divide => BinaryOp::Divide,
        BinaryOperator::Remainder => BinaryOp::Remainder,
        BinaryOperator::Power => BinaryOp::Power,
        BinaryOperator::Equal => BinaryOp::Equal,
        BinaryOperator::ExactEqual => BinaryOp::Exact,
        BinaryOperator::NotEqual => BinaryOp::NotEqual,
        BinaryOperator::AllEqual => BinaryOp::AllEqual,
        BinaryOperator::AnyEqual => BinaryOp::AnyEqual,
        BinaryOperator::LessThan => BinaryOp::Less,
        BinaryOperator::LessThanEqual => BinaryOp::LessOrEqual,
        BinaryOperator::MoreThan => BinaryOp::More,
        BinaryOperator::MoreThanEqual => BinaryOp::MoreOrEqual,
        BinaryOperator::Contain => BinaryOp::Contains,
        BinaryOperator::NotContain => BinaryOp::ContainsNot,
        BinaryOperator::ContainAll => BinaryOp::ContainsAll,
        BinaryOperator::ContainAny => BinaryOp::ContainsAny,
        BinaryOperator::ContainNone => BinaryOp::ContainsNone,
        BinaryOperator::Inside => BinaryOp::Inside,
        BinaryOperator::NotInside => BinaryOp::NotInside,
        BinaryOperator::AllInside => BinaryOp::AllInside,
        BinaryOperator::AnyInside => BinaryOp::AnyInside,
        BinaryOperator::NoneInside => BinaryOp::NoneInside,
        BinaryOperator::Outside => BinaryOp::Outside,
        BinaryOperator::Intersects => BinaryOp::Intersects,
    };
    Ok(Expr::Binary(op, Box::new(a), Box::new(b)))
}

/// An expression as it was written, shortened.
pub(super) fn shown(ast: &Ast) -> String {
    let text = ast.to_sql();
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
