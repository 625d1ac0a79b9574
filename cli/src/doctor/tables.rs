//! The application's tables: which are captured, whom they permit what, and who its users are.

use std::collections::BTreeSet;

use protocol::Code;
use service::config::nearest;
use surreal::schema::{Schema, Settings};
use surrealdb_types::{Table as Name, ToSql};
use view::catalog::{Capture, Permission, Principal, Table};
use view::lower;

use super::finding::{Finding, sign};

/// Where there is no access whose words name a table of users.
const USUAL_USERS: &str = "user";

/// Judges them.
pub(super) fn judge(schema: &Schema, settings: &Settings) -> Vec<Finding> {
    let users: BTreeSet<&str> = match schema.accesses.iter().flat_map(|it| &it.tables) {
        tables if tables.clone().next().is_some() => tables.map(String::as_str).collect(),
        _ => BTreeSet::from([USUAL_USERS]),
    };
    let mut found = Vec::new();
    let theirs = schema.catalog.tables.iter().filter(|(_, table)| table.capture != Capture::Ours);
    for (name, table) in theirs {
        found.extend(capture(name, table));
        if matches!(table.capture, Capture::Captured) {
            found.extend(permission(schema, name, table, &users));
        }
    }
    found.extend(settings_name_nothing(schema, settings));
    found.extend(accesses(schema));
    found
}

fn capture(name: &str, table: &Table) -> Option<Finding> {
    let not_captured = Code::NotCaptured.as_str();
    match table.capture {
        Capture::Captured | Capture::Ours => None,
        Capture::Excluded => {
            let message = format!("table `{name}` is not captured: capture.exclude names it");
            Some(Finding::note(not_captured, message))
        }
        Capture::View => {
            let message = format!("table `{name}` is a view of the database's: it has no changes");
            let advice = "register its SELECT instead; a query over it is refused";
            Some(Finding::note(Code::TableView.as_str(), message).advice(advice))
        }
        Capture::Computed => {
            let fields = table.fields.iter().filter(|(_, field)| field.computed);
            let fields: Vec<&str> = fields.map(|(name, _)| name.as_str()).collect();
            let message = format!(
                "table `{name}` is not captured, because it has COMPUTED fields ({}): queries over \
                 it are refused",
                fields.join(", ")
            );
            Some(Finding::warning(not_captured, message).advice(format!(
                "`capture: {{ computed: [{name}] }}` captures it; the database then evaluates these \
                 fields with every write, and a write on which one fails is refused"
            )))
        }
    }
}

fn permission(
    schema: &Schema,
    name: &str,
    table: &Table,
    users: &BTreeSet<&str>,
) -> Option<Finding> {
    match &table.select {
        Permission::Full => None,
        Permission::None => {
            let message = format!("table `{name}` permits users no select: their views are empty");
            let advice = format!(
                "`ALTER TABLE {} PERMISSIONS FOR select WHERE …`, unless only the system reads it",
                Name::new(name).to_sql()
            );
            Some(Finding::warning(sign::NO_PERMISSIONS, message).advice(advice))
        }
        Permission::Where(rule) => {
            let query = format!("SELECT * FROM {}", surreal::names::quoted(name));
            let refusal = users.iter().find_map(|table| {
                lower::plan(&query, &schema.catalog, Principal::User { table }).err()
            })?;
            let message = format!(
                "table `{name}`: its select permission `{rule}` cannot be evaluated here, so that \
                 users' queries over it are refused: {}",
                refusal.message
            );
            let advice = refusal.hint.unwrap_or_else(|| {
                "say it with the row's stored fields, `$auth` and `$access`".to_owned()
            });
            Some(Finding::warning(refusal.code.as_str(), message).advice(advice))
        }
    }
}

fn settings_name_nothing(schema: &Schema, settings: &Settings) -> Vec<Finding> {
    let named = [("capture.exclude", &settings.exclude), ("capture.computed", &settings.computed)];
    let mut found = Vec::new();
    for (setting, tables) in named {
        for table in tables.iter().filter(|table| !schema.catalog.tables.contains_key(*table)) {
            let known = schema.catalog.tables.keys().map(String::as_str);
            let meant = nearest(table, known);
            let meant = meant.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
            let message = format!("{setting} names `{table}`, which is not there{meant}");
            found.push(Finding::warning(sign::UNKNOWN_TABLE, message));
        }
    }
    found
}

fn accesses(schema: &Schema) -> Vec<Finding> {
    if schema.accesses.is_empty() {
        let message = "there is no record access: nobody but the system can register a view";
        let advice = "DEFINE ACCESS … ON DATABASE TYPE RECORD lets users sign in";
        return vec![Finding::note(sign::NO_RECORD_ACCESS, message).advice(advice)];
    }
    let mut found = Vec::new();
    for access in &schema.accesses {
        let name = &access.name;
        if access.tables.is_empty() {
            let message = format!("access `{name}` does not say in which table it makes users");
            found.push(Finding::note(sign::USER_TABLE_UNKNOWN, message).advice(
                "nothing need be done: a user's edge table is then made at his first registration",
            ));
        }
        for table in access.tables.iter().filter(|table| !schema.captures(table)) {
            let message = format!(
                "users of access `{name}` are records of `{table}`, which is not captured: what \
                 reads `$auth.…` is refused"
            );
            let advice = format!("let `{table}` be captured, or compare with `$auth` alone");
            found.push(Finding::warning(Code::NotCaptured.as_str(), message).advice(advice));
        }
    }
    found
}
