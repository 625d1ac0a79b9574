//! Takes everything off again.
//!
//! # Invariants
//! - What runs in users' transactions goes first: events, then feeds.
//! - Nothing goes that does not carry our name in its comment; of the feeds only those that we gave, which stay where
//!   the application has given the table one of its own since.
//! - It can be said again: what is gone already is passed over.

use std::collections::BTreeSet;

use super::{InstallError, Inventory, feed};
use crate::connection::{Database, vars};
use crate::names::quoted;

/// What goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removal {
    /// Events, as (table, event).
    pub events: Vec<(String, String)>,
    /// Tables that lose the feed which we gave them.
    pub feeds: BTreeSet<String>,
    /// Functions, as `query::register`.
    pub functions: Vec<String>,
    /// Tables: ours, and each user's edge table.
    pub tables: Vec<String>,
}

impl Removal {
    /// Says what goes.
    pub fn of(inventory: &Inventory) -> Removal {
        let events = inventory.events.iter().filter(|(_, owner)| owner.is_ours());
        let functions = inventory.functions.iter().filter(|(_, owner)| owner.is_ours());
        let tables = inventory.own_tables().chain(inventory.edge_tables());
        Removal {
            events: events.map(|(names, _)| names.clone()).collect(),
            feeds: inventory.fed.clone(),
            functions: functions.map(|(name, _)| name.clone()).collect(),
            tables: tables.map(str::to_owned).collect(),
        }
    }

    /// Whether there is nothing to take off.
    pub fn is_empty(&self) -> bool {
        *self == Removal::default()
    }
}

/// Removes events, the feeds that we gave, functions and tables. Nobody of ours may be running.
pub async fn uninstall(database: &Database) -> Result<Removal, InstallError> {
    let mut removal = Removal::of(&Inventory::read(database).await?);
    for (table, event) in &removal.events {
        let text = format!("REMOVE EVENT IF EXISTS {} ON TABLE {}", quoted(event), quoted(table));
        database.repeat(&text, vars([])).await?;
    }
    for table in std::mem::take(&mut removal.feeds) {
        if feed::take(database, &table).await? {
            removal.feeds.insert(table);
        }
    }
    let functions =
        removal.functions.iter().map(|name| format!("REMOVE FUNCTION IF EXISTS fn::{name};"));
    let tables =
        removal.tables.iter().map(|name| format!("REMOVE TABLE IF EXISTS {};", quoted(name)));
    let removals: String = functions.chain(tables).collect();
    if !removals.is_empty() {
        database.repeat(&format!("BEGIN; {removals} COMMIT"), vars([])).await?;
    }
    Ok(removal)
}
