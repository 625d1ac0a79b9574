//! The definition, judged by what the database answered.

use std::fmt::Write;

use surrealdb_types::{Object, ToSql, Value};

use super::{Answer, Tables, answer};
use crate::caller::Caller;
use crate::catalog::{Catalog, Principal};
use crate::lower;

/// What a transcript has set up so far.
#[derive(Default)]
struct World {
    catalog: Catalog,
    params: Object,
    tables: Tables,
}

impl World {
    /// Takes a line that sets something up; tells whether it was one.
    fn set_up(&mut self, line: &str) -> bool {
        if let Some(params) = line.strip_prefix("params ") {
            self.params = lower::params(params).expect(params);
        } else if let Some(definition) = line.strip_prefix("define ") {
            lower::define::define(definition, &mut self.catalog).expect(definition);
        } else if let Some(row) = line.strip_prefix("row ") {
            let (id, content) = row.split_once(" {").expect(row);
            let id = lower::record_id(id).expect(id);
            let mut content = lower::params(&format!("{{{content}")).expect(content);
            content.insert("id", Value::RecordId(id.clone()));
            self.tables.entry(id.table.to_string()).or_default().insert(id, content);
        } else {
            return false;
        }
        true
    }

    /// Answers a query, which may begin with its user: `[user:ann] SELECT …`.
    fn answer(&self, line: &str) -> String {
        let (user, query) = match line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
            Some((user, query)) => (Some(lower::record_id(user).expect(user)), query),
            None => (None, line),
        };
        let principal = match &user {
            Some(user) => Principal::User { table: user.table.as_str() },
            None => Principal::System,
        };
        let plan = lower::plan(query, &self.catalog, principal).expect(query);
        let access = user.as_ref().map(|_| "acc".to_owned());
        let caller = Caller { auth: user, access, params: self.params.clone() };
        let mut printed = format!("{line}\n");
        match answer(&plan, &caller, &self.tables) {
            Answer::Rows(rows) => {
                for row in rows {
                    writeln!(printed, "  {}", row.shown.to_sql()).expect("a text takes all");
                }
            }
            Answer::Failed { code, record, reason, .. } if code == protocol::Code::LinkInPath => {
                writeln!(printed, "  {code} {}: {reason}", record.to_sql()).expect("as above");
            }
            Answer::Failed { reason, .. } => {
                writeln!(printed, "  error {reason}").expect("as above");
            }
            Answer::Refused(_) => printed.push_str("  error before any row\n"),
        }
        printed
    }
}

/// Runs a transcript and compares it with itself.
fn check(transcript: &str) {
    let mut world = World::default();
    let mut lines = transcript.lines().filter(|line| !line.starts_with("//")).peekable();
    let mut queries = 0;
    while let Some(line) = lines.next() {
        if line.is_empty() || world.set_up(line) {
            continue;
        }
        let mut recorded = format!("{line}\n");
        while let Some(shown) = lines.next_if(|line| line.starts_with("  ")) {
            writeln!(recorded, "{shown}").expect("a text takes all");
        }
        assert_eq!(world.answer(line), recorded);
        queries += 1;
    }
    assert!(queries > 0, "the transcript asks nothing");
}

#[test]
fn selects_answer_as_the_database_does() {
    check(include_str!("answers/select.txt"));
}

#[test]
fn users_are_answered_as_the_database_does() {
    check(include_str!("answers/permissions.txt"));
}
