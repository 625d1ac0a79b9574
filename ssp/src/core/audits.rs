//! What the auditor found, beside what is held (mechanism M16).
//!
//! # Invariants
//! - A difference goes the way of every change: its user's views end, its rows leave and enter, its edges follow.
//! - What the feed should have told is counted and named; what nobody could tell (writers from before the feed) is named.

use protocol::{Change, ChangeId, Sighting, limits};
use service::Moment;
use surrealdb_types::ToSql;

use super::Core;
use super::effect::Effect;

/// Records of one look that are named in the log; the others are counted.
const NAMED_MAX: usize = 10;

impl Core {
    pub(super) fn audit_begin(&mut self, now: Moment, table: &str, effects: &mut Vec<Effect>) {
        self.engine_input(now, effects, |engine| engine.audit_begin(table));
    }

    /// Applies what was found otherwise than it is held.
    pub(super) fn sighted(
        &mut self,
        now: Moment,
        table: &str,
        sightings: Vec<Sighting>,
        expected: bool,
        effects: &mut Vec<Effect>,
    ) {
        let found = self.engine_input(now, effects, |engine| engine.differences(table, sightings));
        let Some(found) = found.filter(|found| !found.is_empty()) else { return };
        name(table, &found, expected);
        if !expected {
            effects.push(Effect::CountMissed { table: table.to_owned(), changes: found.len() });
        }
        self.committed(now, found, effects);
    }

    /// Says which rows are held that no look found.
    pub(super) fn audit_end(
        &mut self,
        now: Moment,
        table: &str,
        pass: u64,
        since: ChangeId,
        effects: &mut Vec<Effect>,
    ) {
        let unmet = self.engine_input(now, effects, |engine| {
            engine.unmet(table, since, limits::AUDIT_UNMET_MAX)
        });
        if let Some(records) = unmet {
            effects.push(Effect::LookFor { pass, records });
        }
    }
}

fn name(table: &str, found: &[Change], expected: bool) {
    let named: Vec<String> =
        found.iter().take(NAMED_MAX).map(|change| change.record.to_sql()).collect();
    let (records, changes) = (named.join(", "), found.len());
    if expected {
        tracing::info!(table, changes, records, "written before the table had its feed");
    } else {
        tracing::warn!(table, changes, records, "the feed did not tell of these changes");
    }
}
