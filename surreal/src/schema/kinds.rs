//! The kinds of a table's fields, as far as they say what a text that somebody posted is meant to be.
//!
//! JSON has no record ids, datetimes, durations, decimals or uuids: whoever posts writes texts. A text is taken for one
//! of these only where the field's defined kind says so, and says nothing that a text could be as it stands.

use std::collections::BTreeMap;

use surrealdb_types::Object;

use crate::structure::{parts, text};

/// What a text is meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meant {
    /// A record.
    Record,
    /// A datetime.
    Datetime,
    /// A duration.
    Duration,
    /// A decimal.
    Decimal,
    /// A uuid.
    Uuid,
}

/// By path: `owner`, `made.at`, `members.*` for the elements of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kinds(BTreeMap<String, Meant>);

impl Kinds {
    /// Reads a table's definitions, as `INFO FOR TABLE … STRUCTURE` tells them.
    pub(super) fn of(structure: &Object) -> Kinds {
        let mut kinds = BTreeMap::new();
        for field in parts(structure, "fields") {
            let Some((name, kind)) = text(field, "name").zip(text(field, "kind")) else { continue };
            note(name.replace("[*]", ".*").replace('`', ""), kind, &mut kinds);
        }
        Kinds(kinds)
    }

    /// What a text at this path is meant to be; `None`: a text.
    pub fn at(&self, path: &str) -> Option<Meant> {
        self.0.get(path).copied()
    }
}

/// Notes what a kind says of a path, and of the elements below it.
fn note(path: String, kind: &str, kinds: &mut BTreeMap<String, Meant>) {
    let mut meant = None;
    let mut inner = None;
    for part in alternatives(kind) {
        let (word, argument) = split(part);
        let this = match word {
            "none" | "null" | "bool" | "int" | "float" | "object" => continue,
            "option" => {
                return note(path, argument.unwrap_or_default(), kinds);
            }
            "array" | "set" => {
                inner = argument.map(|it| top(it, ',').first().copied().unwrap_or_default());
                continue;
            }
            "record" => Meant::Record,
            "datetime" => Meant::Datetime,
            "duration" => Meant::Duration,
            "decimal" => Meant::Decimal,
            "uuid" => Meant::Uuid,
            // A text may stand there as it is, or nobody knows.
            _ => return,
        };
        // Two meanings are none.
        if meant.replace(this).is_some_and(|before| before != this) {
            return;
        }
    }
    if let Some(kind) = inner {
        note(format!("{path}.*"), kind, kinds);
    }
    if let Some(meant) = meant {
        kinds.entry(path).or_insert(meant);
    }
}

fn alternatives(kind: &str) -> Vec<&str> {
    top(kind, '|')
}

/// Splits where nothing is open.
fn top(text: &str, at: char) -> Vec<&str> {
    let (mut depth, mut from, mut found) = (0usize, 0, Vec::new());
    for (place, letter) in text.char_indices() {
        match letter {
            '<' | '(' | '[' | '{' => depth += 1,
            '>' | ')' | ']' | '}' => depth = depth.saturating_sub(1),
            letter if letter == at && depth == 0 => {
                found.push(text[from..place].trim());
                from = place + letter.len_utf8();
            }
            _ => {}
        }
    }
    found.push(text[from..].trim());
    found
}

/// Parts `word<argument>`.
fn split(kind: &str) -> (&str, Option<&str>) {
    match kind.split_once('<') {
        Some((word, rest)) => (word.trim(), rest.strip_suffix('>')),
        None => (kind.trim(), None),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Meant, note};

    fn meant(kind: &str) -> Vec<(String, Meant)> {
        let mut kinds = BTreeMap::new();
        note("f".into(), kind, &mut kinds);
        kinds.into_iter().collect()
    }

    #[test]
    fn a_text_is_what_the_kind_says_and_nothing_where_it_could_be_a_text() {
        let is = |meant| vec![("f".to_owned(), meant)];
        assert_eq!(meant("record<user>"), is(Meant::Record));
        assert_eq!(meant("record<user | team>"), is(Meant::Record));
        assert_eq!(meant("none | datetime"), is(Meant::Datetime));
        assert_eq!(meant("option<duration>"), is(Meant::Duration));
        assert_eq!(meant("decimal"), is(Meant::Decimal));
        assert_eq!(meant("array<record<user>, 5>"), [("f.*".to_owned(), Meant::Record)]);
        assert_eq!(meant("option<set<uuid>>"), [("f.*".to_owned(), Meant::Uuid)]);
        for kind in ["string", "any", "string | record<user>", "datetime | uuid", "'a' | datetime"]
        {
            assert_eq!(meant(kind), [], "{kind}");
        }
    }
}
