//! The rows and the windows of one key.

use super::Placed;
use super::bounded::{Bound, Bounded};
use super::order::Order;
use super::ordered::Ordered;
use crate::few::Few;
use crate::store::Transition;

/// The rows of one key, in each order of the index, and the windows that want them.
#[derive(Debug, Default)]
pub struct Group {
    /// By the numbers of the orders.
    partitions: Few<Ordered>,
    windows: Few<u32>,
    /// Those that want a part of the rows only.
    bounded: Option<Box<Bounded>>,
}

/// A window that a transition concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Touch {
    /// Which window.
    pub window: u32,
    /// Which of the commit's transitions.
    pub transition: usize,
    /// Whether the old row stood under a key of the window.
    pub old: bool,
    /// Whether the new one does.
    pub new: bool,
}

impl Group {
    /// Whether it has neither rows nor windows.
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
            && self.bounded.is_none()
            && self.partitions.iter().all(Ordered::is_empty)
    }

    /// Reads ahead its entries. Returns one of its windows.
    pub fn read_ahead(&self) -> Option<u32> {
        self.partitions.iter().for_each(Ordered::read_ahead);
        self.windows.first().copied()
    }

    /// Returns the rows in an order.
    pub fn partition(&self, at: usize) -> Option<&Ordered> {
        self.partitions.get(at)
    }

    /// Sets the rows in an order.
    pub fn set(&mut self, at: usize, rows: Ordered) {
        if rows.is_empty() && at >= self.partitions.len() {
            return;
        }
        *self.partition_mut(at) = rows;
    }

    fn partition_mut(&mut self, at: usize) -> &mut Ordered {
        while at >= self.partitions.len() {
            self.partitions.push(Ordered::default());
        }
        &mut self.partitions.as_mut_slice()[at]
    }

    /// A window wants these rows, or those on its side of a bound.
    pub fn subscribe(&mut self, window: u32, bound: Option<&Bound>) {
        match bound {
            Some(bound) => self.bounded.get_or_insert_default().subscribe(bound, window),
            None => self.windows.push(window),
        }
    }

    /// It no longer does. Returns whether it did.
    pub fn unsubscribe(&mut self, window: u32, bound: Option<&Bound>) -> bool {
        if let Some(bound) = bound {
            let Some(bounded) = &mut self.bounded else { return false };
            let known = bounded.unsubscribe(bound, window);
            if bounded.is_empty() {
                self.bounded = None;
            }
            return known;
        }
        let known = self.windows.iter().rposition(|known| *known == window);
        known.map(|at| self.windows.remove(at)).is_some()
    }

    /// Tells the windows of a transition: `touch`, but for its window.
    pub fn touch(&self, touch: Touch, transition: &Transition, touched: &mut Vec<Touch>) {
        touched.extend(self.windows.iter().map(|window| Touch { window: *window, ..touch }));
        if let Some(bounded) = &self.bounded {
            bounded.touch(touch, transition, touched);
        }
    }

    /// Takes a row out.
    pub fn take(&mut self, at: usize, order: &Order, placed: &Placed) {
        if let Some(old) = &placed.old {
            let known = self.partition_mut(at).remove(order, old);
            debug_assert!(known, "a row stands where its content says");
        }
    }

    /// Puts a row in.
    pub fn put(&mut self, at: usize, order: &Order, placed: &Placed) {
        if let Some(new) = &placed.new {
            self.partition_mut(at).insert(order, new.clone());
        }
    }

    /// Changes a row's image, and its place where that changed.
    pub fn change(&mut self, at: usize, order: &Order, placed: &Placed) {
        if let (Some(old), Some(new)) = (&placed.old, &placed.new)
            && self.partition_mut(at).replace(order, old, new)
        {
            return;
        }
        self.take(at, order, placed);
        self.put(at, order, placed);
    }
}
