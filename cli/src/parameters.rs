//! Values that are typed as SurrealQL: `--param list=list:home`, `--as user:ann`.

use surrealdb_types::{Object, RecordId};
use view::lower;

use crate::failure::{Exit, Failure};

/// Reads `NAME=VALUE` pairs.
pub fn params(pairs: &[String]) -> Result<Object, Failure> {
    let mut params = Object::default();
    for pair in pairs {
        let wrong = |why: &str| Failure::new(Exit::Usage, format!("--param {pair}: {why}"));
        let Some((name, text)) = pair.split_once('=') else {
            return Err(wrong("no `=`").hint("write --param name=value"));
        };
        let name = name.trim().trim_start_matches('$');
        let value = lower::value(text).map_err(|problem| {
            wrong(&problem.message).hint(format!(
                "the value is SurrealQL: {name}=5, {name}=list:home, and for text {name}=\"'{text}'\""
            ))
        })?;
        if params.insert(name.to_owned(), value).is_some() {
            return Err(wrong("given twice"));
        }
    }
    Ok(params)
}

/// Reads the record of `--as`.
pub fn user(text: &str) -> Result<RecordId, Failure> {
    lower::record_id(text).map_err(|problem| {
        Failure::new(Exit::Usage, format!("--as {text}: {}", problem.message))
            .hint("a user is a record, as in --as user:ann")
    })
}

#[cfg(test)]
mod tests {
    use protocol::literal;

    use super::*;

    #[test]
    fn values_are_surrealql() {
        let pairs = ["n=5", "$list=list:home", "name='ann'", "when=d'2024-01-01T00:00:00Z'"];
        let read = params(&pairs.map(str::to_owned)).expect("all are values");
        assert_eq!(
            literal::object(&read),
            "{ list: list:home, n: 5, name: 'ann', when: d'2024-01-01T00:00:00Z' }"
        );
    }

    #[test]
    fn a_value_that_is_none_is_told_how_to_be_written() {
        let failure = params(&["name=ann lee".to_owned()]).expect_err("two words are no value");
        let hint = failure.hint.unwrap_or_default();
        assert!(hint.contains("name=\"'ann lee'\""), "{hint}");
        assert!(params(&["name".to_owned()]).is_err());
        assert!(params(&["n=1".to_owned(), "n=2".to_owned()]).is_err());
        assert!(user("ann").is_err());
    }
}
