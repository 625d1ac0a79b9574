//! From a registration to what the engine is asked for. Pure: HTTP uses it before anything is written.

use protocol::{Code, Problem, ViewKey, limits};
use surreal::schema::Schema;
use surrealdb_types::{Object, ToSql};
use view::caller::{Caller, check_params};
use view::catalog::Principal;
use view::engine::Engine;
use view::lower;

use super::tables::is_captured;
use super::view::Planned;

/// Plans a query under the permissions of whoever it is for.
pub(crate) fn plan(
    schema: &Schema,
    key: &ViewKey,
    access: Option<&str>,
    surql: &str,
    params: &Object,
) -> Result<Planned, Problem> {
    checked(params)?;
    let principal = match &key.auth {
        Some(user) => Principal::User { table: user.table.as_str() },
        None => Principal::System,
    };
    check_user(schema, key)?;
    let plan = lower::plan(surql, &schema.catalog, principal)?;
    if plan.group.is_some() && !crate::KEEPS_GROUPS {
        let message = "groups are kept by the feature `relational`, which this build is without";
        let problem = Problem::new(Code::Unsupported, message);
        return Err(match lower::position(surql, "GROUP") {
            Some(position) => problem.at(position),
            None => problem,
        });
    }
    let caller = Caller {
        auth: key.auth.clone(),
        access: access.map(str::to_owned),
        params: params.clone(),
    };
    let tables = Engine::needs(&plan, &caller);
    Ok(Planned { plan, caller, tables })
}

/// Whether a registration came by an access that there is. The system comes by none.
pub(crate) fn has_access(schema: &Schema, key: &ViewKey, access: Option<&str>) -> bool {
    let known = |name: &str| schema.accesses.iter().any(|access| access.name == name);
    key.auth.is_none() || access.is_none_or(known)
}

/// A user whose table is not captured could be deleted without anybody hearing of it.
fn check_user(schema: &Schema, key: &ViewKey) -> Result<(), Problem> {
    let Some(user) = &key.auth else { return Ok(()) };
    let table = user.table.as_str();
    let known = schema.catalog.tables.contains_key(table);
    if known && !is_captured(schema, table) {
        let message = format!("the user's own table `{table}` is not captured");
        return Err(Problem::new(Code::NotCaptured, message)
            .hint("take it out of `capture.exclude`, or name it in `capture.computed`"));
    }
    Ok(())
}

fn checked(params: &Object) -> Result<(), Problem> {
    check_params(params)?;
    let bytes = params.to_sql().len();
    if bytes > limits::PARAMS_BYTES_MAX {
        let message =
            format!("the parameters have {bytes} bytes, at most {}", limits::PARAMS_BYTES_MAX);
        return Err(Problem::new(Code::LimitExceeded, message));
    }
    Ok(())
}
