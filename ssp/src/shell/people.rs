//! Users' edge tables and sign-up events, one errand after the other: two errands for one user meet in their order.
//!
//! # Invariants
//! - A user's first registration in each of his lives has his table emptied and given its rule: after a dismissal nothing
//!   is known of it, whoever made it since. Definitions that were read before then do not bring it back.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use surreal::schema::Schema;
use surreal::user_table::{self, UserTable};
use surreal::{Database, meta, names};
use surrealdb_types::{RecordId, ToSql};
use tokio::sync::mpsc;

use crate::core::Input;
use crate::desk::Desk;

const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Something to see to.
#[derive(Clone, Debug)]
pub(super) enum Errand {
    /// Tables that users sign up to get their event.
    Provide(Arc<Schema>),
    /// A user's table has to be, with its rule.
    Welcome(RecordId),
    /// A user's table has to go, unless he is there.
    Dismiss(RecordId),
}

/// Runs errands.
pub(super) struct People {
    pub(super) database: Database,
    pub(super) settings: meta::Settings,
    pub(super) desk: Desk,
}

impl People {
    pub(super) async fn run(self, mut errands: mpsc::UnboundedReceiver<Errand>) {
        let mut standing = Standing::default();
        let mut provided = BTreeSet::new();
        while let Some(errand) = errands.recv().await {
            match errand {
                Errand::Provide(schema) => {
                    standing.read(&schema);
                    self.provide(&schema, &mut provided).await;
                }
                Errand::Welcome(user) => self.welcome(user, &mut standing).await,
                Errand::Dismiss(user) => self.dismiss(&user, &mut standing).await,
            }
        }
    }

    async fn provide(&self, schema: &Schema, provided: &mut BTreeSet<String>) {
        for table in &schema.user_tables {
            match meta::event_of_sign_up(&self.database, &self.settings, table).await {
                Ok(_) => {
                    provided.insert(table.clone());
                }
                // The table's users get their edge tables at their first registration.
                Err(error) => tracing::warn!(table, %error, "no event for sign-ups"),
            }
        }
        let left: Vec<String> = provided.difference(&schema.user_tables).cloned().collect();
        for table in left {
            provided.remove(&table);
            if schema.catalog.tables.contains_key(&table)
                && let Err(error) = meta::take_event_of_sign_up(&self.database, &table).await
            {
                tracing::warn!(table, %error, "the event for sign-ups stays");
            }
        }
    }

    async fn welcome(&self, user: RecordId, standing: &mut Standing) {
        let table = names::edge_table(&user).name;
        let mut stands = standing.tables.contains(&table);
        while !stands {
            match user_table::make_empty(&self.database, &user).await {
                Ok(UserTable::Stands) => {
                    standing.tables.insert(table.clone());
                    stands = true;
                }
                Ok(UserTable::NoUser) => break,
                Err(error) if error.is_repeatable() => {
                    tracing::warn!(user = user.to_sql(), %error, "make a user's table, again in a second");
                    tokio::time::sleep(AGAIN_AFTER).await;
                }
                Err(error) => {
                    tracing::error!(user = user.to_sql(), %error, "make a user's table");
                    break;
                }
            }
        }
        self.desk.tell(Input::Welcomed { user, stands }).await;
    }

    async fn dismiss(&self, user: &RecordId, standing: &mut Standing) {
        standing.tables.remove(&names::edge_table(user).name);
        // The sweep drops what is left behind.
        if let Err(error) = user_table::drop_if_gone(&self.database, user).await {
            tracing::warn!(user = user.to_sql(), %error, "drop a user's table");
        }
    }
}

/// Tables whose rule stands: what was read with the first definitions, and what was done since.
#[derive(Debug, Default)]
struct Standing {
    tables: BTreeSet<String>,
    begun: bool,
}

impl Standing {
    /// Definitions were read. Later ones only take away what somebody else undid: what they show besides may be undone
    /// since they were read.
    fn read(&mut self, schema: &Schema) {
        let stands = |table: &String| schema.edge_tables.get(table) == Some(&true);
        if self.begun {
            self.tables.retain(stands);
        } else {
            self.tables =
                schema.edge_tables.keys().filter(|table| stands(table)).cloned().collect();
            self.begun = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// *Definitions are read, a user is dismissed, and what was read comes by.*
    #[test]
    fn definitions_of_before_a_dismissal_bring_no_table_back() {
        let ruled = |tables: &[(&str, bool)]| Schema {
            edge_tables: tables.iter().map(|(table, rule)| ((*table).to_owned(), *rule)).collect(),
            ..Schema::default()
        };
        let mut standing = Standing::default();
        standing.read(&ruled(&[("ann", true), ("bob", true), ("cid", false)]));
        standing.tables.remove("bob");
        standing.read(&ruled(&[("ann", true), ("bob", true), ("cid", true)]));
        assert_eq!(standing.tables, BTreeSet::from(["ann".to_owned()]));
        standing.read(&ruled(&[("ann", false)]));
        assert!(standing.tables.is_empty(), "somebody took the rule away");
    }
}
