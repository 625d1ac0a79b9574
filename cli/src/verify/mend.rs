//! Corrects what differs, by having it looked at again.

use std::collections::{BTreeMap, BTreeSet};

use protocol::ViewKey;
use surreal::names::quoted;
use surreal::vars;
use surrealdb_types::{RecordId, SurrealValue, Variables};

use super::Comparison;
use super::difference::Difference;
use crate::connection::lost;
use crate::failure::Failure;

/// Records in one request.
const RECORDS_AT_ONCE: usize = 1_000;

/// Rows that name no view.
const NAMELESS: &str = "in = NONE";
/// Rows that name a view which nobody registered, and have no id of ours: the sweep passes over these.
const FOREIGN: &str = "<string> in = $of AND !type::is_array(record::id(id))";

impl Comparison {
    pub(super) async fn mend(&self, found: &BTreeSet<Difference>) -> Result<(), Failure> {
        let mut rows: BTreeMap<&str, Vec<&RecordId>> = BTreeMap::new();
        let mut views: BTreeSet<&ViewKey> = BTreeSet::new();
        let mut strays = false;
        for difference in found {
            match difference {
                Difference::Row { record, .. } => {
                    rows.entry(record.table.as_str()).or_default().push(record);
                }
                Difference::Missing { view, .. }
                | Difference::Superfluous { view, .. }
                | Difference::Wrong { view, .. }
                | Difference::Shown { view, .. } => drop(views.insert(view)),
                // No lane ever writes a row of such an id, so that nobody is disturbed.
                Difference::Foreign { edge, .. } => self.remove(edge).await?,
                // Where such a row has the id of an edge, that is missing, too: its view is reconciled.
                Difference::Nameless { table, .. } => {
                    self.remove_where(table, NAMELESS, vars([])).await?
                }
                Difference::Stray { table, of, .. } => {
                    let of = vars([("of", of.clone().into_value())]);
                    self.remove_where(table, FOREIGN, of).await?;
                    strays = true;
                }
                // Where its rows are right, the answer is a mistake of ours: nothing that could be read again.
                Difference::Answer { .. } => {}
            }
        }
        for (table, records) in rows {
            for some in records.chunks(RECORDS_AT_ONCE) {
                self.ssp.read_again(table, some).await?;
            }
        }
        for view in views {
            self.ssp.reconcile(view).await?;
        }
        if strays {
            self.ssp.sweep().await?;
        }
        Ok(())
    }

    async fn remove_where(
        &self,
        table: &str,
        condition: &str,
        named: Variables,
    ) -> Result<(), Failure> {
        let text = format!("DELETE {} WHERE {condition} RETURN NONE", quoted(table));
        self.database.repeat(&text, named).await.map(drop).map_err(lost)
    }

    async fn remove(&self, edge: &RecordId) -> Result<(), Failure> {
        let named = vars([("edge", edge.clone().into_value())]);
        self.database.repeat("DELETE $edge RETURN NONE", named).await.map(drop).map_err(lost)
    }
}
