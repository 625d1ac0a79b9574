//! Windows over a list of records: the list is short, so that the answer is made anew from it.

use surrealdb_types::{RecordId, Value};

use super::{Concern, difference};
use crate::family::{Family, Verdict};
use crate::index::Order;
use crate::row::Row;
use crate::store::{Rows, Transition};

/// The list, and what is shown of it.
#[derive(Debug)]
pub struct Listed {
    records: Box<[RecordId]>,
    /// ORDER BY, where there is one; else the list's own order holds.
    order: Option<Order>,
    start: usize,
    limit: usize,
}

impl Listed {
    /// A window over these records.
    pub fn new(records: Vec<RecordId>, order: Option<Order>, start: usize, limit: usize) -> Listed {
        Listed { records: records.into(), order, start, limit }
    }

    /// Returns the stored rows of the list.
    pub fn stored<'a>(&'a self, rows: &'a Rows) -> impl Iterator<Item = &'a Row> {
        self.records.iter().filter_map(|record| rows.get(&record.key))
    }

    /// Whether a row's record is in the list.
    pub fn lists(&self, row: &Row) -> bool {
        self.records.iter().any(|record| row.record().is(record))
    }

    /// Returns the answer: a record that is named twice stands twice.
    pub fn rows(
        &self,
        family: &Family,
        args: &[Value],
        stored: impl Fn(&RecordId) -> Option<Row>,
    ) -> Vec<Row> {
        let found = self.records.iter().filter_map(stored);
        let matching: Vec<Row> =
            found.filter(|row| family.judge(row.content(), args) == Verdict::In).collect();
        self.sorted(matching).into_iter().skip(self.start).take(self.limit).collect()
    }

    /// Puts rows into the order of the answer: what ORDER BY leaves open, the list decides.
    pub fn arrange(&self, rows: Vec<Row>) -> Vec<Row> {
        let place = |row: &Row| self.records.iter().position(|record| row.record().is(record));
        let mut rows = rows;
        rows.sort_by_key(place);
        self.sorted(rows)
    }

    /// Sorts by ORDER BY, stably. By insertion, which does not mind an order that is not total.
    fn sorted(&self, rows: Vec<Row>) -> Vec<Row> {
        let Some(order) = &self.order else { return rows };
        let mut sorted: Vec<Row> = Vec::with_capacity(rows.len());
        for row in rows {
            let at = sorted.partition_point(|other| order.compare_keys(other, &row).is_le());
            sorted.insert(at, row);
        }
        sorted
    }

    /// Compares the answer before the commit with the one after it.
    pub fn step(
        &self,
        family: &Family,
        args: &[Value],
        rows: &Rows,
        concern: Concern<'_>,
    ) -> Vec<Transition> {
        let new = |record: &RecordId| rows.get(&record.key).cloned();
        let old = |record: &RecordId| {
            let changed = concern.touched().find(|(_, change)| change.row().record().is(record));
            changed.map_or_else(|| new(record), |(_, change)| change.old.clone())
        };
        difference::difference(&self.rows(family, args, old), &self.rows(family, args, new))
    }
}
