//! What a turn does to a view's child rows, line by line.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use surrealdb_types::{RecordId, Value};

use super::{Nest, Weighed};
use crate::delta::{ChildDelta, ChildRow, RowDelta, Under};
use crate::row::Row;
use crate::value;
use crate::value::address::{Address, compare_addresses};

/// Where a child row stands, in the order in which lines are told.
type Place = (Address, Address, Arc<str>);

/// What happened to the child rows of one view's window.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    lines: BTreeMap<Place, Line>,
    /// How many more ways there are down to a failed window.
    pub(super) failing: isize,
    /// How many more to rows, and to the windows that show them.
    pub(super) ways: isize,
    /// So many lines are noted; with more, what the view comes to is not known any more.
    max: usize,
    pub(super) overflows: bool,
    /// Ways are counted, and nothing is noted.
    counts_only: bool,
}

#[derive(Debug, Default)]
struct Line {
    /// The oldest image that went.
    old: Option<Row>,
    /// The newest that came.
    new: Option<Row>,
    by: i64,
    revoked: bool,
}

/// What a line comes to.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) under: Under,
    pub(super) old: Option<Row>,
    pub(super) new: Option<Row>,
    pub(super) revoked: bool,
}

impl Lines {
    /// No lines yet, of which `max` may be noted.
    pub(super) fn new(max: usize) -> Lines {
        Lines { max, ..Lines::default() }
    }

    /// Notes no lines from now on: whoever is told is told of the whole answer.
    pub(super) fn only_count(&mut self) {
        self.counts_only = true;
    }

    /// A row came.
    pub(super) fn come(&mut self, under: &Under, row: &Row) {
        self.ways += 1;
        let Some(line) = self.line(under, row) else { return };
        line.by += 1;
        if line.new.as_ref().is_none_or(|new| new.number < row.number) {
            line.new = Some(row.clone());
        }
    }

    /// A row went; `revoked`, if its reader may no longer select it.
    pub(super) fn go(&mut self, under: &Under, row: &Row, revoked: bool) {
        self.ways -= 1;
        let Some(line) = self.line(under, row) else { return };
        line.by -= 1;
        line.revoked |= revoked;
        if line.old.as_ref().is_none_or(|old| row.number < old.number) {
            line.old = Some(row.clone());
        }
    }

    /// Whether more is there now than may be, beside so many ways that there were.
    pub(super) fn has_outgrown(&self, ways: usize, max: usize) -> bool {
        self.overflows || ways.saturating_add_signed(self.ways) > max
    }

    fn line(&mut self, under: &Under, row: &Row) -> Option<&mut Line> {
        // One that is changed goes and comes: twice as many may move as may stand.
        self.overflows |= self.lines.len() > 2 * self.max || self.ways > self.max as isize;
        if self.overflows {
            self.lines.clear();
        }
        if self.overflows || self.counts_only {
            return None;
        }
        Some(self.lines.entry(place(under, row)).or_default())
    }
}

impl Nest {
    /// Weighs what happened. Returns what it comes to, in order.
    pub(super) fn weigh(&mut self, lines: Lines, is_flat: bool) -> Vec<Told> {
        let mut told = Vec::new();
        for ((Address(record), Address(parent), alias), line) in lines.lines {
            let Line { old, new, by, revoked } = line;
            let under = Under { parent, alias };
            let (before, after) = if is_flat {
                // A row of which neither came more than went stands before and after, in one way.
                (by < 1 && old.is_some(), by > -1 && new.is_some())
            } else {
                self.reweigh(&under, &record, by)
            };
            let (old, new) = (old.filter(|_| before), new.filter(|_| after));
            match (before, after) {
                (true, true) => {
                    let (Some(old), Some(new)) = (old, new) else { continue };
                    if old.digest() != new.digest() {
                        told.push(Told { under, old: Some(old), new: Some(new), revoked });
                    }
                }
                (false, false) => {}
                _ => told.push(Told { under, old, new, revoked }),
            }
        }
        told
    }

    /// Returns whether the row stood before, and whether it stands now.
    fn reweigh(&mut self, under: &Under, record: &RecordId, by: i64) -> (bool, bool) {
        let weighed = weighed(under, record);
        let before = self.weights.get(&weighed).copied().unwrap_or(0);
        let after = u32::try_from(i64::from(before) + by).expect("what goes had come");
        if after == 0 {
            self.weights.remove(&weighed);
        } else {
            self.weights.insert(weighed, after);
        }
        (before > 0, after > 0)
    }
}

fn weighed(under: &Under, record: &RecordId) -> Weighed {
    let mut bytes = Vec::with_capacity(128);
    value::write_bytes(&Value::RecordId(under.parent.clone()), &mut bytes);
    value::write_bytes(&Value::String(under.alias.to_string()), &mut bytes);
    value::write_bytes(&Value::RecordId(record.clone()), &mut bytes);
    *blake3::hash(&bytes).as_bytes()
}

/// Puts lines into the order in which they are told.
pub(super) fn in_order(told: Vec<Told>) -> Vec<ChildDelta> {
    let (mut left, mut changed, mut entered) = (Vec::new(), Vec::new(), Vec::new());
    for Told { under, old, new, revoked } in told {
        match (old, new) {
            (Some(old), None) => {
                let row = RowDelta::Leave { record: old.id(), revoked };
                left.push(ChildDelta { under, row });
            }
            (Some(_), Some(new)) => changed.push(ChildDelta { under, row: RowDelta::Change(new) }),
            (None, Some(new)) => entered.push(ChildDelta { under, row: RowDelta::Enter(new) }),
            (None, None) => {}
        }
    }
    left.into_iter().chain(changed).chain(entered).collect()
}

/// Returns what leads from some child rows to others, in order; `revoked` says so of one that leaves.
pub(super) fn difference(
    before: &[ChildRow],
    after: &[ChildRow],
    revoked: impl Fn(&ChildRow) -> bool,
) -> Vec<ChildDelta> {
    let stood = before.iter().map(|child| (child, true));
    let mut sides: Vec<(&ChildRow, bool)> =
        stood.chain(after.iter().map(|it| (it, false))).collect();
    // Of one place, what stood comes first.
    sides.sort_by(|(a, a_stood), (b, b_stood)| compare(a, b).then_with(|| b_stood.cmp(a_stood)));
    let told = sides.chunk_by(|(a, _), (b, _)| compare(a, b).is_eq()).filter_map(|sides| {
        let side = |stood: bool| sides.iter().find(|side| side.1 == stood).map(|side| side.0);
        let (old, new) = (side(true), side(false));
        let same = |old: &ChildRow, new: &ChildRow| old.row.digest() == new.row.digest();
        if old.zip(new).is_some_and(|(old, new)| same(old, new)) {
            return None;
        }
        let under = old.or(new)?.under.clone();
        let revoked = new.is_none() && old.is_some_and(&revoked);
        let row = |side: Option<&ChildRow>| side.map(|child| child.row.clone());
        Some(Told { under, old: row(old), new: row(new), revoked })
    });
    in_order(told.collect())
}

/// Compares places, in the order in which lines are told.
fn compare(a: &ChildRow, b: &ChildRow) -> Ordering {
    let records = a.row.record().compare_ids(b.row.record());
    let parents = || compare_addresses(&a.under.parent, &b.under.parent);
    records.then_with(parents).then_with(|| a.under.alias.cmp(&b.under.alias))
}

/// Returns the child rows that some lines led from.
pub(super) fn undo(told: &[Told], after: Vec<ChildRow>) -> Vec<ChildRow> {
    let came = told.iter().filter_map(|told| Some(place(&told.under, told.new.as_ref()?)));
    let came: BTreeSet<Place> = came.collect();
    let mut before = after;
    before.retain(|child| !came.contains(&place(&child.under, &child.row)));
    before.extend(
        told.iter().filter_map(|told| {
            Some(ChildRow { under: told.under.clone(), row: told.old.clone()? })
        }),
    );
    before
}

fn place(Under { parent, alias }: &Under, row: &Row) -> Place {
    (Address(row.id()), Address(parent.clone()), Arc::clone(alias))
}
