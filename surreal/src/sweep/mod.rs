//! Puts right what nobody watched: at the start, and once an hour (mechanism M11).
//!
//! Edges of views that no longer exist are removed, tables of users that no longer exist dropped, missing ones made,
//! edges of the other refMode removed.
//!
//! # Invariants
//! - Edges go by a lane, behind its fence; the caller runs nothing that could register a view meanwhile.
//! - What it costs is the views that live and what is found, not the edges ([`mod@strays`]).

use std::collections::BTreeSet;

use protocol::ViewKey;
use surrealdb_types::{RecordId, SurrealValue, Value};

use crate::connection::{Database, vars};
use crate::edge::{Cleared, Lane, LaneError, Target};
use crate::names::{RefMode, SHARED, edge_table, quoted};
use crate::schema::Schema;
use crate::user_table::{self, UserTable};

mod owner;
mod shared;
mod strays;

use strays::strays;

/// What the sweep goes by.
pub struct Sweep<'a, Began: Fn(&ViewKey) -> bool> {
    /// The definitions, read just now.
    pub schema: &'a Schema,
    /// Where edges belong.
    pub mode: RefMode,
    /// The views that exist.
    pub views: &'a BTreeSet<ViewKey>,
    /// Whether a view exists by now.
    pub began: Began,
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

impl<Began: Fn(&ViewKey) -> bool> Sweep<'_, Began> {
    /// Sweeps everything.
    pub async fn run(&self, database: &Database, lane: &mut Lane) -> Result<Swept, LaneError> {
        let mut swept = Swept::default();
        self.shared(database, lane, &mut swept).await?;
        let users: BTreeSet<&RecordId> =
            self.views.iter().filter_map(|view| view.auth.as_ref()).collect();
        let users = users.into_iter().map(|user| (edge_table(user).name, user.clone())).collect();
        for (table, ruled) in &self.schema.edge_tables {
            let owner = owner::of(database, table, &users).await?;
            self.table(database, lane, (table, owner), *ruled, &mut swept).await?;
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
        (table, owner): (&str, Option<RecordId>),
        ruled: bool,
        swept: &mut Swept,
    ) -> Result<(), LaneError> {
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
        let user = Some(user);
        let strays = strays(database, table, &[], self.living(&user)).await?;
        self.clear(lane, RefMode::Dedicated, user, strays, swept).await
    }

    /// A user's views, or the system's; in the order of their ids.
    fn living(&self, auth: &Option<RecordId>) -> impl Iterator<Item = &str> {
        let first = ViewKey { auth: auth.clone(), id: String::new() };
        let his = self.views.range(first..).take_while(move |view| view.auth == *auth);
        his.map(|view| view.id.as_str())
    }

    /// Removes edges of views that nobody registered meanwhile; those that stand by the other mode are nobody's.
    async fn clear(
        &self,
        lane: &mut Lane,
        mode: RefMode,
        auth: Option<RecordId>,
        strays: Vec<String>,
        swept: &mut Swept,
    ) -> Result<(), LaneError> {
        for id in strays {
            let view = ViewKey { auth: auth.clone(), id };
            if mode == self.mode && (self.began)(&view) {
                continue;
            }
            let target = Target::new(mode, view, String::new());
            while lane.clear(&target).await? == Cleared::Some {}
            swept.views += 1;
        }
        Ok(())
    }

    async fn shared(
        &self,
        database: &Database,
        lane: &mut Lane,
        swept: &mut Swept,
    ) -> Result<(), LaneError> {
        for (mode, auth) in shared::owners(database).await? {
            let living = self.living(&auth).filter(|_| mode == self.mode);
            let strays = strays(database, SHARED, &shared::head(mode, &auth), living).await?;
            self.clear(lane, mode, auth, strays, swept).await?;
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
