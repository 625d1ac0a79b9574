//! The users' edge tables.
//!
//! # Invariants
//! - A table is made for a user who has a record, and dropped only while he has none. Who dropped one looks again: the
//!   user may have been made anew meanwhile.
//! - It has one rule, the user's own; never by an edge write is it made.

use surrealdb_types::{RecordId, SurrealValue, Value};

use crate::connection::{Database, vars};
use crate::error::Error;
use crate::literal::literal;
use crate::meta::text;
use crate::names::{edge_table, quoted};

/// Whether a user's table stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserTable {
    /// It does, with its rule.
    Stands,
    /// The user has no record, so he has no table.
    NoUser,
}

/// Makes a user's table, or gives the one that his sign-up made its rule.
///
/// Each call writes the table's definition: whoever knows that the rule stands does not call.
pub async fn make(database: &Database, user: &RecordId) -> Result<UserTable, Error> {
    define(database, user, "").await
}

/// The same before a user's first edge: what stands in the table is nobody's. *A flush that was under way while the last
/// table of that name was dropped is written all the same, and its edges are the next one's.*
pub async fn make_empty(database: &Database, user: &RecordId) -> Result<UserTable, Error> {
    let table = quoted(&edge_table(user).name);
    define(database, user, &format!("DELETE {table} RETURN NONE;")).await
}

async fn define(database: &Database, user: &RecordId, first: &str) -> Result<UserTable, Error> {
    let table = quoted(&edge_table(user).name);
    let rule = format!("FOR select WHERE $auth.id = {}", literal(user));
    let text = format!(
        "BEGIN;
         IF !record::exists($user) {{ THROW 'NO_SUCH_USER' }};
         DEFINE TABLE IF NOT EXISTS {table} TYPE NORMAL SCHEMALESS COMMENT '{}' PERMISSIONS NONE;
         {first}
         ALTER TABLE {table} PERMISSIONS {rule};
         COMMIT",
        text::stamp()
    );
    match database.repeat(&text, vars([("user", user.clone().into_value())])).await {
        Ok(_) => Ok(UserTable::Stands),
        Err(Error::Refused { message }) if message.ends_with("NO_SUCH_USER") => {
            Ok(UserTable::NoUser)
        }
        // The users' table itself is gone.
        Err(Error::Refused { message }) if message.contains(&missing(user)) => {
            Ok(UserTable::NoUser)
        }
        Err(error) => Err(error),
    }
}

/// Drops a user's table while he has no record. Tells what stands afterwards.
pub async fn drop_if_gone(database: &Database, user: &RecordId) -> Result<UserTable, Error> {
    if lives(database, user).await? {
        return Ok(UserTable::Stands);
    }
    let table = quoted(&edge_table(user).name);
    let text = format!(
        "BEGIN; IF record::exists($user) {{ THROW 'LIVES' }}; REMOVE TABLE IF EXISTS {table}; COMMIT"
    );
    match database.repeat(&text, vars([("user", user.clone().into_value())])).await {
        Ok(_) => {}
        Err(Error::Refused { message }) if message.ends_with("LIVES") => {}
        Err(error) => return Err(error),
    }
    // Between the look and the removal he may have come back, and found his table in place.
    if lives(database, user).await? { make(database, user).await } else { Ok(UserTable::NoUser) }
}

/// Whether a user has a record.
pub async fn lives(database: &Database, user: &RecordId) -> Result<bool, Error> {
    let bound = vars([("user", user.clone().into_value())]);
    match database.repeat("RETURN record::exists($user)", bound).await {
        Ok(mut results) => Ok(results.pop() == Some(Value::Bool(true))),
        Err(Error::Refused { message }) if message.contains(&missing(user)) => Ok(false),
        Err(error) => Err(error),
    }
}

fn missing(user: &RecordId) -> String {
    format!("The table '{}' does not exist", user.table.as_str())
}
