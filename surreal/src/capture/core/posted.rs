//! What comes in through `/ingest`: rows that somebody posts, and announcements of events.
//!
//! # Invariants
//! - A row that is posted is told only where nobody captures its table: of a table that the database does not have, or
//!   with `capture: none`. Of a captured one the database is the truth.
//! - Posts of one table are told in the order in which they came.

use std::time::Duration;

use protocol::{Change, ChangeId, Code, Problem};
use view::catalog::Capture;

use super::super::{Captured, Post, Receipt};
use super::announced::{Announcement, Found};
use super::{Core, Effect, Lost};
use crate::schema::Way;

/// What becomes of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It is told.
    Told,
    /// Its table is captured, which finds the change.
    Captured,
    /// Nobody hears of its table.
    Unheard,
}

impl Core {
    // -- rows ------------------------------------------------------------------------------------------------

    pub(super) fn posted(
        &mut self,
        now: Duration,
        posts: Vec<Post>,
        receipt: Receipt,
        effects: &mut Vec<Effect>,
    ) {
        let fates: Vec<Fate> = posts.iter().map(|post| self.fate(post)).collect();
        if let Some(unheard) = fates.iter().position(|fate| *fate == Fate::Unheard) {
            return receipt.give(Err(unheard_of(&posts[unheard])));
        }
        let mut changes = Vec::new();
        let mut captured = 0;
        for (Post { record, after }, fate) in posts.into_iter().zip(fates) {
            if fate == Fate::Captured {
                captured += 1;
                if self.is_announced(record.table.as_str()) {
                    let (deletes, version) = (after.is_none(), None);
                    let said = Announcement { record, deletes, version };
                    self.announced(now, vec![said], &[]);
                }
                continue;
            }
            let id = self.own_id();
            changes.push(Change { record, after, id, version: self.clock.next(now) });
        }
        effects.push(Effect::Tell(Captured::Posted { changes, captured, receipt }));
    }

    fn fate(&self, post: &Post) -> Fate {
        let table = post.record.table.as_str();
        let known = self.schema.as_ref().and_then(|schema| schema.catalog.tables.get(table));
        match known.map(|table| table.capture) {
            None => Fate::Told,
            Some(Capture::Captured) if self.tuning.way == Way::Posts => Fate::Told,
            Some(Capture::Captured) => Fate::Captured,
            Some(Capture::Excluded | Capture::Computed | Capture::View | Capture::Ours) => {
                Fate::Unheard
            }
        }
    }

    pub(super) fn own_id(&mut self) -> ChangeId {
        match &self.position {
            Some(position) => self.own.next(self.era, position.history.highest()),
            None => self.own.next_after_last(),
        }
    }

    // -- announcements ---------------------------------------------------------------------------------------

    pub(super) fn announced(&mut self, now: Duration, said: Vec<Announcement>, flooded: &[String]) {
        let mut uncounted: Vec<String> = flooded.to_vec();
        for said in said {
            let table = said.record.table.as_str().to_owned();
            if !self.is_announced(&table) {
                continue;
            }
            let followed = self.tables.is_followed(&table);
            if !self.announced.announce(now, said, followed) && !uncounted.contains(&table) {
                uncounted.push(table);
            }
        }
        uncounted.retain(|table| self.is_announced(table));
        for table in uncounted {
            tracing::warn!(table, "more announcements than may wait: it is loaded again");
            // Whoever follows it only now loads it once more, as if it had just been given its event.
            self.fed.insert(table.clone(), now);
            if self.tables.is_followed(&table) {
                self.tables.follow(&table);
                self.tables.look_again(&table, now + self.settles_after());
            }
        }
    }

    /// Asks for whatever announced records are to be looked after, or read.
    pub(super) fn look_after_announced(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        let asked = self.announced.take_looks(now, &self.tables);
        if !asked.is_empty() {
            effects.push(Effect::LookAfter(asked));
        }
        let records = self.announced.take_reads(now, &self.tables);
        if !records.is_empty() {
            // Made before the question is asked: what the feed told until now is older than the answer.
            let id = self.own_id();
            effects.push(Effect::Read { records, id });
        }
    }

    pub(super) fn read(
        &mut self,
        now: Duration,
        began: Duration,
        id: ChangeId,
        found: Result<Vec<Found>, Lost>,
        effects: &mut Vec<Effect>,
    ) {
        let found = match found {
            Ok(found) => found,
            Err(lost) => return self.announced.unread(now, lost == Lost::Answer),
        };
        self.announced.read(began);
        let version = self.clock.next(now);
        let mut changes = Vec::new();
        for Found { record, mut after } in found {
            // Forgotten meanwhile; whoever follows it again loads it.
            if !self.tables.is_readable(record.table.as_str()) {
                continue;
            }
            if let Some(row) = &mut after {
                let computed = self.computed(record.table.as_str());
                computed.iter().for_each(|field| drop(row.remove(field.as_str())));
            }
            changes.push(Change { record, after, id, version });
        }
        if !changes.is_empty() {
            self.last_change = Some(now);
            effects.push(Effect::Tell(Captured::Changes(changes)));
        }
    }
}

fn unheard_of(post: &Post) -> Problem {
    let table = post.record.table.as_str();
    let message = format!("table `{table}` is in the database, and not captured");
    Problem::new(Code::NotCaptured, message)
        .hint("rows are posted for tables that the database does not have")
}
