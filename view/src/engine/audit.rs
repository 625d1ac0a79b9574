//! What the auditor asks of the rows that are held (mechanism M16). What differs is applied like any other change.

use protocol::{Change, ChangeId, Sighting};
use surrealdb_types::RecordId;

use super::Engine;

impl Engine {
    /// A pass over a table starts.
    pub fn audit_begin(&mut self, table: &str) {
        if let Some(at) = self.followed(table) {
            self.tables[at].rows.audit_begin();
        }
    }

    /// Compares what a look found with what is held. Returns what to apply, so that it is the same.
    pub fn differences(&mut self, table: &str, sightings: Vec<Sighting>) -> Vec<Change> {
        let Some(at) = self.followed(table) else { return Vec::new() };
        let rows = &mut self.tables[at].rows;
        sightings.into_iter().filter_map(|sighting| rows.difference(sighting)).collect()
    }

    /// Returns at most so many records that are held and that no look of the pass found, although nothing has changed them
    /// since it began.
    pub fn unmet(&self, table: &str, since: ChangeId, most: usize) -> Vec<RecordId> {
        let Some(at) = self.followed(table) else { return Vec::new() };
        let mut keys = self.tables[at].rows.unmet(since, most);
        keys.sort_unstable();
        keys.into_iter().map(|key| RecordId::new(table, key)).collect()
    }

    fn followed(&self, table: &str) -> Option<usize> {
        self.names.get(table).copied().filter(|at| self.tables[*at].followed)
    }
}
