//! Which rows of a control table (`_00_query`, `_00_mark`) are held, and by which change: idempotence as for any
//! other table (mechanism M3), without keeping the rows.

use std::collections::BTreeMap;

use protocol::{Change, ChangeId};
use surrealdb_types::RecordId;

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    held: BTreeMap<RecordId, Held>,
    gone: BTreeMap<RecordId, ChangeId>,
    load: u32,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    change: ChangeId,
    /// The load that last met it.
    load: u32,
}

impl Ledger {
    /// Returns what one commit made of each record, without what was known before.
    pub(crate) fn admit(&mut self, changes: impl IntoIterator<Item = Change>) -> Vec<Change> {
        let mut last: BTreeMap<RecordId, Change> = BTreeMap::new();
        for change in changes {
            if self.note(&change) {
                last.insert(change.record.clone(), change);
            }
        }
        last.into_values().collect()
    }

    fn note(&mut self, change: &Change) -> bool {
        let known = self.held.get(&change.record).map(|held| held.change);
        let known = known.or_else(|| self.gone.get(&change.record).copied());
        if change.after.is_some()
            && let Some(held) = self.held.get_mut(&change.record)
        {
            held.load = self.load;
        }
        if known.is_some_and(|known| change.id <= known) {
            return false;
        }
        if change.after.is_some() {
            self.gone.remove(&change.record);
            let held = Held { change: change.id, load: self.load };
            self.held.insert(change.record.clone(), held);
        } else {
            self.held.remove(&change.record);
            self.gone.insert(change.record.clone(), change.id);
        }
        true
    }

    pub(crate) fn load_begin(&mut self) {
        self.load += 1;
    }

    /// Returns the records that the load did not meet and that are older than it: they are gone.
    pub(crate) fn load_end(&mut self, at: ChangeId) -> Vec<RecordId> {
        let load = self.load;
        let missed = self.held.iter().filter(|(_, held)| held.load != load && held.change < at);
        let missed: Vec<RecordId> = missed.map(|(record, _)| record.clone()).collect();
        for record in &missed {
            self.held.remove(record);
            self.gone.insert(record.clone(), at);
        }
        missed
    }

    pub(crate) fn forget_before(&mut self, floor: ChangeId) {
        self.gone.retain(|_, change| *change >= floor);
    }
}

#[cfg(test)]
mod tests {
    use protocol::{Change, ChangeId, RowVersion, Stamp};
    use surrealdb_types::{Object, RecordId};

    use super::Ledger;

    fn id(stamp: u64) -> ChangeId {
        ChangeId { era: 0, stamp: Stamp(stamp), position: 0 }
    }

    fn change(key: &str, stamp: u64, there: bool) -> Change {
        Change {
            record: RecordId::new("_00_query", key),
            after: there.then(Object::new),
            id: id(stamp),
            version: RowVersion(stamp),
        }
    }

    #[test]
    fn what_comes_again_is_not_told_again() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.admit([change("a", 1, true)]).len(), 1);
        assert_eq!(ledger.admit([change("a", 1, true)]).len(), 0);
        assert_eq!(ledger.admit([change("a", 2, false)]).len(), 1);
        assert_eq!(ledger.admit([change("a", 1, true)]).len(), 0, "a deletion stands");
        ledger.forget_before(id(3));
        assert_eq!(ledger.admit([change("a", 4, true)]).len(), 1);
    }

    #[test]
    fn a_deletion_and_a_creation_in_one_commit_are_one_change() {
        let mut ledger = Ledger::default();
        ledger.admit([change("a", 1, true)]);
        let mut created = change("a", 2, true);
        created.id.position = 1;
        let told = ledger.admit([change("a", 2, false), created.clone()]);
        assert_eq!(told, [created]);
    }

    #[test]
    fn what_a_load_does_not_meet_is_gone() {
        let mut ledger = Ledger::default();
        ledger.admit([change("a", 1, true), change("b", 1, true), change("late", 9, true)]);
        ledger.load_begin();
        ledger.admit([change("a", 1, true)]);
        assert_eq!(ledger.load_end(id(5)), [RecordId::new("_00_query", "b")]);
    }
}
