//! The answer as it is known here: edges read from their table, and what LIVE told since.
//!
//! # Invariants
//! - One line for an edge and a version: what LIVE tells of an edge that was read already is not printed again.

use std::collections::BTreeMap;

use surreal::Told;
use surreal::edge::EdgeKey;
use surrealdb_types::{Number, Object, ToSql, Value};

/// A line: the mark, and of what.
pub type Line = (char, Subject);

/// What an edge is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// A record, at the top or under another.
    Record(EdgeKey),
    /// A group, with what it shows.
    Group(Object),
}

/// An edge's version and when it was written, by which notifications of one edge are ordered.
type Written = (i64, Value);

/// The edges of one view.
#[derive(Debug, Default)]
pub struct Answer {
    edges: BTreeMap<String, Written>,
}

impl Answer {
    /// Takes an edge that was read from the table.
    pub fn read(&mut self, edge: &Object) -> Option<Line> {
        let line = ('+', subject(edge)?);
        self.edges.insert(key(edge), written(edge));
        Some(line)
    }

    /// Takes what LIVE tells.
    pub fn told(&mut self, told: &Told) -> Option<Line> {
        let (Told::Created(edge) | Told::Updated(edge) | Told::Deleted(edge)) = told;
        let (key, written) = (key(edge), written(edge));
        let known = self.edges.get(&key);
        // Told after it was read. A DELETE carries the edge as it was, and is the later of the two.
        if known.is_some_and(|known| known.1 > written.1) {
            return None;
        }
        let mark = match (told, known) {
            (Told::Deleted(_), None) => return None,
            (Told::Deleted(_), Some(_)) => '-',
            (_, None) => '+',
            (_, Some(known)) if known.0 == written.0 => return None,
            (_, Some(_)) => '~',
        };
        match mark {
            '-' => drop(self.edges.remove(&key)),
            _ => drop(self.edges.insert(key, written)),
        }
        Some((mark, subject(edge)?))
    }
}

/// What an edge is about.
pub fn subject(edge: &Object) -> Option<Subject> {
    match (EdgeKey::of_row(edge), edge.get("value")) {
        (Some(key), _) => Some(Subject::Record(key)),
        (None, Some(Value::Object(value))) => Some(Subject::Group(value.clone())),
        _ => None,
    }
}

fn key(edge: &Object) -> String {
    edge.get("id").map(ToSql::to_sql).unwrap_or_default()
}

fn written(edge: &Object) -> Written {
    let version = match edge.get("version") {
        Some(Value::Number(Number::Int(version))) => *version,
        _ => 0,
    };
    (version, edge.get("updatedAt").cloned().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use view::lower;

    use super::*;

    fn edge(version: i64, at: u32) -> Object {
        let text = format!("{{ id: e:1, out: task:1, version: {version}, updatedAt: {at} }}");
        lower::params(&text).expect("an edge")
    }

    fn mark(line: Option<Line>) -> Option<char> {
        line.map(|line| line.0)
    }

    #[test]
    fn an_edge_that_was_read_is_not_printed_again() {
        let mut answer = Answer::default();
        assert_eq!(mark(answer.read(&edge(1, 1))), Some('+'));
        assert_eq!(mark(answer.told(&Told::Created(edge(1, 1)))), None);
        assert_eq!(mark(answer.told(&Told::Updated(edge(2, 2)))), Some('~'));
        assert_eq!(
            mark(answer.told(&Told::Updated(edge(2, 3)))),
            None,
            "only its version is shown"
        );
    }

    #[test]
    fn a_notification_that_comes_late_is_nothing() {
        let mut answer = Answer::default();
        assert_eq!(mark(answer.told(&Told::Created(edge(3, 3)))), Some('+'));
        assert_eq!(mark(answer.told(&Told::Deleted(edge(2, 2)))), None);
        assert_eq!(mark(answer.told(&Told::Deleted(edge(3, 3)))), Some('-'));
        assert_eq!(mark(answer.told(&Told::Deleted(edge(3, 3)))), None);
    }
}
