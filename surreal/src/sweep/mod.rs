//! Puts right what nobody watched: at the start, and once an hour (mechanism M11).
//!
//! Edges of views that no longer exist are removed, tables of users that no longer exist dropped, missing ones made,
//! edges of the other refMode removed.
//!
//! # Invariants
//! - Edges go by a lane, behind its fence; the caller runs nothing that could register a view meanwhile.
//! - A table's views are found by skipping from one to the next: what it costs is the views, not the edges.

use std::collections::BTreeSet;

use protocol::ViewKey;
use surrealdb_types::{Array, RecordId, RecordIdKey, SurrealValue, Value};

use crate::connection::{Database, vars};
use crate::edge::{Cleared, Lane, LaneError, Target};
use crate::error::Error;
use crate::names::{RefMode, SHARED, edge_table, quoted};
use crate::schema::Schema;
use crate::user_table::{self, UserTable};

mod owner;

/// What the sweep goes by.
pub struct Sweep<'a, Lives: Fn(&ViewKey) -> bool> {
    /// The definitions, read just now.
    pub schema: &'a Schema,
    /// Where edges belong.
    pub mode: RefMode,
    /// The users who have views.
    pub users: &'a BTreeSet<RecordId>,
    /// Whether a view exists.
    pub lives: Lives,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Views that no longer exist and had edges.
    pub views: u64,
    /// Tables dropped.
    pub dropped: u64,
    /// The users whose tables were made, or given their rule: what had stood there is gone.
    pub made: BTreeSet<RecordId>,
}

impl<Lives: Fn(&ViewKey) -> bool> Sweep<'_, Lives> {
    /// Sweeps everything.
    pub async fn run(&self, database: &Database, lane: &mut Lane) -> Result<Swept, LaneError> {
        let mut swept = Swept::default();
        self.shared(database, lane, &mut swept).await?;
        for (table, ruled) in &self.schema.edge_tables {
            self.table(database, lane, table, *ruled, &mut swept).await?;
        }
        if self.mode == RefMode::Dedicated {
            self.missing(database, &mut swept).await?;
        }
        Ok(swept)
    }

    async fn table(
        &self,
        database: &Database,
        lane: &mut Lane,
        table: &str,
        ruled: bool,
        swept: &mut Swept,
    ) -> Result<(), LaneError> {
        let owner = owner::of(database, table, self.users).await?;
        let Some(user) = owner.filter(|_| self.mode == RefMode::Dedicated) else {
            database.repeat(&format!("REMOVE TABLE IF EXISTS {}", quoted(table)), vars([])).await?;
            swept.dropped += 1;
            return Ok(());
        };
        if user_table::drop_if_gone(database, &user).await? == UserTable::NoUser {
            swept.dropped += 1;
            return Ok(());
        }
        if !ruled {
            user_table::make(database, &user).await?;
            swept.made.insert(user.clone());
        }
        for key in views_in(database, table).await? {
            let [Value::String(id)] = &key[..] else { continue };
            let view = ViewKey { auth: Some(user.clone()), id: id.clone() };
            if !(self.lives)(&view) {
                let target = Target::new(RefMode::Dedicated, view, String::new());
                clear(lane, &target).await?;
                swept.views += 1;
            }
        }
        Ok(())
    }

    async fn shared(
        &self,
        database: &Database,
        lane: &mut Lane,
        swept: &mut Swept,
    ) -> Result<(), LaneError> {
        for key in views_in(database, SHARED).await? {
            let (mode, auth, id) = match &key[..] {
                [Value::String(id)] => (RefMode::Dedicated, None, id),
                [Value::None, Value::String(id)] => (RefMode::Single, None, id),
                [Value::RecordId(user), Value::String(id)] => (RefMode::Single, Some(user), id),
                _ => continue,
            };
            let view = ViewKey { auth: auth.cloned(), id: id.clone() };
            if mode != self.mode || !(self.lives)(&view) {
                clear(lane, &Target::new(mode, view, String::new())).await?;
                swept.views += 1;
            }
        }
        Ok(())
    }

    /// Makes the tables of users who signed up while nobody's event or capture ran.
    async fn missing(&self, database: &Database, swept: &mut Swept) -> Result<(), LaneError> {
        for table in &self.schema.user_tables {
            let text = "SELECT VALUE id FROM type::table($table)";
            let bound = vars([("table", table.clone().into_value())]);
            let Some(Value::Array(users)) = database.repeat(text, bound).await?.pop() else {
                continue;
            };
            for user in users.iter() {
                let Value::RecordId(user) = user else { continue };
                let own = edge_table(user);
                if own.plain && !self.schema.edge_tables.contains_key(&own.name) {
                    user_table::make(database, user).await?;
                    swept.made.insert(user.clone());
                }
            }
        }
        Ok(())
    }
}

async fn clear(lane: &mut Lane, target: &Target) -> Result<(), LaneError> {
    while lane.clear(target).await? == Cleared::Some {}
    Ok(())
}

/// Finds the views that have edges in a table: `[id]`, or `[user, id]` where the table is everybody's.
async fn views_in(database: &Database, table: &str) -> Result<Vec<Vec<Value>>, Error> {
    let mut found = Vec::new();
    // Every array key is above the empty one.
    let mut from = Value::Array(Array::new());
    loop {
        let text = "SELECT VALUE id FROM type::record($table, $from..) LIMIT 1";
        let bound = vars([("table", table.into_value()), ("from", from)]);
        let Some(Value::Array(first)) = database.repeat(text, bound).await?.pop() else {
            return Ok(found);
        };
        let Some(Value::RecordId(RecordId { key: RecordIdKey::Array(key), .. })) = first.first()
        else {
            return Ok(found);
        };
        let parts = key.len().saturating_sub(3);
        let view = key[..parts].to_vec();
        let mut next = view.clone();
        match next.pop() {
            Some(Value::String(id)) => next.push(format!("{id}\0").into_value()),
            // Not an edge of ours: pass over this one row.
            _ => {
                next = key.to_vec();
                next.push(Value::None);
            }
        }
        from = Value::Array(Array::from(next));
        found.push(view);
    }
}
