//! A slice of an ordered set, kept by its two ends.
//!
//! # Invariants
//! - Between steps, `first` is the entry at START and `last` the last one before START + LIMIT;
//!   both or neither.
//! - A step costs the changes that it is told, and as many entries as the slice moves over: not
//!   START, not LIMIT.

use std::cmp::Ordering;

use super::Concern;
use crate::index::{At, Entry, Order, Ordered};
use crate::router::{Access, Router};
use crate::row::Row;
use crate::store::Transition;

/// The slice.
#[derive(Debug)]
pub struct Positions {
    start: usize,
    limit: usize,
    ends: Option<Ends>,
}

#[derive(Clone, Debug)]
struct Ends {
    first: Entry,
    last: Entry,
}

/// One record's entry before and after a commit.
pub type Moved<'a> = (Option<&'a Entry>, Option<&'a Entry>);

/// The rows that a step is told of anyway.
enum Told<'a> {
    Few(&'a [Moved<'a>]),
    Sorted(Vec<u64>),
}

impl<'a> Told<'a> {
    fn of(moved: &'a [Moved<'a>]) -> Told<'a> {
        if moved.len() <= 8 {
            return Told::Few(moved);
        }
        let came = moved.iter().filter_map(|(_, came)| *came);
        let mut numbers: Vec<u64> = came.map(|entry| entry.row.number).collect();
        numbers.sort_unstable();
        Told::Sorted(numbers)
    }

    fn knows(&self, row: &Row) -> bool {
        match self {
            Told::Few(moved) => moved.iter().any(|(_, came)| came.is_some_and(|e| e.row == *row)),
            Told::Sorted(numbers) => numbers.binary_search(&row.number).is_ok(),
        }
    }
}

impl Positions {
    /// A slice of which nothing is known yet.
    pub fn new(start: usize, limit: usize) -> Positions {
        Positions { start, limit, ends: None }
    }

    /// The same slice, of which nothing is known yet.
    pub fn fresh(&self) -> Positions {
        Positions::new(self.start, self.limit)
    }

    /// Reads ahead the row that leaves when one enters.
    pub fn read_ahead(&self) {
        if let Some(ends) = &self.ends {
            ends.last.row.read_ahead();
        }
    }

    /// Returns START + LIMIT.
    pub fn reach(&self) -> usize {
        self.start.saturating_add(self.limit)
    }

    /// Finds the ends.
    pub fn hydrate(&mut self, set: &Ordered) {
        let first = set.nth(self.start);
        self.renew(ends(set, first, self.behind(set, first)));
    }

    /// Returns the place behind the slice that begins at a place.
    fn behind(&self, set: &Ordered, first: At) -> At {
        if self.limit >= set.len() { set.end() } else { set.forward(first, self.limit) }
    }

    /// Sets the ends. One that stays is not touched: counting its handle would read a row that
    /// nobody asks for.
    fn renew(&mut self, new: Option<(&Entry, &Entry)>) {
        let renew = |end: &mut Entry, entry: &Entry| {
            if end.row != entry.row {
                *end = entry.clone();
            }
        };
        match (&mut self.ends, new) {
            (Some(ends), Some((first, last))) => {
                renew(&mut ends.first, first);
                renew(&mut ends.last, last);
            }
            (ends, new) => {
                *ends = new.map(|(first, last)| Ends { first: first.clone(), last: last.clone() });
            }
        }
    }

    /// Returns the rows of the slice.
    pub fn rows<'a>(&'a self, set: &'a Ordered, order: &Order) -> impl Iterator<Item = &'a Row> {
        let from = match &self.ends {
            Some(ends) => set.lower_bound(order, &ends.first),
            None => set.end(),
        };
        set.from(from).take(self.limit).map(|entry| &entry.row)
    }

    /// Steps a slice of an index's partition.
    pub fn step_in(
        &mut self,
        way: &Access,
        router: &Router,
        concern: Concern<'_>,
    ) -> Vec<Transition> {
        let (Some(key), Some(slot)) = (way.keys.first(), way.slot) else { return Vec::new() };
        let index = router.index(way.index);
        let moved = concern.touches.iter().map(|touch| {
            let placed = index.placed(slot, touch.transition);
            let old = placed.old.as_ref().filter(|_| touch.old);
            (old, placed.new.as_ref().filter(|_| touch.new))
        });
        let moved: Vec<Moved<'_>> = moved.collect();
        let none = Ordered::default();
        let set = index.partition(key, slot).unwrap_or(&none);
        self.step(set, index.order(slot), &moved)
    }

    /// Steps the slice of a set that has changed, by what changed in it.
    pub fn step(&mut self, set: &Ordered, order: &Order, moved: &[Moved<'_>]) -> Vec<Transition> {
        if self.limit == 0 {
            return Vec::new();
        }
        let first = self.first_after(set, order, moved);
        let behind = self.behind(set, first);
        let (old, new) = (self.ends.as_ref(), ends(set, first, behind));
        let held = |entry: Option<&Entry>, ends: Option<(&Entry, &Entry)>| {
            let within = |entry: &&Entry| {
                ends.is_some_and(|(first, last)| {
                    order.compare(first, entry).is_le() && order.compare(entry, last).is_le()
                })
            };
            entry.filter(within).map(|entry| entry.row.clone())
        };
        let before = old.map(|ends| (&ends.first, &ends.last));
        let mut difference: Vec<Transition> = moved
            .iter()
            .map(|(left, came)| Transition { old: held(*left, before), new: held(*came, new) })
            .filter(|change| change.old.is_some() || change.new.is_some())
            .collect();
        let told = Told::of(moved);
        if let Some(old) = old {
            // What the slice moved away from, at its beginning and at its end.
            let from = set.lower_bound(order, &old.first);
            let leaving = [(from, first), (from.max(behind), set.end())];
            for (at, until) in leaving {
                let span = walk(set, at, until, |entry| order.compare(entry, &old.last).is_le());
                let left = span.filter(|row| !told.knows(row));
                difference.extend(left.map(|row| Transition { old: Some(row.clone()), new: None }));
            }
        }
        // What it moved onto.
        let mut enter = |at: At, until: At, go_on: &dyn Fn(&Entry) -> bool| {
            let span = walk(set, at, until, go_on).filter(|row| !told.knows(row));
            difference.extend(span.map(|row| Transition { old: None, new: Some(row.clone()) }));
        };
        match old {
            None => enter(first, behind, &|_| true),
            Some(old) => {
                enter(first, behind, &|entry| order.compare(entry, &old.first) == Ordering::Less);
                let at = set.lower_bound(order, &old.last);
                let there = set.get(at).is_some_and(|e| order.compare(e, &old.last).is_eq());
                enter(set.forward(at, usize::from(there)).max(first), behind, &|_| true);
            }
        }
        self.renew(new);
        difference
    }

    /// Finds the place of START: from the place of the old first entry, by as many as came and went
    /// before it.
    fn first_after(&self, set: &Ordered, order: &Order, moved: &[Moved<'_>]) -> At {
        if self.start == 0 {
            return set.nth(0);
        }
        let Some(old) = &self.ends else {
            // There were at most START entries: no more can stand behind it now than came.
            return set.back(set.end(), set.len().saturating_sub(self.start));
        };
        let before = |entry: &Option<&Entry>| {
            entry.is_some_and(|entry| order.compare(entry, &old.first) == Ordering::Less)
        };
        let went = moved.iter().filter(|(left, _)| before(left)).count();
        let came = moved.iter().filter(|(_, came)| before(came)).count();
        let place = set.lower_bound(order, &old.first);
        if came >= went { set.back(place, came - went) } else { set.forward(place, went - came) }
    }
}

fn ends(set: &Ordered, first: At, behind: At) -> Option<(&Entry, &Entry)> {
    let last = if first < behind { set.get(set.back(behind, 1)) } else { None };
    Some((set.get(first)?, last?))
}

fn walk(
    set: &Ordered,
    at: At,
    until: At,
    go_on: impl Fn(&Entry) -> bool,
) -> impl Iterator<Item = &Row> {
    let mut at = at;
    std::iter::from_fn(move || {
        let entry = set.get(at).filter(|entry| at < until && go_on(entry))?;
        at = set.forward(at, 1);
        Some(&entry.row)
    })
}
