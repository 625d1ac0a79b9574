//! Rows that somebody posted: of tables that nobody captures.
//!
//! They stand in the same row store as captured ones and are told apart by their table alone: a table's rows are posted or
//! captured, never both.
//!
//! # Invariants
//! - No load, sweep or definition takes a posted row away while its table is not in the database. Once it is, its rows give
//!   way at once, before any view is planned anew: what was posted is nobody's truth any more.
//! - What is lost is told: [`Posted::memory`] is another number whenever rows in memory were dropped that nobody else has.
//! - A table that the database does not have has no permission: the views of users are empty.

use std::collections::BTreeMap;

use protocol::limits::{INGEST_ROWS_MAX, INGEST_TABLES_MAX};
use protocol::wire::{Ingested, PostedRows};
use protocol::{Change, Code, Problem};
use service::Moment;
use surreal::capture::Receipt;

use super::Core;
use super::effect::Effect;

/// What is held of posted rows.
#[derive(Clone, Debug)]
pub(super) struct Posted {
    /// How many rows of each table, at most so many.
    rows: BTreeMap<String, usize>,
    /// Whether the tables of the database are fed by posts too (`capture: none`).
    everything: bool,
    /// Told to posters: with another number they have to post again.
    memory: u64,
}

impl Posted {
    pub(super) fn new(everything: bool, memory: u64) -> Posted {
        Posted { rows: BTreeMap::new(), everything, memory }
    }

    /// What a poster may know.
    pub(super) fn told(&self) -> PostedRows {
        let rows = self.rows.values().sum();
        PostedRows { tables: self.rows.len(), rows, memory: self.memory }
    }

    /// Every row in memory is gone.
    pub(super) fn lose(&mut self) {
        let PostedRows { tables, rows, .. } = self.told();
        if rows > 0 {
            tracing::warn!(tables, rows, "rows that were posted are lost: post them again");
        }
        self.rows.clear();
        self.memory += 1;
    }
}

impl Core {
    /// Applies what was posted, and gives the receipt back.
    pub(super) fn posted(
        &mut self,
        now: Moment,
        changes: Vec<Change>,
        captured: usize,
        receipt: &Receipt,
        effects: &mut Vec<Effect>,
    ) {
        if let Some(problem) = self.has_failed().or_else(|| self.too_many_posted(&changes)) {
            return receipt.give(Err(problem));
        }
        let applied = changes.len();
        let tables: Vec<String> =
            changes.iter().map(|change| change.record.table.as_str().to_owned()).collect();
        for table in &tables {
            if !self.host.engine().follows(table) {
                self.engine_input(now, effects, |engine| engine.follow(table));
            }
        }
        let users = self.users_changed(now, &changes, effects);
        self.engine_step(now, effects, |engine| engine.apply(changes));
        for table in tables {
            let rows = self.host.engine().len(&table);
            self.posted.rows.insert(table, rows);
        }
        self.found_again(now, users, effects);
        receipt.give(Ok(Ingested { applied, captured, memory: self.posted.memory }));
    }

    fn too_many_posted(&self, changes: &[Change]) -> Option<Problem> {
        let held = &self.posted.rows;
        let is_new = |change: &&Change| {
            change.after.is_some() && self.host.engine().row(&change.record).is_none()
        };
        let rows = held.values().sum::<usize>() + changes.iter().filter(is_new).count();
        let table = |change: &Change| change.record.table.as_str().to_owned();
        let new = changes.iter().map(table).filter(|table| !held.contains_key(table));
        let tables = held.len() + new.collect::<std::collections::BTreeSet<_>>().len();
        let (what, most) = match (tables > INGEST_TABLES_MAX, rows > INGEST_ROWS_MAX) {
            (true, _) => ("tables", INGEST_TABLES_MAX),
            (_, true) => ("rows", INGEST_ROWS_MAX),
            _ => return None,
        };
        let message = format!("more than {most} {what} that only /ingest fills");
        Some(Problem::new(Code::LimitExceeded, message))
    }

    /// Drops posted rows of tables that the database has by now.
    pub(super) fn give_way(&mut self, now: Moment, effects: &mut Vec<Effect>) {
        if self.posted.everything {
            return;
        }
        let known = |table: &&String| self.schema.catalog.tables.contains_key(*table);
        let made: Vec<String> = self.posted.rows.keys().filter(known).cloned().collect();
        for table in made {
            let rows = self.posted.rows.remove(&table).unwrap_or_default();
            tracing::info!(table, rows, "the database has the table now: posted rows give way");
            self.engine_step(now, effects, |engine| engine.drop_table(&table));
        }
    }

    /// Whether a table that the database does not have is left to whoever posts.
    pub(super) fn is_left_to_posts(&self, table: &str) -> bool {
        self.posted.everything && self.posted.rows.contains_key(table)
    }
}
