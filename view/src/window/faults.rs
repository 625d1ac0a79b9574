//! The records that a view's query fails on.
//!
//! # Invariants
//! - Those that are kept are the first, by their addresses: so the first that is kept is the first that there is.

use std::collections::BTreeMap;

use protocol::limits::{FAULTS_KEPT_MAX, SOURCE_RECORDS_MAX};
use surrealdb_types::RecordId;

use crate::fault::Fault;
use crate::row::Row;
use crate::value::address::Address;

const _: () =
    assert!(SOURCE_RECORDS_MAX <= FAULTS_KEPT_MAX, "all of a list are kept, whatever its order");

/// Records with what is raised on them: the first of them, where they are many.
#[derive(Debug, Default)]
pub struct Faults {
    kept: BTreeMap<Address, Fault>,
    /// There may be others, behind those that are kept.
    more: bool,
}

impl Faults {
    /// Whether the query fails on no record.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty() && !self.more
    }

    /// Whether all that were kept are mended, and there may be others: they have to be looked for.
    pub fn are_used_up(&self) -> bool {
        self.kept.is_empty() && self.more
    }

    /// The query fails on a record.
    pub fn insert(&mut self, record: RecordId, fault: Fault) {
        let record = Address(record);
        if self.more && self.kept.last_key_value().is_none_or(|(last, _)| *last < record) {
            return;
        }
        self.kept.insert(record, fault);
        if self.kept.len() > FAULTS_KEPT_MAX {
            self.kept.pop_last();
            self.more = true;
        }
    }

    /// Notes what became of a row.
    pub fn note(&mut self, row: &Row, fault: Option<Fault>) {
        match fault {
            Some(fault) => self.insert(row.id(), fault),
            None => drop(self.kept.remove(&Address(row.id()))),
        }
    }

    /// Returns those that are kept, in the order of their addresses.
    pub fn kept(&self) -> impl Iterator<Item = (&RecordId, &Fault)> {
        self.kept.iter().map(|(Address(record), fault)| (record, fault))
    }

    /// Returns what is raised on a record that is kept.
    pub fn get(&self, record: RecordId) -> Option<(&RecordId, &Fault)> {
        let (Address(record), fault) = self.kept.get_key_value(&Address(record))?;
        Some((record, fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(faults: &Faults) -> Vec<String> {
        faults.kept().map(|(record, _)| format!("{:?}", record.key)).collect()
    }

    #[test]
    fn the_first_are_kept_until_all_of_them_are_mended() {
        let fault = || Fault::raised("no");
        let id = |n: usize| RecordId::new("t", n as i64);
        let mut faults = Faults::default();
        (0..=FAULTS_KEPT_MAX).rev().for_each(|n| faults.insert(id(n), fault()));
        assert_eq!(faults.kept().count(), FAULTS_KEPT_MAX);
        assert!(faults.get(id(0)).is_some() && faults.get(id(FAULTS_KEPT_MAX)).is_none());
        for n in 0..FAULTS_KEPT_MAX - 1 {
            faults.kept.remove(&Address(id(n)));
        }
        let left = keys(&faults);
        faults.insert(id(FAULTS_KEPT_MAX + 1), fault());
        assert_eq!(keys(&faults), left, "others stand before it that are not kept");
        faults.kept.clear();
        faults.insert(id(FAULTS_KEPT_MAX + 1), fault());
        assert!(faults.are_used_up() && !faults.is_empty());
    }
}
