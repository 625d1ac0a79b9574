//! Definitions that changed, as far as capture has to act on them (mechanism M6).

use std::sync::Arc;
use std::time::Duration;

use protocol::{Code, Problem};

use super::super::Captured;
use super::{Core, Effect};
use crate::names;
use crate::schema::{Schema, Way};

impl Core {
    pub(super) fn defined(
        &mut self,
        now: Duration,
        began: Duration,
        schema: Arc<Schema>,
        given: Vec<String>,
        effects: &mut Vec<Effect>,
    ) {
        let second_look = now + self.settles_after();
        let known = self.schema.replace(Arc::clone(&schema));
        let number_of = |schema: &Schema, table: &str| schema.incarnations.get(table).copied();
        let is_another = |table: &String| {
            let known = known.as_ref().and_then(|known| number_of(known, table));
            known.is_some_and(|known| number_of(&schema, table).is_some_and(|now| now != known))
        };
        // The feed tells neither that a table was removed nor what was written while it had no feed.
        let others = schema.incarnations.keys().filter(|table| is_another(table)).cloned();
        for table in others.chain(given) {
            self.fed.insert(table.clone(), now);
            if self.tables.is_followed(&table) {
                self.tables.follow(&table);
                self.tables.look_again(&table, second_look);
            }
        }
        let settles_after = self.settles_after();
        self.fed.retain(|_, fed| now < *fed + settles_after);
        if known.is_none_or(|known| known.digest != schema.digest) {
            effects.push(Effect::Tell(Captured::Definitions(Arc::clone(&schema))));
        }
        self.defined = Some(began);
        self.marks.defined(began);
        let undone = self.undone.take_if(|found| *found <= began).is_some();
        if undone {
            let same = schema.missing.is_empty();
            effects.push(Effect::Tell(if same { Captured::Undone } else { Captured::Behind }));
        }
        if (self.rounds.is_some() || undone) && !schema.missing.is_empty() {
            let message = "the database came back without what was installed in it";
            let problem = Problem::new(Code::FeedBehind, message)
                .hint("is it the right one? A restart installs everything and begins anew");
            effects.push(Effect::Tell(Captured::Failed(problem)));
        }
    }

    /// How long after a table was given its feed or event writers from before may still commit.
    pub(super) fn settles_after(&self) -> Duration {
        let announced = self.tuning.way.announcing().map(|_| self.announced.patience());
        announced.unwrap_or_default().max(2 * self.tuning.overlap)
    }

    /// Whether events announce what happens to a table.
    pub(super) fn is_announced(&self, table: &str) -> bool {
        let captured = || self.schema.as_ref().is_none_or(|schema| schema.captures(table));
        self.tuning.way.announcing().is_some() && !table.starts_with(names::OURS) && captured()
    }

    /// Whether the feed tells what happens to a table.
    pub(super) fn is_fed(&self, table: &str) -> bool {
        self.tuning.way == Way::Feed || table.starts_with(names::OURS)
    }

    /// A table's COMPUTED fields: no content of its rows.
    pub(super) fn computed(&self, table: &str) -> Vec<String> {
        let known = self.schema.as_ref().and_then(|schema| schema.catalog.tables.get(table));
        let fields = known.into_iter().flat_map(|table| &table.fields);
        fields.filter(|(_, field)| field.computed).map(|(name, _)| name.clone()).collect()
    }
}
