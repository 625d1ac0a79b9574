//! Which tables are followed, and which of them stand.
//!
//! # Invariants
//! - A table is asked for once; what is asked for is loaded and then tailed until the process ends.
//! - A table that does not exist keeps nobody waiting: views over it are ready and empty, and fill when it comes.

use std::collections::{BTreeMap, BTreeSet};

use surreal::schema::Schema;
use view::catalog::Capture;

use super::effect::Effect;

/// How far a followed table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Loading,
    /// The tail has passed what its load showed.
    Current,
}

#[derive(Debug, Default)]
pub(crate) struct Tables {
    followed: BTreeMap<String, Stage>,
    /// Whether nobody captures the tables of users: they stand as they are.
    posts_only: bool,
}

impl Tables {
    pub(crate) fn new(posts_only: bool) -> Tables {
        Tables { posts_only, ..Tables::default() }
    }

    /// Follows a table from now on.
    pub(crate) fn follow(&mut self, table: &str, effects: &mut Vec<Effect>) {
        if self.posts_only && !table.starts_with(surreal::names::OURS) {
            self.followed.insert(table.to_owned(), Stage::Current);
        } else if !self.followed.contains_key(table) {
            self.followed.insert(table.to_owned(), Stage::Loading);
            effects.push(Effect::Follow { table: table.to_owned() });
        }
    }

    /// Loads every table of users again; what is ours stands.
    pub(crate) fn reload(&mut self, effects: &mut Vec<Effect>) {
        for (table, stage) in &mut self.followed {
            if !self.posts_only && !table.starts_with(surreal::names::OURS) {
                *stage = Stage::Loading;
                effects.push(Effect::Reload { table: table.clone() });
            }
        }
    }

    pub(crate) fn caught_up(&mut self, table: &str) {
        if let Some(stage) = self.followed.get_mut(table) {
            *stage = Stage::Current;
        }
    }

    pub(crate) fn forget(&mut self, table: &str) -> bool {
        self.followed.remove(table).is_some()
    }

    pub(crate) fn is_current(&self, table: &str) -> bool {
        self.followed.get(table) == Some(&Stage::Current)
    }

    pub(crate) fn all_current(&self) -> bool {
        self.followed.values().all(|stage| *stage == Stage::Current)
    }

    pub(crate) fn len(&self) -> usize {
        self.followed.len()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.followed.keys()
    }

    /// Whether a view that reads these tables can be hydrated.
    pub(crate) fn stand(&self, needed: &BTreeSet<String>, schema: &Schema) -> bool {
        needed.iter().all(|table| self.is_current(table) || !is_captured(schema, table))
    }
}

/// Whether the table exists and its changes reach us.
pub(crate) fn is_captured(schema: &Schema, table: &str) -> bool {
    schema.catalog.tables.get(table).is_some_and(|table| table.capture == Capture::Captured)
}
