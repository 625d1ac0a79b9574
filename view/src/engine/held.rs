//! What is held of a table, for whoever compares it with another holder (design D9).
//!
//! Rows are divided into buckets by their own digests, so that two holders find what differs in two questions: for the
//! sums of the buckets, and for the rows of those whose sums differ.

use std::collections::BTreeSet;

use super::Engine;
use crate::digest::Digest;
use crate::row::Row;
use crate::store::Rows;

/// How many rows there are, and the sum of their digests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// The rows.
    pub rows: usize,
    /// The sum.
    pub digest: Digest,
}

impl Sum {
    /// Adds a row.
    pub fn add(&mut self, row: Digest) {
        self.rows += 1;
        self.digest.add(row);
    }
}

impl Engine {
    /// Sums a table's rows by bucket; `None` if the table is not followed. Walks all of them.
    pub fn sums(&self, table: &str, buckets: u32) -> Option<Vec<Sum>> {
        let mut sums = vec![Sum::default(); buckets.max(1) as usize];
        for row in self.held(table)?.iter() {
            let digest = row.digest();
            sums[digest.bucket(buckets) as usize].add(digest);
        }
        Some(sums)
    }

    /// Returns the rows in some of the buckets, no more than `rows_max`, and whether there are more.
    pub fn rows_in(
        &self,
        table: &str,
        buckets: u32,
        only: &BTreeSet<u32>,
        rows_max: usize,
    ) -> (Vec<Row>, bool) {
        let Some(rows) = self.held(table) else { return (Vec::new(), false) };
        let mut its = rows.iter().filter(|row| only.contains(&row.digest().bucket(buckets)));
        let listed = its.by_ref().take(rows_max).cloned().collect();
        (listed, its.next().is_some())
    }

    pub(super) fn held(&self, table: &str) -> Option<&Rows> {
        let at = self.names.get(table)?;
        Some(&self.tables[*at]).filter(|table| table.followed).map(|table| &table.rows)
    }
}
