//! The database's definitions, as far as capture, plans and edges depend on them (mechanism M6).
//!
//! # Invariants
//! - One transaction reads them all: a table and its fields are of one moment.
//! - Equal digests mean equal plans, captured tables and users: the digest covers what [`Schema::catalog`], the
//!   accesses, feeds and the tables' identities say, and nothing of ours.
//!
//! # Absent on purpose
//! No polling and no reaction: see [`crate::capture`].

use std::collections::{BTreeMap, BTreeSet};

use surrealdb_types::{Object, SurrealValue, Value};
use view::catalog::{Capture, Catalog, Field, Permission, Table};

mod access;
mod kinds;
mod way;

pub use access::Access;
pub use kinds::{Kinds, Meant};
pub use way::{Announcing, Way};

use crate::connection::{Database, Transaction, vars};
use crate::error::Error;
use crate::meta::{self, announce};
use crate::names::{self, quoted};
use crate::structure::{part, parts, text, whole};

/// Which tables are captured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Tables that are not captured.
    pub exclude: BTreeSet<String>,
    /// Tables that are captured although they have COMPUTED fields.
    pub computed: BTreeSet<String>,
    /// How their changes reach us.
    pub way: Way,
}

/// What one reading found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// What plans need to know.
    pub catalog: Catalog,
    /// Of all that concerns plans, capture and users: equal ones need no second look.
    pub digest: String,
    /// The record accesses, by name.
    pub accesses: Vec<Access>,
    /// Tables whose records are users, and that may carry the sign-up's event: captured ones.
    pub user_tables: BTreeSet<String>,
    /// Captured tables without a feed, where feeds tell.
    pub feedless: BTreeSet<String>,
    /// Tables with a feed that nobody reads: the application's own, or one that we gave and should take back.
    pub fed_in_vain: BTreeSet<String>,
    /// Captured tables without the event as it should be, where events announce.
    pub eventless: BTreeSet<String>,
    /// Tables with an event of ours that announces to nobody.
    pub announced_in_vain: BTreeSet<String>,
    /// Whether our table of committed versions stands.
    pub versions: bool,
    /// Each table's number: another one under the same name is another table, and the feed does not tell (M1).
    pub incarnations: BTreeMap<String, i64>,
    /// What texts in each table's fields are meant to be.
    pub kinds: BTreeMap<String, Kinds>,
    /// The users' edge tables that exist, and whether their rule stands; none where nobody asked for them.
    pub edge_tables: BTreeMap<String, bool>,
    /// Of our own tables and functions, those that are missing.
    pub missing: BTreeSet<String>,
}

impl Schema {
    /// Whether a table's changes reach us.
    pub fn captures(&self, table: &str) -> bool {
        self.catalog.tables.get(table).is_some_and(|table| table.capture == Capture::Captured)
    }
}

/// Everything, and everything but the users' edge tables. With ten thousand users these are nearly all of it: without them
/// the database answers in half of the time (measured: 57 ms, 114 ms), and a four hundredth is sent. What is compared are
/// the bounds of names, because `string::starts_with` takes longer.
const STRUCTURE: &str = "INFO FOR DB STRUCTURE";
const BUT_EDGE_TABLES: &str = "
    SELECT *, tables[WHERE name < $first OR name >= $behind] AS tables
        FROM ONLY (INFO FOR DB STRUCTURE)";

/// Reads the definitions.
pub async fn read(database: &Database, settings: &Settings) -> Result<Schema, Error> {
    read_by(database, settings, STRUCTURE).await
}

/// Reads the definitions without the users' edge tables, for whoever asks again and again.
pub async fn read_but_edge_tables(
    database: &Database,
    settings: &Settings,
) -> Result<Schema, Error> {
    read_by(database, settings, BUT_EDGE_TABLES).await
}

async fn read_by(
    database: &Database,
    settings: &Settings,
    question: &str,
) -> Result<Schema, Error> {
    let transaction = database.transaction().await?;
    let read = read_in(&transaction, settings, question).await;
    transaction.cancel().await?;
    read
}

/// Reads the definitions as a transaction sees them.
async fn read_in(
    transaction: &Transaction,
    settings: &Settings,
    question: &str,
) -> Result<Schema, Error> {
    let (first, behind) = names::EDGE_TABLES;
    let bound = vars([("first", first.into_value()), ("behind", behind.into_value())]);
    let structure = whole(transaction.query(question, bound).await?.pop());
    let theirs: Vec<&Object> = parts(&structure, "tables")
        .filter(|table| !text(table, "name").is_some_and(|name| name.starts_with(names::OURS)))
        .collect();
    let asked: String = theirs
        .iter()
        .filter_map(|table| text(table, "name"))
        .map(|name| format!("INFO FOR TABLE {} STRUCTURE;", quoted(name)))
        .collect();
    let told =
        if asked.is_empty() { Vec::new() } else { transaction.query(&asked, vars([])).await? };

    let mut schema = Schema::default();
    for (table, inner) in theirs.into_iter().zip(told) {
        schema.admit(table, &whole(Some(inner)), settings);
    }
    let params = parts(&structure, "params").filter_map(|param| text(param, "name"));
    schema.catalog.params = params.map(str::to_owned).collect();
    schema.accesses = access::read(&structure, &schema.catalog);
    let users = schema.accesses.iter().flat_map(|access| access.tables.iter());
    let users: BTreeSet<String> = users.filter(|table| schema.captures(table)).cloned().collect();
    schema.user_tables = users;
    schema.digest = schema.digested();
    schema.look_at_ours(&structure);
    Ok(schema)
}

impl Schema {
    fn admit(&mut self, table: &Object, inner: &Object, settings: &Settings) {
        let Some(name) = text(table, "name") else { return };
        let fields: BTreeMap<String, Field> = parts(inner, "fields").filter_map(field).collect();
        let computed = fields.values().any(|field| field.computed);
        let capture = if text(table, "view").is_some() {
            Capture::View
        } else if settings.exclude.contains(name) {
            Capture::Excluded
        } else if computed && !settings.computed.contains(name) {
            Capture::Computed
        } else {
            Capture::Captured
        };
        let fed = part(table, "changefeed").is_some();
        let captured = capture == Capture::Captured;
        match (captured && settings.way == Way::Feed, fed) {
            (true, false) => self.feedless.insert(name.to_owned()),
            (false, true) => self.fed_in_vain.insert(name.to_owned()),
            (true, true) | (false, false) => false,
        };
        let stands = announce::comment_of(inner);
        match settings.way.announcing().filter(|_| captured) {
            Some(to) if stands != Some(&announce::comment(name, to)) => {
                self.eventless.insert(name.to_owned())
            }
            None if stands.is_some() => self.announced_in_vain.insert(name.to_owned()),
            Some(_) | None => false,
        };
        if let Some(Value::Number(number)) = table.get("id") {
            let number = number.to_int().unwrap_or_default();
            self.incarnations.insert(name.to_owned(), number);
        }
        self.kinds.insert(name.to_owned(), Kinds::of(inner));
        let select = select_permission(table);
        self.catalog.tables.insert(name.to_owned(), Table { capture, select, fields });
    }

    fn look_at_ours(&mut self, structure: &Object) {
        let all = |list| {
            parts(structure, list).filter_map(|one| text(one, "name").map(|name| (name, one)))
        };
        let mut present = BTreeSet::new();
        for (name, table) in all("tables").filter(|(name, _)| name.starts_with(names::OURS)) {
            present.insert(name.to_owned());
            self.versions |= announce::is_of_versions(table);
            let capture = Capture::Ours;
            let select = select_permission(table);
            if names::is_edge_table(name) {
                self.edge_tables.insert(name.to_owned(), select != Permission::None);
            } else {
                let table = Table { capture, select, fields: BTreeMap::new() };
                self.catalog.tables.insert(name.to_owned(), table);
            }
        }
        present.extend(all("functions").map(|(name, _)| name.to_owned()));
        let wanted = meta::TABLES.iter().chain(&meta::FUNCTIONS);
        self.missing =
            wanted.filter(|name| !present.contains(**name)).map(|&name| name.to_owned()).collect();
    }

    /// Digests the printed fields: ordered maps of one process and version print alike when they are alike.
    fn digested(&self) -> String {
        let Schema { catalog, accesses, feedless, fed_in_vain, incarnations, kinds, .. } = self;
        let Schema { eventless, announced_in_vain, .. } = self;
        let feeds = format!("{feedless:?}{fed_in_vain:?}{eventless:?}{announced_in_vain:?}");
        let told = format!("{catalog:?}{accesses:?}{feeds}{incarnations:?}{kinds:?}");
        blake3::hash(told.as_bytes()).to_hex().to_string()
    }
}

fn field(field: &Object) -> Option<(String, Field)> {
    let name = text(field, "name")?.to_owned();
    let computed = field.contains_key("computed");
    let reference = field.contains_key("reference");
    Some((name, Field { select: select_permission(field), computed, reference }))
}

/// Fails closed: what is not understood is NONE.
fn select_permission(of: &Object) -> Permission {
    match part(of, "permissions").and_then(|permissions| permissions.get("select")) {
        Some(Value::Bool(true)) => Permission::Full,
        Some(Value::String(rule)) => Permission::Where(rule.clone()),
        _ => Permission::None,
    }
}
