//! Rows: the database's against those that the SSP holds.
//!
//! One pass over the database sums the rows' digests by bucket; where a bucket's sum differs from the SSP's, its rows are
//! listed on both sides, which needs a second pass.

use std::collections::{BTreeMap, BTreeSet};

use protocol::wire::{RowHeld, RowsHeld};
use surreal::rows::Pages;
use surrealdb_types::{RecordId, ToSql};
use view::digest::Digest;
use view::engine::Sum;
use view::lower;

use super::difference::Difference;
use super::report::Table;
use super::{Comparison, Look};
use crate::connection::lost;
use crate::failure::Failure;

/// With a million rows, a row that differs has some two thousand listed.
const BUCKETS: u32 = 1_024;

impl Comparison {
    pub(super) async fn table(&self, table: &str, look: &mut Look) -> Result<(), Failure> {
        // It is followed no longer.
        let Some(held) = self.ssp.table_held(table, BUCKETS).await? else { return Ok(()) };
        let mut sums = vec![Sum::default(); BUCKETS as usize];
        self.each_row(table, |_, digest| sums[digest.bucket(BUCKETS) as usize].add(digest)).await?;
        let rows = sums.iter().map(|sum| sum.rows).sum();
        let differing: BTreeSet<u32> = (0..BUCKETS)
            .zip(sums.iter().zip(&held.buckets))
            .filter(|(_, (ours, theirs))| ours.digest.to_string() != theirs.digest)
            .map(|(bucket, _)| bucket)
            .collect();
        let mut seen = Table { table: table.to_owned(), rows, held: held.rows, skipped: None };
        if !differing.is_empty() {
            let RowsHeld { rows, truncated } =
                self.ssp.rows_held(table, BUCKETS, differing.iter().copied().collect()).await?;
            if truncated {
                seen.skipped = Some("too much differs to be listed");
            } else {
                look.found.extend(self.rows(table, &differing, rows).await?);
            }
        }
        look.tables.push(seen);
        Ok(())
    }

    /// Lists what differs in some buckets.
    async fn rows(
        &self,
        table: &str,
        only: &BTreeSet<u32>,
        held: Vec<RowHeld>,
    ) -> Result<Vec<Difference>, Failure> {
        let mut theirs: BTreeMap<String, String> = BTreeMap::new();
        let mut records: BTreeMap<String, RecordId> = BTreeMap::new();
        self.each_row(table, |record, digest| {
            if only.contains(&digest.bucket(BUCKETS)) {
                let literal = record.to_sql();
                theirs.insert(literal.clone(), digest.to_string());
                records.insert(literal, record.clone());
            }
        })
        .await?;
        let mut found = Vec::new();
        for RowHeld { record, digest } in held {
            let database = theirs.remove(&record);
            if database.as_ref() == Some(&digest) {
                continue;
            }
            let known = records.get(&record).cloned().or_else(|| lower::record_id(&record).ok());
            let Some(known) = known else { continue };
            found.push(Difference::Row { record: known, database, ssp: Some(digest) });
        }
        let missing = theirs.into_iter().filter_map(|(literal, digest)| {
            let record = records.remove(&literal)?;
            Some(Difference::Row { record, database: Some(digest), ssp: None })
        });
        found.extend(missing);
        Ok(found)
    }

    /// Reads all rows of a table as they are held: without what is computed.
    async fn each_row(
        &self,
        table: &str,
        mut with: impl FnMut(&RecordId, Digest),
    ) -> Result<(), Failure> {
        let fields = self.schema.catalog.tables.get(table).into_iter().flat_map(|it| &it.fields);
        let computed: Vec<&String> =
            fields.filter(|(_, field)| field.computed).map(|(name, _)| name).collect();
        let mut pages = Pages::of(&self.database, table);
        while let Some(rows) = pages.next().await.map_err(lost)? {
            for (record, mut row) in rows {
                computed.iter().for_each(|field| drop(row.remove(field.as_str())));
                with(&record, Digest::of_row(&record, &row));
            }
        }
        Ok(())
    }
}
