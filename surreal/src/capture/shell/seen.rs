//! What a transaction's feed shows of one table: by it, each row of its pages is known by its newest change.

use std::collections::BTreeMap;

use protocol::{Change, ChangeId, RowVersion, Sighting};
use surrealdb_types::{RecordId, Value};
use view::value::address::Address;

use super::super::core::{Pager, Shown};
use super::super::feed::{self, Set};
use super::pages::record;
use crate::connection::{Transaction, vars};
use crate::error::Error;

/// The feed from a floor to its end.
pub(super) struct Seen {
    table: String,
    floor: ChangeId,
    pub(super) shown: Shown,
    /// The newest change of each record, and whether it deleted it.
    records: BTreeMap<Address, (ChangeId, bool)>,
    /// How many entries there were, of any table.
    pub(super) entries: usize,
}

impl Seen {
    /// Reads it, at most so many entries at a time.
    pub(super) async fn read(
        transaction: &Transaction,
        table: &str,
        floor: ChangeId,
        entries: usize,
    ) -> Result<Seen, Error> {
        let mut since = floor.stamp;
        let mut seen = Seen::nothing(table, floor);
        seen.shown.newest = since;
        let mut pager = Pager::with_limit(entries.max(1));
        loop {
            let asked = feed::question(since, pager.limit());
            let answer = transaction.query(&asked, vars([])).await?.pop().unwrap_or_default();
            let sets = feed::decode(answer).map_err(|error| Error::refused(error.to_string()))?;
            let reason = || Error::Unknown { reason: "a set is too large to be read".into() };
            let page = pager.part(sets).map_err(|_| reason())?;
            page.complete.into_iter().for_each(|set| seen.add(set));
            match page.rest {
                Some(rest) => since = rest,
                None => return Ok(seen),
            }
        }
    }

    /// Does not ask: no row was changed by anything that one could know.
    pub(super) fn nothing(table: &str, floor: ChangeId) -> Seen {
        let (shown, records) = (Shown::default(), BTreeMap::new());
        Seen { table: table.to_owned(), floor, shown, records, entries: 0 }
    }

    fn add(&mut self, set: Set) {
        self.shown.newest = self.shown.newest.max(set.stamp);
        self.entries += set.entries.len();
        let table = self.table.as_str();
        let ours = set.entries.into_iter().filter(|entry| entry.record.table.as_str() == table);
        for (entry, position) in ours.zip(0..) {
            self.shown.stamps.insert(set.stamp);
            let id = ChangeId { era: self.floor.era, stamp: set.stamp, position };
            self.records.insert(Address(entry.record), (id, entry.after.is_none()));
        }
    }

    /// A row of a page, known by its newest change.
    pub(super) fn change(
        &self,
        row: Value,
        computed: &[String],
        version: RowVersion,
    ) -> Option<Change> {
        let record = record(&row)?.clone();
        let Value::Object(mut row) = row else { return None };
        computed.iter().for_each(|field| drop(row.remove(field.as_str())));
        let id = self.records.get(&Address(record.clone())).map_or(self.floor, |(id, _)| *id);
        Some(Change { record, after: Some(row), id, version })
    }

    /// What was found of a record, for whoever compares.
    pub(super) fn sighting(&self, found: Change) -> Sighting {
        Sighting { shown: self.records.contains_key(&Address(found.record.clone())), found }
    }

    /// The same of a record that is not there.
    pub(super) fn absence(&self, record: RecordId, version: RowVersion) -> Sighting {
        let id = self.records.get(&Address(record.clone())).map_or(self.floor, |(id, _)| *id);
        self.sighting(Change { record, after: None, id, version })
    }

    /// Records that were deleted, as far as is shown.
    pub(super) fn gone(&self, version: RowVersion) -> Vec<Change> {
        let gone = self.records.iter().filter(|(_, (_, deleted))| *deleted);
        let change = |(Address(record), (id, _)): (&Address, &(ChangeId, bool))| Change {
            record: record.clone(),
            after: None,
            id: *id,
            version,
        };
        gone.map(change).collect()
    }
}
