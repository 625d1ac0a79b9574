//! Ordered secondary indexes (mechanism M9), which are the router too.
//!
//! An index groups rows by the key of some columns. A group has, for each order that some window
//! asks for, its rows in that order; and it has the windows that want its rows. So one look-up per
//! index finds, for a change, where the row stands and whom it concerns, however many windows there
//! are.
//!
//! # Invariants
//! - A row stands in the groups of its keys, or among the loose ones, for every order that can
//!   place it. A row that an order cannot place, because a key raises, stands among that order's
//!   unplaced.
//! - An order exists exactly while a window uses it, a group exactly while it has rows or windows.

pub mod bounded;
pub mod columns;
mod group;
mod moves;
pub mod order;
pub mod ordered;
mod sort;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use foldhash::fast::RandomState;
use hashbrown::{HashMap, hash_map};

pub use bounded::{Border, Bound};
pub use columns::{Column, Columns, Key, Part, Stand};
pub use group::{Group, Touch};
pub use order::{Entry, Order};
pub use ordered::{At, Ordered};
pub use sort::SortKey;

use crate::row::Row;
use crate::value::address::Address;

/// An index over one table.
#[derive(Debug, Default)]
pub struct Index {
    columns: Columns,
    groups: HashMap<Key, Group, RandomState>,
    loose: Group,
    slots: Vec<Option<Slot>>,
    /// Every window that wants any key, with how many: a loose row concerns them all.
    windows: HashMap<u32, u32, RandomState>,
}

/// One order of an index, at the same number in every group.
#[derive(Debug)]
struct Slot {
    order: Order,
    windows: usize,
    unplaced: BTreeMap<Address, Row>,
    /// The places of this commit's transitions, by their numbers.
    placed: Vec<Placed>,
}

/// The places that a transition's row left and took.
#[derive(Clone, Debug, Default)]
pub struct Placed {
    /// Where it was.
    pub old: Option<Entry>,
    /// Where it is.
    pub new: Option<Entry>,
}

impl Index {
    /// Makes an index without orders: it only routes, and costs a row nothing.
    pub fn new(columns: Columns) -> Index {
        Index { columns, ..Index::default() }
    }

    /// Returns its columns.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Whether nobody uses it.
    pub fn is_unused(&self) -> bool {
        self.windows.is_empty() && self.slots.iter().all(Option::is_none)
    }

    /// Returns how many orders it has.
    pub fn orders(&self) -> usize {
        self.slots.iter().flatten().count()
    }

    /// Finds an order that exists.
    pub fn slot_of(&self, order: &Order) -> Option<usize> {
        let same = |slot: &Slot| slot.order.keys() == order.keys();
        self.slots.iter().position(|slot| slot.as_ref().is_some_and(same))
    }

    /// A window begins to use an order, which is made from the table's rows if it is new.
    pub fn open<'a>(&mut self, order: &Order, rows: impl Iterator<Item = &'a Row>) -> usize {
        if let Some(at) = self.slot_of(order) {
            self.slots[at].as_mut().expect("a slot that was just found").windows += 1;
            return at;
        }
        let free = self.slots.iter().position(Option::is_none);
        let at = free.unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        let mut slot = Slot {
            order: order.clone(),
            windows: 1,
            unplaced: BTreeMap::new(),
            placed: Vec::new(),
        };
        let mut groups: HashMap<Key, Vec<Entry>, RandomState> = HashMap::default();
        let mut loose = Vec::new();
        for row in rows {
            let Ok(entry) = order.place(row) else {
                slot.unplaced.insert(Address(row.id()), row.clone());
                continue;
            };
            match self.columns.stand(row.content()) {
                Stand::Loose => loose.push(entry),
                Stand::Under(keys) => {
                    for key in keys.as_slice() {
                        groups.entry(key.clone()).or_default().push(entry.clone());
                    }
                }
            }
        }
        for (key, entries) in groups {
            self.groups.entry(key).or_default().set(at, Ordered::of_entries(order, entries));
        }
        self.loose.set(at, Ordered::of_entries(order, loose));
        self.slots[at] = Some(slot);
        at
    }

    /// A window ends its use of an order, which goes with its last one.
    pub fn close(&mut self, at: usize) {
        let Some(slot) = self.slots.get_mut(at).and_then(Option::as_mut) else { return };
        slot.windows -= 1;
        if slot.windows > 0 {
            return;
        }
        self.slots[at] = None;
        self.loose.set(at, Ordered::default());
        self.groups.retain(|_, group| {
            group.set(at, Ordered::default());
            !group.is_empty()
        });
    }

    /// A window wants the rows of a key, or those of them on its side of a bound.
    pub fn subscribe(&mut self, key: Key, window: u32, bound: Option<&Bound>) {
        self.groups.entry(key).or_default().subscribe(window, bound);
        *self.windows.entry(window).or_default() += 1;
    }

    /// It no longer does.
    pub fn unsubscribe(&mut self, key: &Key, window: u32, bound: Option<&Bound>) {
        let Some(group) = self.groups.get_mut(key) else { return };
        if !group.unsubscribe(window, bound) {
            return;
        }
        if group.is_empty() {
            self.groups.remove(key);
        }
        if let hash_map::Entry::Occupied(mut wanted) = self.windows.entry(window) {
            *wanted.get_mut() -= 1;
            if *wanted.get() == 0 {
                wanted.remove();
            }
        }
    }

    /// Returns an order.
    pub fn order(&self, at: usize) -> &Order {
        &self.slots[at].as_ref().expect("a window uses this order").order
    }

    /// Returns a key's rows in an order.
    pub fn partition(&self, key: &Key, at: usize) -> Option<&Ordered> {
        self.groups.get(key).and_then(|group| group.partition(at))
    }

    /// Returns the loose rows in an order.
    pub fn loose(&self, at: usize) -> Option<&Ordered> {
        self.loose.partition(at)
    }

    /// Whether any row is loose.
    pub fn has_loose(&self) -> bool {
        !self.loose.is_empty()
    }

    /// Returns the rows that an order cannot place.
    pub fn unplaced(&self, at: usize) -> impl Iterator<Item = &Row> {
        self.slots[at].iter().flat_map(|slot| slot.unplaced.values())
    }

    /// Returns where this commit's transition took its row in an order.
    pub fn placed(&self, at: usize, transition: usize) -> &Placed {
        &self.slots[at].as_ref().expect("a window uses this order").placed[transition]
    }
}
