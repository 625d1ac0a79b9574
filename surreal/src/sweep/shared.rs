//! Whose edges stand in the table that is everybody's, by what their ids begin with.

use surrealdb_types::{Array, RecordId, RecordIdKey, SurrealValue, Value};

use crate::connection::{Database, vars};
use crate::error::Error;
use crate::names::{RefMode, SHARED};

/// By which mode somebody's edges stand there; the system is nobody.
pub(super) type Owner = (RefMode, Option<RecordId>);

/// What stands before the view in the ids of somebody's edges.
pub(super) fn head(mode: RefMode, auth: &Option<RecordId>) -> Vec<Value> {
    match mode {
        RefMode::Dedicated => Vec::new(),
        RefMode::Single => vec![auth.clone().map_or(Value::None, Value::RecordId)],
    }
}

/// Finds everybody who has edges there, by skipping from one to the next.
pub(super) async fn owners(database: &Database) -> Result<Vec<Owner>, Error> {
    let mut owners = Vec::new();
    // Every array key is above the empty one.
    let mut from = Array::new();
    loop {
        let text = "SELECT VALUE id FROM type::record($table, $from..) LIMIT 1";
        let bound = vars([("table", SHARED.into_value()), ("from", from.into_value())]);
        let Some(Value::Array(first)) = database.repeat(text, bound).await?.pop() else {
            return Ok(owners);
        };
        let Some(Value::RecordId(RecordId { key: RecordIdKey::Array(key), .. })) = first.first()
        else {
            return Ok(owners);
        };
        let owner = match key.first() {
            Some(Value::String(_)) => Some((RefMode::Dedicated, None)),
            Some(Value::None) => Some((RefMode::Single, None)),
            Some(Value::RecordId(user)) => Some((RefMode::Single, Some(user.clone()))),
            _ => None,
        };
        from = match owner {
            // Every list is above every text.
            Some((mode, auth)) if owners.last() != Some(&(mode, auth.clone())) => {
                let behind = head(mode, &auth).into_iter().chain([Array::new().into_value()]);
                owners.push((mode, auth));
                Array::from_iter(behind)
            }
            // Not an edge of ours: pass over this one row.
            _ => Array::from_iter(key.iter().cloned().chain([Value::None])),
        };
    }
}
