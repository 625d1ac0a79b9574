//! What a call may make.
//!
//! The database bounds most of its functions itself, in items. Some of them multiply what they are given
//! (`array::repeat` of an array that was repeated), or compare each element of one list with each of another, without
//! any bound: one query could take all memory, or the engine's only thread. Here such a call raises.

use protocol::limits::{CALL_BYTES_MAX, CALL_PAIRS_MAX};
use surrealdb_types::{Number, RecordIdKey, Value};

/// Raises where a function or method would make or compare too much.
pub(super) fn check(name: &str, args: &[Value]) -> Result<(), String> {
    let own = name.rsplit("::").next().unwrap_or(name).trim_start_matches('.');
    let bytes = match (own, args) {
        ("repeat", [value, Value::Number(Number::Int(count))]) => {
            weight(value).saturating_mul(usize::try_from(*count).unwrap_or(0))
        }
        ("fill", [Value::Array(list), value, ..]) => list.len().saturating_mul(weight(value)),
        ("combine", [Value::Array(a), Value::Array(b)]) => {
            let (in_a, in_b) = (list_weight(a.iter()), list_weight(b.iter()));
            a.len().saturating_mul(in_b).saturating_add(b.len().saturating_mul(in_a))
        }
        ("windows", [Value::Array(list), Value::Number(Number::Int(size))]) => {
            let size = usize::try_from(*size).unwrap_or(0).min(list.len());
            let windows = list.len() - size + 1;
            list_weight(list.iter()).saturating_mul(size.min(windows))
        }
        ("transpose", [Value::Array(rows)]) => {
            let widths = rows.iter().map(|row| match row {
                Value::Array(row) => row.len(),
                _ => 1,
            });
            rows.len().saturating_mul(widths.max().unwrap_or(0)).saturating_mul(size_of::<Value>())
        }
        ("difference" | "intersect", [Value::Array(a), Value::Array(b)])
            if a.len().saturating_mul(b.len()) > CALL_PAIRS_MAX =>
        {
            return Err(format!("{own}() would compare more than {CALL_PAIRS_MAX} pairs"));
        }
        _ => 0,
    };
    if bytes > CALL_BYTES_MAX {
        return Err(format!("{own}() would make more than {CALL_BYTES_MAX} bytes"));
    }
    Ok(())
}

/// About how many bytes a value holds; what is more than a call may make need not be known.
fn weight(value: &Value) -> usize {
    let inside = match value {
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Array(list) => list_weight(list.iter()),
        Value::Set(set) => list_weight(set.iter()),
        Value::Object(fields) => {
            let names: usize = fields.keys().map(String::len).sum();
            names + list_weight(fields.values())
        }
        Value::RecordId(record) => match &record.key {
            RecordIdKey::String(text) => text.len(),
            RecordIdKey::Array(list) => list_weight(list.iter()),
            RecordIdKey::Object(fields) => list_weight(fields.values()),
            RecordIdKey::Number(_) | RecordIdKey::Uuid(_) | RecordIdKey::Range(_) => 0,
        },
        _ => 0,
    };
    size_of::<Value>() + inside
}

fn list_weight<'a>(values: impl Iterator<Item = &'a Value>) -> usize {
    let mut sum = 0usize;
    for value in values {
        sum = sum.saturating_add(weight(value));
        if sum > CALL_BYTES_MAX {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lower;
    use crate::plan::Function;

    fn called(name: &str, args: &[&str]) -> Result<Value, String> {
        let args = args.iter().map(|text| lower::value(text).expect("a value")).collect();
        super::super::call(&Function(name.to_owned()), args).map_err(|fault| fault.reason)
    }

    #[test]
    fn what_multiplies_its_arguments_raises_in_time() {
        let list = |length: usize| format!("[{}]", vec!["1"; length].join(","));
        let (long, text) = (list(20_000), format!("'{}'", "x".repeat(100_000)));
        let nested = format!("[{long}, [], {}]", vec!["[]"; 20_000].join(","));
        let repeated: [(&str, &[&str]); 10] = [
            ("array::repeat", &[&text, "30000"]),
            (".repeat", &[&long, "30000"]),
            ("array::fill", &[&long, &text]),
            ("array::fill", &[&long, "{ a: [t:x, t:['x']] }", "0", "9"]),
            ("array::combine", &[&long, &long]),
            (".combine", &[&list(1), &format!("[{}]", [text.as_str(); 2].join(","))]),
            ("array::windows", &[&long, "10000"]),
            ("array::transpose", &[&nested]),
            ("array::difference", &[&long, &long]),
            ("array::intersect", &[&long, &long]),
        ];
        let raised = repeated.map(|(name, args)| called(name, args).err());
        let told: Vec<&str> =
            raised.iter().map(|reason| reason.as_deref().unwrap_or("none")).collect();
        let bytes = |name: &str| format!("{name}() would make more than {CALL_BYTES_MAX} bytes");
        let pairs = |name: &str| format!("{name}() would compare more than {CALL_PAIRS_MAX} pairs");
        let expected = [
            bytes("repeat"),
            bytes("repeat"),
            bytes("fill"),
            "none".to_owned(),
            bytes("combine"),
            "none".to_owned(),
            bytes("windows"),
            bytes("transpose"),
            pairs("difference"),
            pairs("intersect"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_is_small_is_the_databases_to_answer() {
        assert_eq!(called("array::repeat", &["1", "2"]), Ok(lower::value("[1, 1]").expect("it")));
        let windows = called("array::windows", &["[1, 2, 3]", "2"]);
        assert_eq!(windows, Ok(lower::value("[[1, 2], [2, 3]]").expect("it")));
        let negative = called("array::repeat", &["1", "-1"]).expect_err("less than none");
        assert!(negative.contains("array::repeat(-1)"), "{negative}");
        assert!(called("array::windows", &["[1]", "0"]).is_err());
        assert!(called("array::windows", &["[1]", "5"]).is_ok());
    }
}
