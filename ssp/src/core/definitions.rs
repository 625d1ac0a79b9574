//! Definitions changed: views are planned again under the new ones (mechanism M6).
//!
//! # Invariants
//! - What is taken away goes first: removed accesses and refusals before anything enters.
//! - Between the reading of changed definitions and their adoption nothing is written: [`Effect::Adopted`] ends that.
//! - A table that is no longer captured leaves the engine after the views over it were refused.

use std::sync::Arc;

use service::Moment;
use surreal::schema::Schema;
use surreal::{mark, names};

use super::effect::Effect;
use super::{Core, planning, tables};

impl Core {
    pub(super) fn is_captured(&self, table: &str) -> bool {
        tables::is_captured(&self.schema, table)
    }

    pub(super) fn defined(&mut self, now: Moment, schema: Arc<Schema>, effects: &mut Vec<Effect>) {
        effects.push(Effect::Provide { schema: Arc::clone(&schema) });
        self.schema = schema;
        self.plans.forget();
        self.give_way(now, effects);
        for table in [names::QUERY, mark::TABLE] {
            self.tables.follow(table, effects);
        }
        for table in self.schema.user_tables.clone() {
            self.tables.follow(&table, effects);
        }
        self.end_views_of_removed_accesses(now, effects);
        let numbers = self.registry.numbers().into_iter();
        let plans = numbers.filter_map(|no| Some((no, self.plan_of(no)?)));
        let (refused, others): (Vec<_>, Vec<_>) = plans.partition(|(_, plan)| plan.is_err());
        for (no, plan) in refused.into_iter().chain(others) {
            self.adopt(now, no, plan, effects);
        }
        self.drop_what_is_not_captured(now, effects);
        self.hydrate_what_waits(now, effects);
        effects.push(Effect::Adopted { digest: self.schema.digest.clone() });
    }

    fn end_views_of_removed_accesses(&mut self, now: Moment, effects: &mut Vec<Effect>) {
        let removed = self.registry.iter().filter(|view| {
            let access = view.row.access.as_deref();
            !planning::has_access(&self.schema, &view.row.view, access)
        });
        let removed: Vec<_> = removed.map(|view| view.no).collect();
        for no in removed {
            self.end_with_row(now, no, effects);
        }
    }

    fn drop_what_is_not_captured(&mut self, now: Moment, effects: &mut Vec<Effect>) {
        let gone = |table: &&String| {
            let theirs = !table.starts_with(names::OURS) && !self.is_captured(table);
            theirs && !self.is_left_to_posts(table)
        };
        let gone: Vec<String> = self.tables.names().filter(gone).cloned().collect();
        for table in gone {
            self.tables.forget(&table);
            effects.push(Effect::Forget { table: table.clone() });
            self.engine_step(now, effects, |engine| engine.drop_table(&table));
        }
    }
}
