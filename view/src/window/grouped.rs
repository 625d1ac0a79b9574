//! Windows of groups: each row that matches is of one, and a relational circuit keeps what they come to.
//!
//! # Invariants
//! - The family's circuit holds, for this window, exactly the images that match (mechanism M17).
//! - While the query would fail, no group stands: what a group shows cannot be taken apart, and one of its rows may have
//!   been deleted, or may no longer be selected.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::RowVersion;
use surrealdb_types::{RecordId, Value};

use crate::eval;
use crate::fault::Fault;
use crate::group::{self, ById, Fed, GroupId, Ids, Total, Touched};
use crate::plan::{Grouping, Slot};
use crate::row::Row;
use crate::store::Transition;
use crate::value::{self, address::compare_addresses};

/// A row in the traces of a family's circuit: its place twice, its arguments, a weight (85 to 145 bytes were measured).
pub const FED_ROW_BYTES: usize = 130;

/// The groups of one window.
#[derive(Debug)]
pub struct Grouped {
    grouping: Arc<Grouping<Slot>>,
    ids: Ids,
    groups: BTreeMap<GroupId, Row>,
    /// Groups of which a sum has no value: the row on which it has none, and why.
    unsummed: BTreeMap<GroupId, (RecordId, Fault)>,
    fed: usize,
}

/// What images of groups are made with.
#[derive(Debug)]
pub struct Mint<'a> {
    /// The version of the step.
    pub version: RowVersion,
    /// Counts images.
    pub images: &'a mut u64,
}

impl Grouped {
    /// No groups yet.
    pub fn new(grouping: Arc<Grouping<Slot>>) -> Grouped {
        Grouped {
            grouping,
            ids: Ids::default(),
            groups: BTreeMap::new(),
            unsummed: BTreeMap::new(),
            fed: 0,
        }
    }

    /// Finds the groups of rows that enter and leave the window's matches.
    pub fn feed(&mut self, window: u32, args: &Arc<[Value]>, matched: &[Transition]) -> Vec<Fed> {
        let mut fed = Vec::with_capacity(matched.len());
        let told = |row: &Row, group, enters| Fed {
            window,
            group,
            row: ById::new(row),
            args: args.clone(),
            enters,
        };
        // First who enters: a group that is left and entered keeps its id.
        for row in matched.iter().filter_map(|change| change.new.as_ref()) {
            let group = self.ids.enter(&keys(&self.grouping, row, args));
            fed.push(told(row, group, true));
            self.fed += 1;
        }
        for row in matched.iter().filter_map(|change| change.old.as_ref()) {
            if let Some(group) = self.ids.leave(&keys(&self.grouping, row, args)) {
                fed.push(told(row, group, false));
                self.fed -= 1;
            }
        }
        fed
    }

    /// How many rows the circuit holds for this window.
    pub fn fed(&self) -> usize {
        self.fed
    }

    /// Takes what the circuit says of its groups. Returns what that does to the answer.
    pub fn absorb(
        &mut self,
        args: &[Value],
        touched: Vec<Touched>,
        mint: &mut Mint<'_>,
    ) -> Vec<Transition> {
        let mut difference = Vec::with_capacity(touched.len());
        for Touched { group, now, .. } in touched {
            difference.extend(self.replace(group, now, args, mint));
        }
        // GROUP ALL over no rows: no step has touched its group.
        if self.groups.is_empty() && self.unsummed.is_empty() && self.grouping.over_nothing {
            difference.extend(self.replace(Ids::of_all(), None, args, mint));
        }
        difference
    }

    fn replace(
        &mut self,
        group: GroupId,
        now: Option<Total>,
        args: &[Value],
        mint: &mut Mint<'_>,
    ) -> Option<Transition> {
        self.unsummed.remove(&group);
        let content = match now {
            Some(Total { first, count, sums: Ok(sums) }) => {
                let keys = keys(&self.grouping, &first, args);
                Some(group::content(&self.grouping, &keys, count, &sums))
            }
            Some(Total { sums: Err((row, fault)), .. }) => {
                self.unsummed.insert(group, (row.id(), fault));
                None
            }
            None if self.grouping.over_nothing => Some(group::content(&self.grouping, &[], 0, &[])),
            None => None,
        };
        let new = content.map(|content| {
            *mint.images += 1;
            Row::new(&group::record(group), &content, mint.version, *mint.images)
        });
        let old = match &new {
            Some(new) => {
                let stood = self.groups.get(&group);
                if stood.is_some_and(|stood| stood.digest() == new.digest()) {
                    return None;
                }
                self.groups.insert(group, new.clone())
            }
            None => self.groups.remove(&group),
        };
        (old.is_some() || new.is_some()).then_some(Transition { old, new })
    }

    /// Returns the groups, in the order of their values.
    pub fn rows(&self) -> Vec<Row> {
        let shown = |row: &Row| Value::Object(row.content().object());
        let mut rows: Vec<(Value, &Row)> =
            self.groups.values().map(|row| (shown(row), row)).collect();
        rows.sort_by(|(a, _), (b, _)| value::compare(a, b));
        rows.into_iter().map(|(_, row)| row.clone()).collect()
    }

    /// The row on which a sum has no value, if there is one: the first.
    pub fn unsummed(&self) -> Option<(&RecordId, &Fault)> {
        let rows = self.unsummed.values();
        rows.min_by(|(a, _), (b, _)| compare_addresses(a, b)).map(|(row, fault)| (row, fault))
    }

    /// About how many bytes it uses, and its circuit for it.
    pub fn bytes(&self) -> usize {
        self.ids.bytes() + self.groups.len() * 200 + self.fed * FED_ROW_BYTES
    }
}

/// What a row has in common with the others of its group. What has no value is NONE: the view is failed then.
fn keys(grouping: &Grouping<Slot>, row: &Row, args: &[Value]) -> Vec<Value> {
    let value = |key| eval::eval(key, row.content(), args).map(|key| key.into_owned());
    grouping.keys.iter().map(|key| value(key).unwrap_or_default()).collect()
}
