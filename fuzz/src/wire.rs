//! Bodies of requests, as JSON.

use protocol::wire::{Params, Register, Unregister};
use surrealdb_types::{SurrealValue, ToSql};
use view::lower;

use crate::world::check;

/// Takes one input.
pub fn run(bytes: &[u8]) {
    let Ok(body) = serde_json::from_slice::<serde_json::Value>(bytes) else { return };
    if let Ok(Unregister { id, auth_id }) = Unregister::parse(body.clone()) {
        assert!(!id.is_empty() && id.len() <= protocol::limits::ID_BYTES_MAX);
        let _ = auth_id.as_deref().map(lower::record_id);
    }
    let register = match Register::parse(body) {
        Ok(register) => register,
        Err(problem) => return check(&problem, ""),
    };
    assert!(!register.id.is_empty() && register.id.len() <= protocol::limits::ID_BYTES_MAX);
    assert!(register.client_id.as_ref().is_some_and(|client| !client.is_empty()));
    let params = match register.params {
        None => return,
        Some(Params::Text(text)) => lower::params(&text),
        Some(Params::Fields(fields)) => match serde_json::Value::Object(fields).into_value() {
            surrealdb_types::Value::Object(params) => Ok(params),
            other => panic!("an object became {other:?}"),
        },
    };
    match params {
        Ok(params) => drop(surrealdb_types::Value::Object(params).to_sql()),
        Err(problem) => {
            serde_json::to_vec(&problem).expect("a problem is JSON");
        }
    }
    for word in [register.ttl, register.auth_id].into_iter().flatten() {
        let _ = (lower::value(&word), lower::record_id(&word));
    }
}
