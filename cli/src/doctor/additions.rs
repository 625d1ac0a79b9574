//! What we add to a database, and what of it stands already.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use service::config::kind::RefMode;
use surreal::meta::{Inventory, VERSION};
use surreal::schema::Schema;
use surreal::{Database, Error, names};
use surrealdb_types::Value;

use crate::screen::{DIM, Rows};
use crate::settings::Project;

/// The event that is put on tables which users sign up to.
const SIGN_UP: &str = "_00_sign_up";

/// The event that announces writes.
const ANNOUNCE: &str = "_00_announce";

/// What would be added; what stands already is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Additions {
    /// Our tables and functions.
    pub definitions: Vec<String>,
    /// Ours that are of an older version, and would be replaced.
    pub replaced: Vec<(String, u32)>,
    /// Tables that would get a feed.
    pub feeds: BTreeSet<String>,
    /// Tables that would get the event that announces writes.
    pub announced: BTreeSet<String>,
    /// Tables of users that would get the sign-up's event.
    pub events: BTreeSet<String>,
    /// Users who would get an edge table of their own, by the table that they are records of.
    pub edge_tables: BTreeMap<String, u64>,
}

/// What stands in a database, and what we would add to it.
pub struct Scene {
    /// Under our names.
    pub inventory: Inventory,
    /// The application's definitions.
    pub schema: Schema,
    /// What would be added.
    pub additions: Additions,
}

impl Scene {
    /// Reads it.
    pub async fn look(project: &Project, database: &Database) -> Result<Scene, Error> {
        let inventory = Inventory::read(database).await?;
        let schema = surreal::schema::read(database, &project.captured()).await?;
        let mut additions = Additions::of(&inventory, &schema);
        if project.settings.project.ref_mode == RefMode::Dedicated {
            additions.edge_tables = edge_tables(database, &schema).await?;
        }
        Ok(Scene { inventory, schema, additions })
    }
}

/// Counts the users whose edge tables the SSP's start makes: the others' are made at their first registration.
async fn edge_tables(database: &Database, schema: &Schema) -> Result<BTreeMap<String, u64>, Error> {
    let mut coming = BTreeMap::new();
    for table in &schema.user_tables {
        let text = format!("SELECT VALUE id FROM {}", names::quoted(table));
        let users = database.query_one(&text, surreal::vars([])).await?;
        let Value::Array(users) = users else { continue };
        let lacks = |user: &&Value| {
            let Value::RecordId(user) = user else { return false };
            let own = names::edge_table(user);
            own.plain && !schema.edge_tables.contains_key(&own.name)
        };
        coming.insert(table.clone(), users.iter().filter(lacks).count() as u64);
    }
    Ok(coming)
}

impl Additions {
    /// Compares what is there with what would be.
    pub fn of(inventory: &Inventory, schema: &Schema) -> Additions {
        let lacking = inventory.lacking();
        let has_event =
            |table: &String| inventory.events.contains_key(&(table.clone(), SIGN_UP.to_owned()));
        Additions {
            definitions: lacking.missing,
            replaced: lacking.older,
            feeds: schema.feedless.clone(),
            announced: schema.eventless.clone(),
            events: schema.user_tables.iter().filter(|table| !has_event(table)).cloned().collect(),
            edge_tables: BTreeMap::new(),
        }
    }

    /// Whether all of it stands.
    pub fn is_empty(&self) -> bool {
        let Additions { definitions, replaced, feeds, announced, events, edge_tables } = self;
        definitions.is_empty()
            && replaced.is_empty()
            && feeds.is_empty()
            && announced.is_empty()
            && events.is_empty()
            && edge_tables.values().all(|users| *users == 0)
    }

    /// As it is shown.
    pub fn rows(&self) -> Rows {
        let mut rows = Rows::default();
        let of_kind = |function| {
            let names = self.definitions.iter().filter(move |n| n.starts_with("fn::") == function);
            names.cloned().collect::<Vec<_>>()
        };
        for (name, list) in [("tables", of_kind(false)), ("functions", of_kind(true))] {
            if !list.is_empty() {
                let list = list.join(", ");
                rows.add(name, format!("{list}  {DIM}version {VERSION}{DIM:#}"));
            }
        }
        for (name, version) in &self.replaced {
            rows.add("replaced", format!("{name}  {DIM}version {version} by {VERSION}{DIM:#}"));
        }
        let listed = |tables: &BTreeSet<String>| tables.iter().cloned().collect::<Vec<_>>();
        if !self.feeds.is_empty() {
            rows.add("feeds", format!("of {}", listed(&self.feeds).join(", ")));
        }
        if !self.announced.is_empty() {
            let of = listed(&self.announced).join(", ");
            rows.add("events", format!("{ANNOUNCE} on {of}  {DIM}at every write{DIM:#}"));
        }
        for table in &self.events {
            rows.add("events", format!("{SIGN_UP} on {table}  {DIM}at sign-ups{DIM:#}"));
        }
        for (table, users) in self.edge_tables.iter().filter(|(_, users)| **users > 0) {
            rows.add("", format!("an edge table for each of {users} records of {table}"));
        }
        rows
    }

    /// As a script reads it.
    pub fn json(&self) -> serde_json::Value {
        let replaced = self.replaced.iter();
        let replaced: Vec<_> =
            replaced.map(|(name, found)| json!({ "name": name, "version": found })).collect();
        json!({
            "version": VERSION, "definitions": self.definitions, "replaced": replaced,
            "feeds": self.feeds, "announced": self.announced, "events": self.events, "edgeTables": self.edge_tables,
        })
    }
}
