//! What LIMIT, START and a list of records evaluate to.

use std::collections::HashSet;

use protocol::limits::SOURCE_RECORDS_MAX;
use protocol::{Code, Problem};
use surrealdb_types::{Number, RecordId, ToSql, Value};

/// Decides a window from the values of LIMIT and START, as the database does: NONE and NULL are 0 (so that LIMIT NONE
/// shows nothing), fractions are cut, and what is negative or no number is an error.
pub fn window(
    limit: Option<&Value>,
    start: Option<&Value>,
) -> Result<(Option<usize>, usize), Problem> {
    let limit = limit.map(|value| count("LIMIT", value)).transpose()?;
    let start = start.map_or(Ok(0), |value| count("START", value))?;
    Ok((limit, start))
}

fn count(clause: &str, value: &Value) -> Result<usize, Problem> {
    let whole = match value {
        Value::None | Value::Null => 0,
        Value::Number(Number::Int(value)) => *value,
        Value::Number(Number::Float(value)) => *value as i64,
        Value::Number(Number::Decimal(value)) => i64::try_from(*value).unwrap_or_default(),
        other => {
            let message = format!("{clause} is `{}`, not a number", other.to_sql());
            return Err(Problem::new(Code::ParameterInvalid, message));
        }
    };
    usize::try_from(whole).map_err(|_| {
        let message = format!("{clause} is `{}`, below 0", value.to_sql());
        Problem::new(Code::ParameterInvalid, message)
    })
}

/// Flattens the values of a list of records, in its order: each a record id of `table`, or an array of such.
pub fn records(table: &str, values: &[Value]) -> Result<Vec<RecordId>, Problem> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let singles = values.iter().flat_map(|value| match value {
        Value::Array(list) => list.iter().collect(),
        single => vec![single],
    });
    for value in singles {
        let refused = |why: &str| {
            let message = format!("`{}` in FROM {why}", value.to_sql());
            Err(Problem::new(Code::ParameterInvalid, message))
        };
        match value {
            Value::RecordId(record) if record.table.as_str() != table => {
                return refused("is of another table");
            }
            Value::RecordId(record) if !seen.insert(record) => {
                return refused("stands there twice");
            }
            Value::RecordId(record) => found.push(record.clone()),
            _ => return refused("is no record id"),
        }
    }
    if found.len() > SOURCE_RECORDS_MAX {
        let message = format!("a view selects from at most {SOURCE_RECORDS_MAX} records");
        return Err(Problem::new(Code::LimitExceeded, message));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(value: i64) -> Value {
        Value::Number(Number::Int(value))
    }

    #[test]
    fn a_window_is_decided_as_the_database_does() {
        assert_eq!(window(None, None), Ok((None, 0)));
        assert_eq!(window(Some(&int(2)), Some(&int(1))), Ok((Some(2), 1)));
        assert_eq!(window(Some(&Value::None), Some(&Value::Null)), Ok((Some(0), 0)));
        let fraction = Value::Number(Number::Float(1.5));
        assert_eq!(window(Some(&fraction), Some(&fraction)), Ok((Some(1), 1)));
        assert!(window(Some(&int(-1)), None).is_err());
        assert!(window(None, Some(&Value::String("x".to_owned()))).is_err());
    }

    #[test]
    fn a_list_of_records_is_of_one_table_and_names_none_twice() {
        let record = |table: &str, key: i64| Value::RecordId(RecordId::new(table, key));
        let list = Value::Array(vec![record("t", 2), record("t", 1)].into());
        let found = records("t", &[record("t", 3), list]).expect("three records");
        assert_eq!(found, [3, 2, 1].map(|key: i64| RecordId::new("t", key)));
        assert!(records("t", &[record("u", 1)]).is_err());
        assert!(records("t", &[record("t", 1), record("t", 1)]).is_err());
        assert!(records("t", &[int(1)]).is_err());
    }
}
