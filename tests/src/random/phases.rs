//! The four phases of change that every case walks: delete all, create back, update to another present value, update
//! back.
//!
//! What an engine forgets on the way out, it misses on the way back; and an update to a value that another row has
//! moves rows among each other, where one to a value that nobody has only lets them leave.

use super::case::{Row, Step};

/// The phases over some rows, so many in one transaction.
pub fn phases(rows: &[Row], at_once: usize) -> Vec<Step> {
    let next = |at: usize| &rows[(at + 1) % rows.len()].content;
    let deleted = rows.iter().map(|row| format!("delete {}", row.record));
    let created = rows.iter().map(|row| format!("create {} {}", row.record, row.content));
    let other =
        rows.iter().enumerate().map(|(at, row)| format!("update {} {}", row.record, next(at)));
    let back = rows.iter().map(|row| format!("update {} {}", row.record, row.content));
    let mut steps = Vec::new();
    let phases: [Vec<String>; 4] =
        [deleted.collect(), created.collect(), other.collect(), back.collect()];
    for writes in phases {
        steps.extend(writes.chunks(at_once).map(|writes| Step::Commit(writes.to_vec())));
    }
    steps
}
