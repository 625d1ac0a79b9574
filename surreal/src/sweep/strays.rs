//! Finds edges of views that are none of those that live.
//!
//! The views that live are known, and the edges of each lie beside each other: what lies between them is nobody's. So it is
//! asked between them, many gaps with one request: it costs what lives and what is found, whatever stands.

use surrealdb_types::{Array, Object, RecordId, RecordIdKey, SurrealValue, Value};

use crate::connection::{Database, vars};
use crate::error::Error;

/// Gaps of one request.
const GAPS_AT_ONCE: usize = 256;

const FIRST_OF_EACH: &str = "
    RETURN $gaps.map(|$it: any|
        (SELECT VALUE id FROM type::record($table, $it.from>..$it.to) LIMIT 1)[0])";

/// Between two views: their ids, without what lies below the first and from the second on.
struct Gap {
    behind: String,
    before: Option<String>,
}

/// Returns the ids of views that have edges in a table behind `head` (nothing, or whose they are) and are none of `living`,
/// which rises.
pub(super) async fn strays<'a>(
    database: &Database,
    table: &str,
    head: &[Value],
    living: impl Iterator<Item = &'a str>,
) -> Result<Vec<String>, Error> {
    let mut gaps = Vec::new();
    let mut behind = String::new();
    for id in living {
        gaps.push(Gap { behind, before: Some(id.to_owned()) });
        behind = behind_edges_of(id);
    }
    gaps.push(Gap { behind, before: None });
    let mut strays = Vec::new();
    while !gaps.is_empty() {
        let some = gaps.split_off(gaps.len().saturating_sub(GAPS_AT_ONCE));
        let bound = some.iter().map(|gap| bound(head, gap)).collect::<Vec<_>>().into_value();
        let bound = vars([("table", table.into_value()), ("gaps", bound)]);
        let first = database.repeat(FIRST_OF_EACH, bound).await?.pop();
        let Some(Value::Array(first)) = first else {
            return Err(Error::refused("what stands between views is not a list"));
        };
        for (gap, first) in some.into_iter().zip(first) {
            if let Some(id) = view_of(&first, head.len()) {
                gaps.push(Gap { behind: behind_edges_of(&id), ..gap });
                strays.push(id);
            }
        }
    }
    Ok(strays)
}

/// No text lies between an id and the same id with a NUL behind.
fn behind_edges_of(id: &str) -> String {
    format!("{id}\0")
}

fn bound(head: &[Value], gap: &Gap) -> Value {
    let key = |last: Value| Array::from_iter(head.iter().cloned().chain([last])).into_value();
    // Every list is above every text.
    let end = || Value::Array(Array::new());
    let mut bound = Object::new();
    bound.insert("from", key(gap.behind.clone().into_value()));
    bound.insert("to", key(gap.before.clone().map_or_else(end, SurrealValue::into_value)));
    Value::Object(bound)
}

fn view_of(edge: &Value, at: usize) -> Option<String> {
    match edge {
        Value::RecordId(RecordId { key: RecordIdKey::Array(key), .. }) => match key.get(at) {
            Some(Value::String(id)) => Some(id.clone()),
            _ => None,
        },
        _ => None,
    }
}
