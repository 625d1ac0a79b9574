//! Differences between answers.
//!
//! # Invariants
//! - Contents are compared, not handles: a record whose content is as it was is not in a
//!   difference.

use std::collections::HashMap;

use crate::row::Row;
use crate::store::Transition;
use crate::value::packed::PackedKey;

/// Returns what leads from one answer to another.
pub fn difference(before: &[Row], after: &[Row]) -> Vec<Transition> {
    let mut sides: HashMap<Place<'_>, (Option<&Row>, Option<&Row>)> =
        HashMap::with_capacity(before.len().max(after.len()));
    before.iter().for_each(|row| sides.entry(place(row)).or_default().0 = Some(row));
    after.iter().for_each(|row| sides.entry(place(row)).or_default().1 = Some(row));
    let changed = sides.into_values().filter(|(old, new)| match (old, new) {
        (Some(old), Some(new)) => old.digest() != new.digest(),
        _ => true,
    });
    changed.map(|(old, new)| Transition { old: old.cloned(), new: new.cloned() }).collect()
}

/// A record: two questions may be about two tables.
type Place<'a> = (&'a [u8], PackedKey<'a>);

fn place(row: &Row) -> Place<'_> {
    (row.record().table(), row.key())
}

/// Returns the answer that a difference led from, in no order.
pub fn undo(difference: &[Transition], after: Vec<Row>) -> Vec<Row> {
    let arrived = difference.iter().filter_map(|change| change.new.as_ref());
    let arrived: HashMap<PackedKey<'_>, ()> = arrived.map(|row| (row.key(), ())).collect();
    let mut before = after;
    before.retain(|row| !arrived.contains_key(&row.key()));
    before.extend(difference.iter().filter_map(|change| change.old.clone()));
    before
}
