//! From a registration to what the engine is asked for. Pure: HTTP uses it before anything is written.

use protocol::{Code, Problem, ViewKey, limits};
use surreal::schema::Schema;
use surrealdb_types::{Object, ToSql};
use view::caller::{Caller, check_params};

use super::plans::Plans;
use super::tables::is_captured;
use super::view::Planned;

/// Plans a query under the permissions of whoever it is for.
pub(crate) fn plan(
    plans: &mut Plans,
    schema: &Schema,
    caller: Caller,
    surql: &str,
) -> Result<Planned, Problem> {
    checked(&caller.params)?;
    check_user(schema, &caller)?;
    let query = plans.of(schema, &caller, surql)?;
    Ok(Planned { query, caller })
}

/// Whether a registration came by an access that there is. The system comes by none.
pub(crate) fn has_access(schema: &Schema, key: &ViewKey, access: Option<&str>) -> bool {
    let known = |name: &str| schema.accesses.iter().any(|access| access.name == name);
    key.auth.is_none() || access.is_none_or(known)
}

/// A user whose table is not captured could be deleted without anybody hearing of it.
fn check_user(schema: &Schema, caller: &Caller) -> Result<(), Problem> {
    let Some(user) = &caller.auth else { return Ok(()) };
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
