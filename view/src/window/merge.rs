//! A window's candidates: the partitions of its keys, and the loose rows, walked as one.

use crate::index::{At, Entry, Order, Ordered};
use crate::router::{Access, Router};
use crate::row::Row;

/// Returns the partition of a window that has one key.
pub fn partition<'a>(ways: &[Access], router: &'a Router) -> Option<&'a Ordered> {
    let [way] = ways else { return None };
    router.index(way.index).partition(way.keys.first()?, way.slot?)
}

/// Returns the order of a window's partitions.
pub fn order_of<'a>(ways: &[Access], router: &'a Router) -> &'a Order {
    let way = ways.first().expect("a window that keeps places has a way to them");
    router.index(way.index).order(way.slot.expect("a way to places has an order"))
}

/// Returns everything that a window's rows can stand in.
pub fn partitions<'a>(ways: &[Access], router: &'a Router) -> Vec<&'a Ordered> {
    let mut partitions = Vec::new();
    for way in ways {
        let (index, Some(slot)) = (router.index(way.index), way.slot) else { continue };
        partitions.extend(way.keys.iter().filter_map(|key| index.partition(key, slot)));
        partitions.extend(index.loose(slot));
    }
    partitions
}

/// Visits every candidate, in no order; a row of two keys is visited twice.
pub fn each_candidate(ways: &[Access], router: &Router, visit: &mut dyn FnMut(&Row)) {
    for partition in partitions(ways, router) {
        partition.iter().for_each(|entry| visit(&entry.row));
    }
    for way in ways {
        if let Some(slot) = way.slot {
            router.index(way.index).unplaced(slot).for_each(&mut *visit);
        }
    }
}

/// Walks partitions of one order as if they were one.
#[derive(Debug)]
pub struct Merge<'a> {
    order: &'a Order,
    heads: Vec<(&'a Ordered, At)>,
}

impl<'a> Merge<'a> {
    /// Starts behind a place, or at the beginning.
    pub fn behind(
        order: &'a Order,
        partitions: Vec<&'a Ordered>,
        place: Option<&Entry>,
    ) -> Merge<'a> {
        let head = |partition: &'a Ordered| {
            let Some(place) = place else { return (partition, partition.nth(0)) };
            let at = partition.lower_bound(order, place);
            let there = partition.get(at).is_some_and(|entry| order.compare(entry, place).is_eq());
            (partition, partition.forward(at, usize::from(there)))
        };
        Merge { order, heads: partitions.into_iter().map(head).collect() }
    }
}

impl<'a> Iterator for Merge<'a> {
    type Item = &'a Entry;

    fn next(&mut self) -> Option<&'a Entry> {
        let heads = self.heads.iter().filter_map(|(partition, at)| partition.get(*at));
        let first = heads.min_by(|a, b| self.order.compare(a, b))?;
        for (partition, at) in &mut self.heads {
            if partition.get(*at).is_some_and(|entry| entry.row == first.row) {
                *at = partition.forward(*at, 1);
            }
        }
        Some(first)
    }
}
