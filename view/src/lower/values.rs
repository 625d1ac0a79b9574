//! Values that are written as SurrealQL: parameters, record ids.

use protocol::limits::PARAMS_BYTES_MAX;
use protocol::{Code, Problem};
use surrealdb_syn::{ParseError, ParserConfig, ParserSettings};
use surrealdb_types::{Object, RecordId, Value};

/// Reads one value.
pub fn value(text: &str) -> Result<Value, Problem> {
    if text.len() > PARAMS_BYTES_MAX {
        let message = format!("the value has more than {PARAMS_BYTES_MAX} bytes");
        return Err(Problem::new(Code::LimitExceeded, message));
    }
    let settings = ParserSettings::all_features(&ParserConfig::default());
    surrealdb_syn::parse_with_settings(text.as_bytes(), settings, async |parser, stk| {
        let value = parser.parse_value(stk).await?;
        parser.assert_finished()?;
        Ok(value)
    })
    .map_err(|error| syntax_error(&error))
}

/// Reads an object of values: a view's parameters.
pub fn params(text: &str) -> Result<Object, Problem> {
    match value(text)? {
        Value::Object(params) => Ok(params),
        _ => Err(Problem::new(Code::BadRequest, "parameters are an object: { name: 'value' }")),
    }
}

/// Reads a record id.
pub fn record_id(text: &str) -> Result<RecordId, Problem> {
    match value(text)? {
        Value::RecordId(record) => Ok(record),
        _ => Err(Problem::new(Code::BadRequest, format!("`{text}` is no record id"))
            .hint("write table:key")),
    }
}

fn syntax_error(error: &ParseError) -> Problem {
    match error {
        ParseError::QueryTooLarge => Problem::new(Code::LimitExceeded, error.to_string()),
        ParseError::InvalidQuery(rendered) => {
            Problem::new(Code::SyntaxError, rendered.errors.join(": "))
        }
    }
}
