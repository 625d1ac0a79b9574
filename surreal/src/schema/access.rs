//! Which tables a record access makes users in.
//!
//! The database does not know: a SIGNUP is any expression. Its words do: the record that it creates is the user. An
//! access whose words name no table (a function of the application's signs up) is told without one; its users' edge
//! tables are then made at their first registration.

use std::collections::BTreeSet;

use surrealdb_types::{Object, Value};
use view::catalog::Catalog;

use crate::structure::{part, parts, text};

/// A way for record users to come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Its name: what `$access` says.
    pub name: String,
    /// The tables whose records its users are, as far as its words tell.
    pub tables: BTreeSet<String>,
}

pub(super) fn read(structure: &Object, catalog: &Catalog) -> Vec<Access> {
    let mut accesses: Vec<Access> = parts(structure, "accesses")
        .filter_map(|access| {
            let kind = part(access, "kind")?;
            let is_record = kind.get("kind") == Some(&Value::String("RECORD".into()));
            let name = text(access, "name").filter(|_| is_record)?.to_owned();
            let within = |field, verbs: &[&str]| {
                named_after(text(kind, field).unwrap_or_default(), verbs, catalog)
            };
            let made = within("signup", &["create", "upsert", "into"]);
            let tables = if made.is_empty() { within("signin", &["from"]) } else { made };
            Some(Access { name, tables })
        })
        .collect();
    accesses.sort_by(|a, b| a.name.cmp(&b.name));
    accesses
}

/// Finds the tables of the catalog that are named right after one of the verbs.
fn named_after(expression: &str, verbs: &[&str], catalog: &Catalog) -> BTreeSet<String> {
    let words = words(expression);
    let mut found = BTreeSet::new();
    for (place, word) in words.iter().enumerate() {
        if !verbs.contains(&word.to_lowercase().as_str()) {
            continue;
        }
        // `CREATE ONLY user`, `CREATE type::record('user', …)`, `CREATE (type::table("user"))`.
        let passed = ["only", "type", "record", "table", "thing"];
        let next =
            words[place + 1..].iter().find(|word| !passed.contains(&word.to_lowercase().as_str()));
        if let Some(table) = next.filter(|table| catalog.tables.contains_key(*table)) {
            found.insert(table.clone());
        }
    }
    found
}

/// Splits an expression into its names and texts; punctuation is dropped.
fn words(expression: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = expression.chars().peekable();
    while let Some(first) = rest.next() {
        let mut word = String::new();
        if matches!(first, '`' | '\'' | '"' | '⟨') {
            let end = if first == '⟨' { '⟩' } else { first };
            while let Some(letter) = rest.next().filter(|&letter| letter != end) {
                word.push(if letter == '\\' { rest.next().unwrap_or(letter) } else { letter });
            }
        } else if first.is_alphanumeric() || first == '_' {
            word.push(first);
            while let Some(letter) = rest.next_if(|l| l.is_alphanumeric() || *l == '_') {
                word.push(letter);
            }
        } else {
            continue;
        }
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use view::catalog::{Permission, Table};

    use super::*;

    fn check(expression: &str, expected: &[&str]) {
        let mut catalog = Catalog::default();
        for table in ["user", "account", "only", "us er"] {
            catalog.tables.insert(table.into(), Table::captured(Permission::Full));
        }
        let found = named_after(expression, &["create", "upsert", "into"], &catalog);
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{expression}");
    }

    #[test]
    fn the_created_record_is_the_user() {
        check("(CREATE user SET name = $name)", &["user"]);
        check("{ LET $a = 1; RETURN CREATE ONLY user:ulid() SET b = $a; }", &["user"]);
        check("CREATE type::record('account', $key)", &["account"]);
        check("INSERT INTO `us er` $row", &["us er"]);
        check("CREATE $record", &[]);
        check("SELECT * FROM user WHERE name = 'CREATE account'", &[]);
        check("fn::sign_up($name)", &[]);
    }
}
