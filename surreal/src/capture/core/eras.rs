//! What is done while the feed is not trusted (mechanism M1).
//!
//! *The database comes back with an older clock: its new entries stand below the feed's last one, no poll shows them, and
//! bisecting only finds the old end again.* A mark that does not come back tells. From then on every followed table is
//! loaded by difference, one after the other, round after round, without asking the feed, until a mark comes back.
//!
//! # Invariants
//! - Each load is an era of its own: what it read is newer than all that was told before it.
//! - Marks are loaded first in a round. At its end everything that was acknowledged before they were met has been told.
//! - What the feed shows meanwhile is not told: it may be older than what a load read.

use std::collections::VecDeque;
use std::time::Duration;

use protocol::ChangeId;

use super::super::Captured;
use super::{Core, Effect, Feed};
use crate::{mark, names};

/// Between two rounds.
const PAUSE: Duration = Duration::from_millis(250);

#[derive(Debug, Default)]
pub(super) struct Rounds {
    /// Tables that this round still has to load.
    left: VecDeque<String>,
    /// The next one begins then; `None` while one is under way.
    next: Option<Duration>,
}

impl Core {
    /// The reader's own mark does not come back.
    pub(super) fn distrust(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        tracing::error!(
            "what is written does not come back through the feed: tables are loaded instead"
        );
        self.auditor.cancel_all();
        self.tables.give_loads_up();
        self.rounds = Some(Rounds { left: VecDeque::new(), next: Some(now) });
        effects.push(Effect::Tell(Captured::Behind));
    }

    /// It came back.
    pub(super) fn recover(&mut self, effects: &mut Vec<Effect>) {
        self.rounds = None;
        self.tables.give_loads_up();
        effects.push(Effect::Tell(Captured::Recovered));
        self.begin_anew(effects);
    }

    /// Begins the next load, if none is under way.
    pub(super) fn go_round(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        let (Some(rounds), Some(position)) = (&mut self.rounds, &self.position) else { return };
        if self.tables.are_loading() || self.announced.is_reading_any() {
            return;
        }
        let stamp = position.floor.floor();
        let waiting = self.tables.waiting().cloned();
        let table = waiting.or_else(|| {
            let followed = |table: &String| self.tables.is_followed(table);
            std::iter::from_fn(|| rounds.left.pop_front()).find(followed)
        });
        if let Some(table) = table {
            let Some(load) = self.tables.begin_load(&table) else { return };
            rounds.left.retain(|left| *left != table);
            self.era += 1;
            let floor = ChangeId { era: self.era, stamp, position: 0 };
            return self.load(now, table, load, (floor, Feed::Distrusted), effects);
        }
        match rounds.next {
            None => {
                self.marks.loaded();
                rounds.next = Some(now + PAUSE);
            }
            Some(at) if at <= now => {
                let ours = [mark::TABLE, names::QUERY];
                let others = self.tables.names().filter(|table| !ours.contains(&table.as_str()));
                rounds.left = ours.map(str::to_owned).into_iter().chain(others.cloned()).collect();
                rounds.next = None;
                self.go_round(now, effects);
            }
            Some(_) => {}
        }
    }
}
