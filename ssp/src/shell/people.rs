//! Users' edge tables and sign-up events, one errand after the other: two errands for one user meet in their order.

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
        // Tables whose rule stands: what was read with the definitions, and what was done since.
        let mut standing = BTreeSet::new();
        let mut provided = BTreeSet::new();
        while let Some(errand) = errands.recv().await {
            match errand {
                Errand::Provide(schema) => {
                    let rules = schema.edge_tables.iter().filter(|(_, rule)| **rule);
                    standing = rules.map(|(table, _)| table.clone()).collect();
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

    async fn welcome(&self, user: RecordId, standing: &mut BTreeSet<String>) {
        let table = names::edge_table(&user).name;
        let mut stands = standing.contains(&table);
        while !stands {
            match user_table::make(&self.database, &user).await {
                Ok(UserTable::Stands) => {
                    standing.insert(table.clone());
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

    async fn dismiss(&self, user: &RecordId, standing: &mut BTreeSet<String>) {
        let table = names::edge_table(user).name;
        standing.remove(&table);
        match user_table::drop_if_gone(&self.database, user).await {
            Ok(UserTable::Stands) => {
                standing.insert(table);
            }
            Ok(UserTable::NoUser) => {}
            // The sweep drops what is left behind.
            Err(error) => tracing::warn!(user = user.to_sql(), %error, "drop a user's table"),
        }
    }
}
