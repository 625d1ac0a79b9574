//! Prints what happens to a record: `+ task:1 { done: false }`, or as JSON.

use protocol::literal;
use serde_json::json;
use surreal::edge::EdgeKey;
use surrealdb_types::{Object, ToSql, Value};

use crate::screen::{self, DIM};

/// How lines are printed.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Form {
    /// Prints one line. What left has no content.
    pub fn print(self, mark: char, edge: &EdgeKey, content: Option<&Object>) {
        match self {
            Form::Text => screen::result(text(mark, edge, content)),
            Form::Json => screen::result(json(mark, edge, content)),
        }
    }

    /// Prints one line of a group: what it shows.
    pub fn group(self, mark: char, value: &Object) {
        let colour = screen::of_mark(mark);
        match self {
            Form::Text => {
                screen::result(format_args!("{colour}{mark}{colour:#} {}", value.to_sql()))
            }
            Form::Json => {
                let value = Value::Object(value.clone()).into_json_value();
                screen::result(json!({ "mark": mark.to_string(), "value": value }));
            }
        }
    }

    /// Prints that the view's state changed.
    pub fn state(self, state: &str, error: Option<&str>) {
        match self {
            Form::Text => {
                let error = error.map(|error| format!(": {error}")).unwrap_or_default();
                screen::result(format_args!("{state}{error}"));
            }
            Form::Json => screen::result(json!({ "state": state, "error": error })),
        }
    }
}

fn text(mark: char, edge: &EdgeKey, content: Option<&Object>) -> String {
    let colour = screen::of_mark(mark);
    let Some(content) = content else {
        return format!("{colour}{mark} {edge}{colour:#}");
    };
    let row = literal::row(&edge.record, content);
    let body = row.strip_prefix(&edge.record.to_sql()).unwrap_or(&row);
    format!("{colour}{mark} {edge}{colour:#}{DIM}{body}{DIM:#}")
}

fn json(mark: char, edge: &EdgeKey, content: Option<&Object>) -> serde_json::Value {
    let EdgeKey { parent, alias, record } = edge;
    let content = content.map(|content| Value::Object(content.clone()).into_json_value());
    let mut line =
        json!({ "mark": mark.to_string(), "record": record.to_sql(), "content": content });
    if let (Some(parent), Some(alias)) = (parent, alias) {
        line["parent"] = parent.to_sql().into();
        line["parent_rel"] = alias.as_str().into();
    }
    line
}

#[cfg(test)]
mod tests {
    use view::lower;

    use super::*;

    #[test]
    fn a_line_is_the_notation_of_the_scenarios() {
        let record = EdgeKey::top(lower::record_id("task:1").expect("a record"));
        let content = lower::params("{ title: 'paint', done: false, id: task:1 }").expect("a row");
        let plain = |line: String| anstream::adapter::strip_str(&line).to_string();
        assert_eq!(
            plain(text('+', &record, Some(&content))),
            "+ task:1 { done: false, title: 'paint' }"
        );
        assert_eq!(plain(text('-', &record, None)), "- task:1");
        assert_eq!(
            json('-', &record, None).to_string(),
            r#"{"content":null,"mark":"-","record":"task:1"}"#
        );
    }
}
