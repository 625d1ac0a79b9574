//! ORDER BY.
//!
//! A key that is written as an alias is means that alias's expression, whatever column has the same name; so does the
//! name of a field that is selected plainly. Every other key is read from the stored row, where a record link is not
//! followed (facts §14.18): that is [`Expr::Stored`].

use std::collections::BTreeSet;

use protocol::Problem;
use surrealdb_sql::field::Selector;
use surrealdb_sql::order::{OrderList, Ordering};
use surrealdb_sql::{Expr as Ast, Field, Fields, Idiom, Order, Part};
use surrealdb_types::ToSql;

use super::expression::lower;
use super::idiom;
use super::scope::Scope;
use crate::plan::{Collation, Expr, Input, OrderKey, Path, Projection, Step};

/// Lowers ORDER BY.
pub(super) fn order(
    scope: &mut Scope<'_>,
    ordering: Option<&Ordering>,
    fields: &Fields,
    projection: &Projection<Input>,
) -> Result<Vec<OrderKey<Input>>, Problem> {
    let list = match ordering {
        None => return Ok(Vec::new()),
        Some(Ordering::Random) => {
            return Err(scope.unsupported("RAND", "an order by chance cannot be kept"));
        }
        Some(Ordering::Order(OrderList(list))) => list,
    };
    let mut keys = Vec::with_capacity(list.len());
    let mut computed = BTreeSet::new();
    for order in list {
        let Order { value, collate, numeric, direction } = order;
        let key = key(scope, value, fields, &mut computed)?;
        let collation = Collation::of(*collate, *numeric);
        keys.push(OrderKey { key, descending: !direction, collation });
    }
    for alias in computed {
        hides_nothing(scope, &alias, &keys, projection)?;
    }
    Ok(keys)
}

fn key(
    scope: &mut Scope<'_>,
    idiom: &Idiom,
    fields: &Fields,
    computed: &mut BTreeSet<String>,
) -> Result<Expr<Input>, Problem> {
    if let Some(meant) = aliased(idiom, fields) {
        let simple =
            matches!(meant, Ast::Idiom(Idiom(parts)) if matches!(parts[..], [Part::Field(_)]));
        if !simple && let [Part::Field(name)] = &idiom.0[..] {
            computed.insert(name.as_str().to_owned());
        }
        return lower(scope, meant);
    }
    let Some(path) = idiom::written(&idiom.0) else {
        return Err(
            scope.unsupported("ORDER", format!("ORDER BY `{}` is not understood", idiom.to_sql()))
        );
    };
    scope.count(path.0.len())?;
    let stored = path.0.iter().all(|step| match step {
        Step::Field(_) | Step::Last => true,
        Step::Index(at) => *at >= 0,
        Step::All | Step::Optional => false,
    });
    Ok(if stored && path.0.len() > 1 { Expr::Stored(path) } else { Expr::Field(path) })
}

/// Finds the expression that a key means, as the database does: the first alias, or plain field, of that very name.
fn aliased<'a>(key: &Idiom, fields: &'a Fields) -> Option<&'a Ast> {
    let plain = |expr: &Ast| {
        key.0.len() == 1
            && matches!((expr, &key.0[0]), (Ast::Idiom(path), Part::Field(_)) if path == key)
    };
    let named = |selector: &Selector| match &selector.alias {
        Some(alias) => alias == key,
        None => plain(&selector.expr),
    };
    match fields {
        Fields::Value(selector) => {
            let found = named(selector) || plain(&selector.expr);
            found.then_some(&selector.expr)
        }
        Fields::Select(list) => list.iter().find_map(|field| match field {
            Field::Single(selector) if named(selector) => Some(&selector.expr),
            Field::Single(_) | Field::All => None,
        }),
    }
}

/// The database puts a computed key into the row, under its alias, before it orders and projects. Whatever else reads
/// a column of that name then reads the alias.
fn hides_nothing(
    scope: &Scope<'_>,
    alias: &str,
    keys: &[OrderKey<Input>],
    projection: &Projection<Input>,
) -> Result<(), Problem> {
    let reads = |expr: &Expr<Input>| {
        expr.any(|part| match part {
            Expr::Field(path) | Expr::Stored(path) => path.column() == Some(alias),
            _ => false,
        })
    };
    let own = Path::field(alias);
    let (by_key, by_field) = match projection {
        // VALUE shows what was computed for the key.
        Projection::Value(shown) => {
            (keys.iter().any(|key| reads(&key.key) && key.key != *shown), false)
        }
        Projection::Fields { all: _, fields, omit } => {
            let is_own = |key: &OrderKey<Input>| fields.contains(&(own.clone(), key.key.clone()));
            // With single names only, the database shows what it has computed; else it computes once more.
            let once = fields.iter().all(|(path, _)| path.0.len() == 1)
                && omit.iter().all(|path| path.0.len() == 1);
            (
                keys.iter().any(|key| reads(&key.key) && !is_own(key)),
                fields.iter().any(|(path, expr)| reads(expr) && (*path != own || !once)),
            )
        }
    };
    let hidden = by_key || by_field;
    if hidden {
        let message = format!(
            "the alias `{alias}` is computed for ORDER BY and hides the field `{alias}`, \
             which is read too"
        );
        return Err(scope.unsupported(alias, message).hint("give the alias another name"));
    }
    Ok(())
}
