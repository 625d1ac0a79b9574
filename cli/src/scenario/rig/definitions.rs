//! The definitions of a scenario, for rigs without a database.

use std::collections::BTreeSet;

use protocol::{Code, Problem};
use surrealdb_types::RecordId;
use view::catalog::{Catalog, Permission, Principal, Table};
use view::lower;
use view::lower::define::{Defined, define};
use view::plan::Plan;

use crate::scenario::outcome::Subject;
use crate::scenario::script::{Registration, Script};

/// The tables that exist from the start: mentioned anywhere, and defined nowhere in the file.
pub fn tables_from_the_start(script: &Script) -> BTreeSet<String> {
    let mut mentioned: BTreeSet<String> = BTreeSet::new();
    mentioned.extend(script.writes().map(|write| table_of(write.record())));
    for registration in script.registrations() {
        mentioned.extend(registration.user.as_ref().map(table_of));
        let plan = lower::plan(&registration.query, &Catalog::default(), Principal::System);
        let tables = |plan: Plan| plan.tables().into_iter().map(str::to_owned).collect::<Vec<_>>();
        mentioned.extend(plan.ok().map(tables).unwrap_or_default());
    }
    let mut all = Catalog::default();
    for text in script.definitions() {
        // What cannot be defined here is reported when its turn comes.
        if let Ok(Defined::Table(table)) = define(text, &mut all) {
            mentioned.remove(&table);
        }
    }
    mentioned.retain(|table| !all.tables.contains_key(table));
    mentioned
}

fn table_of(record: &RecordId) -> String {
    record.table.as_str().to_owned()
}

/// The catalog that a scenario begins with.
pub fn first_catalog(script: &Script) -> Catalog {
    let full = || Table::captured(Permission::Full);
    let tables = tables_from_the_start(script).into_iter().map(|name| (name, full())).collect();
    Catalog { tables, ..Catalog::default() }
}

/// A write makes the table that it needs, and nobody but system users may read it.
pub fn written_to(catalog: &mut Catalog, table: &str) {
    let made = || Table::captured(Permission::None);
    catalog.tables.entry(table.to_owned()).or_insert_with(made);
}

/// Plans a registration under its user's permissions.
pub fn plan(registration: &Registration, catalog: &Catalog) -> Result<Plan, Problem> {
    let table = registration.user.as_ref().map(table_of);
    let principal = match &table {
        Some(table) => Principal::User { table },
        None => Principal::System,
    };
    view::caller::check_params(&registration.params)?;
    lower::plan(&registration.query, catalog, principal)
}

/// Why a view is refused whose user has no record.
pub fn no_such_user() -> Problem {
    Problem::new(Code::NoSuchUser, "the user has no record")
}

/// The plans whose rows stand where a subject does: the query's own for a record, those of its subqueries for a child.
/// None, where the view asked something else when the record entered.
pub fn levels_of<'a>(plan: &'a Plan, subject: &Subject) -> Vec<&'a Plan> {
    let of = |plan: &Plan, record: &RecordId| plan.source.table() == record.table.as_str();
    match subject {
        Subject::Group(_) => Vec::new(),
        Subject::Record(record) => {
            if of(plan, record) {
                vec![plan]
            } else {
                Vec::new()
            }
        }
        Subject::Child { record, parent, alias } => {
            let around = plan.levels().filter(|level| of(level, parent));
            let children = around.flat_map(|level| &level.children);
            let its = children.filter(|child| child.alias == *alias && of(&child.plan, record));
            its.map(|child| &child.plan).collect()
        }
    }
}
