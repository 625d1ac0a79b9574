//! What stands in the database under our names, and whose it is. Read only: what would be put there, and what would be
//! taken off, is said before it happens.
//!
//! # Invariants
//! - One transaction reads it all.
//! - Ours is what carries our stamp in its comment, of whatever version; everything else is somebody else's.

use std::collections::{BTreeMap, BTreeSet};

use surrealdb_types::{Object, Value};

use super::{FUNCTIONS, TABLES, VERSION, feed, text};
use crate::connection::{Database, Transaction, vars};
use crate::error::Error;
use crate::names::{self, OURS, quoted};
use crate::structure::{part, parts, text as text_of, whole};

/// Whose a definition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Ours, of that version.
    Ours(u32),
    /// The application's, or somebody else's.
    Foreign,
}

/// What there is under our names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Tables whose names begin with `_00_`.
    pub tables: BTreeMap<String, Owner>,
    /// Functions that are named like ours, as `query::register`.
    pub functions: BTreeMap<String, Owner>,
    /// Events whose names begin with `_00_`, by (table, event), on tables that are not ours.
    pub events: BTreeMap<(String, String), Owner>,
    /// Tables whose feed we gave, and nobody has given another one since.
    pub fed: BTreeSet<String>,
}

/// What an installation lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lacking {
    /// Not there.
    pub missing: Vec<String>,
    /// Ours, of an older version.
    pub older: Vec<(String, u32)>,
    /// Ours, of a newer version.
    pub newer: Vec<(String, u32)>,
    /// Somebody else's under a name that we need.
    pub foreign: Vec<String>,
}

impl Inventory {
    /// Reads it.
    pub async fn read(database: &Database) -> Result<Inventory, Error> {
        let transaction = database.transaction().await?;
        let read = Inventory::read_in(&transaction).await;
        transaction.cancel().await?;
        read
    }

    async fn read_in(transaction: &Transaction) -> Result<Inventory, Error> {
        let structure = whole(transaction.query("INFO FOR DB STRUCTURE", vars([])).await?.pop());
        let named =
            |list| parts(&structure, list).filter_map(|one| Some((text_of(one, "name")?, one)));
        let mut inventory = Inventory::default();
        for (name, one) in named("tables").filter(|(name, _)| name.starts_with(OURS)) {
            inventory.tables.insert(name.to_owned(), owner(one));
        }
        for (name, one) in named("functions").filter(|(name, _)| FUNCTIONS.contains(name)) {
            inventory.functions.insert(name.to_owned(), owner(one));
        }
        let theirs: Vec<&str> =
            named("tables").map(|(name, _)| name).filter(|name| !name.starts_with(OURS)).collect();
        let asked: String = theirs
            .iter()
            .map(|name| format!("INFO FOR TABLE {} STRUCTURE;", quoted(name)))
            .collect();
        let told =
            if asked.is_empty() { Vec::new() } else { transaction.query(&asked, vars([])).await? };
        for (table, inner) in theirs.into_iter().zip(told) {
            inventory.admit_events(table, &whole(Some(inner)));
        }
        if matches!(inventory.tables.get("_00_capture"), Some(Owner::Ours(_))) {
            let given = transaction.query(feed::GIVEN, vars([])).await?.pop();
            inventory.fed = feed::standing(given, &structure);
        }
        Ok(inventory)
    }

    fn admit_events(&mut self, table: &str, inner: &Object) {
        for event in parts(inner, "events") {
            let Some(name) = text_of(event, "name").filter(|name| name.starts_with(OURS)) else {
                continue;
            };
            self.events.insert((table.to_owned(), name.to_owned()), owner(event));
        }
    }

    /// Says what an installation of this version lacks.
    pub fn lacking(&self) -> Lacking {
        let mut lacking = Lacking::default();
        let tables = TABLES.iter().map(|name| ((*name).to_owned(), self.tables.get(*name)));
        let functions =
            FUNCTIONS.iter().map(|name| (format!("fn::{name}"), self.functions.get(*name)));
        for (name, owner) in tables.chain(functions) {
            match owner {
                None => lacking.missing.push(name),
                Some(Owner::Foreign) => lacking.foreign.push(name),
                Some(Owner::Ours(version)) if *version < VERSION => {
                    lacking.older.push((name, *version));
                }
                Some(Owner::Ours(version)) if *version > VERSION => {
                    lacking.newer.push((name, *version));
                }
                Some(Owner::Ours(_)) => {}
            }
        }
        lacking
    }

    /// Whether anything of ours is there.
    pub fn is_installed(&self) -> bool {
        let owners =
            self.tables.values().chain(self.functions.values()).chain(self.events.values());
        owners.into_iter().any(|owner| owner.is_ours())
    }

    /// Our tables that are no user's edge table.
    pub fn own_tables(&self) -> impl Iterator<Item = &str> {
        self.ours().filter(|name| !names::is_edge_table(name))
    }

    /// The users' edge tables.
    pub fn edge_tables(&self) -> impl Iterator<Item = &str> {
        self.ours().filter(|name| names::is_edge_table(name))
    }

    /// Tables under our prefix that are somebody else's: nobody captures them.
    pub fn foreign_tables(&self) -> impl Iterator<Item = &str> {
        let foreign = self.tables.iter().filter(|(_, owner)| !owner.is_ours());
        foreign.map(|(name, _)| name.as_str())
    }

    fn ours(&self) -> impl Iterator<Item = &str> {
        let ours = self.tables.iter().filter(|(_, owner)| owner.is_ours());
        ours.map(|(name, _)| name.as_str())
    }
}

impl Owner {
    /// Whether we put it there.
    pub fn is_ours(self) -> bool {
        matches!(self, Owner::Ours(_))
    }
}

fn owner(one: &Object) -> Owner {
    text::version_of(text_of(one, "comment")).map_or(Owner::Foreign, Owner::Ours)
}

/// The role that a system user has to have is an editor's: shown by defining a table in a transaction that is cancelled.
pub async fn may_install(database: &Database) -> Result<(), Error> {
    let transaction = database.transaction().await?;
    let tried = transaction.query("DEFINE TABLE _00_may_install PERMISSIONS NONE", vars([])).await;
    transaction.cancel().await?;
    tried.map(|_: Vec<Value>| ())
}

/// Whether the database itself has a feed, into which everything goes that is written to it. Refused to a system user who
/// is of the database only.
pub async fn database_is_fed(database: &Database) -> Result<bool, Error> {
    // The structured answer leaves the feed out.
    let told = whole(database.query("INFO FOR NS", vars([])).await?.pop());
    let own = part(&told, "databases").and_then(|all| text_of(all, &database.options().db));
    Ok(own.is_some_and(|definition| definition.contains(" CHANGEFEED ")))
}
