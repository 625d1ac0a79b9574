//! An ordered set of rows.
//!
//! Sorted pieces of a few hundred entries, in a list: a search is two binary ones over memory that
//! lies together, an insertion moves some kilobytes, and an entry costs its 24 bytes. Stepping over
//! n entries costs n / 256.
//!
//! # Invariants
//! - Entries are in the order that every call is given; the caller always gives the same. No piece
//!   is empty.
//! - A record stands at most once.
//! - Nothing here relies on the order being total for memory safety or panics: where the database's
//!   comparison is not (floats among decimals), an entry that a search does not find is looked for
//!   one by one.

use std::cmp::Ordering;

use super::order::{Entry, Order};
use super::sort::SortKey;
use crate::few::Few;
use crate::row::Row;

const PIECE_ENTRIES_MAX: usize = 256;

/// The set.
#[derive(Debug, Default)]
pub struct Ordered {
    pieces: Few<Piece>,
    len: usize,
}

#[derive(Debug)]
struct Piece {
    /// The leading bits of the first entry.
    first: SortKey,
    entries: Vec<Entry>,
}

/// A place in the set, or its end. Good until the set changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    piece: usize,
    place: usize,
}

#[cfg(test)]
impl At {
    pub(super) fn begins_a_piece(self) -> bool {
        self.place == 0
    }
}

impl Ordered {
    /// Sorts rows; those that have no place are left out.
    pub fn of_rows<'a>(order: &Order, rows: impl IntoIterator<Item = &'a Row>) -> Ordered {
        Ordered::of_entries(
            order,
            rows.into_iter().filter_map(|row| order.place(row).ok()).collect(),
        )
    }

    /// Sorts entries.
    pub fn of_entries(order: &Order, mut entries: Vec<Entry>) -> Ordered {
        // The leading bits are numbers, so that this sort's order is total whatever the values are;
        // the insertions then append, but for ties.
        entries.sort_by_key(Entry::sort);
        let mut ordered = Ordered::default();
        entries.into_iter().for_each(|entry| ordered.insert(order, entry));
        ordered
    }

    /// Reads ahead the first piece: each third entry is nearly each line of it.
    pub fn read_ahead(&self) {
        let Some(piece) = self.pieces.first() else { return };
        let entries = piece.entries.iter().step_by(3);
        std::hint::black_box(entries.fold(0, |bits, entry| bits ^ entry.sort().leading()));
    }

    /// Returns how many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Inserts an entry. If one is there already at this place, it is replaced.
    pub fn insert(&mut self, order: &Order, entry: Entry) {
        let at = self.lower_bound(order, &entry);
        match self.get_mut(at) {
            Some(known) if order.compare(known, &entry) == Ordering::Equal => *known = entry,
            _ => self.insert_at(at, entry),
        }
    }

    fn insert_at(&mut self, at: At, entry: Entry) {
        self.len += 1;
        // What comes first in a piece may as well end the one before: so appending fills pieces.
        let At { piece, place } = match at {
            At { piece, place: 0 } if piece > 0 => {
                At { piece: piece - 1, place: self.pieces[piece - 1].entries.len() }
            }
            at => at,
        };
        let Some(found) = self.pieces.as_mut_slice().get_mut(piece) else {
            self.pieces.push(Piece { first: entry.sort(), entries: vec![entry] });
            return;
        };
        if found.entries.len() < PIECE_ENTRIES_MAX {
            found.entries.insert(place, entry);
            found.first = found.entries[0].sort();
            return;
        }
        if place == found.entries.len() {
            let mut entries = Vec::with_capacity(PIECE_ENTRIES_MAX / 4);
            let first = entry.sort();
            entries.push(entry);
            self.pieces.insert(piece + 1, Piece { first, entries });
            return;
        }
        let mut right = found.entries.split_off(PIECE_ENTRIES_MAX / 2);
        match place.checked_sub(found.entries.len()) {
            Some(place) if place > 0 => right.insert(place, entry),
            _ => found.entries.insert(place, entry),
        }
        found.first = found.entries[0].sort();
        self.pieces.insert(piece + 1, Piece { first: right[0].sort(), entries: right });
    }

    /// Removes a row from its place. Returns whether it was there.
    pub fn remove(&mut self, order: &Order, entry: &Entry) -> bool {
        let Some(at) = self.find(order, entry) else { return false };
        self.len -= 1;
        let piece = &mut self.pieces.as_mut_slice()[at.piece];
        piece.entries.remove(at.place);
        match piece.entries.first() {
            Some(first) => piece.first = first.sort(),
            None => drop(self.pieces.remove(at.piece)),
        }
        true
    }

    /// Puts a new image in the place of an old one, if both are at one place.
    pub fn replace(&mut self, order: &Order, old: &Entry, new: &Entry) -> bool {
        if order.compare(old, new) != Ordering::Equal {
            return false;
        }
        let Some(at) = self.find(order, old) else { return false };
        self.pieces.as_mut_slice()[at.piece].entries[at.place] = new.clone();
        true
    }

    fn find(&self, order: &Order, entry: &Entry) -> Option<At> {
        let at = self.lower_bound(order, entry);
        if self.get(at).is_some_and(|found| found.row == entry.row) {
            return Some(at);
        }
        let everywhere = self.pieces.iter().enumerate().flat_map(|(piece, found)| {
            found.entries.iter().enumerate().map(move |(place, entry)| (At { piece, place }, entry))
        });
        everywhere.into_iter().find(|(_, found)| found.row == entry.row).map(|(at, _)| at)
    }

    /// Returns the first place that is not before the entry's.
    pub fn lower_bound(&self, order: &Order, entry: &Entry) -> At {
        let before = |other: &Entry| order.compare(other, entry) == Ordering::Less;
        let piece = self.pieces.partition_point(|piece| match piece.first.cmp(&entry.sort()) {
            Ordering::Equal => before(&piece.entries[0]),
            unequal => unequal == Ordering::Less,
        });
        let Some(piece) = piece.checked_sub(1) else { return At { piece: 0, place: 0 } };
        let place = self.pieces[piece].entries.partition_point(before);
        self.settled(At { piece, place })
    }

    fn settled(&self, at: At) -> At {
        match self.pieces.get(at.piece) {
            Some(piece) if at.place >= piece.entries.len() => At { piece: at.piece + 1, place: 0 },
            _ => at,
        }
    }

    /// Returns the place of the n-th entry, or the end.
    pub fn nth(&self, n: usize) -> At {
        self.forward(At { piece: 0, place: 0 }, n)
    }

    /// Returns the end: the place behind the last entry.
    pub fn end(&self) -> At {
        At { piece: self.pieces.len(), place: 0 }
    }

    /// Goes `n` entries on, at most to the end.
    pub fn forward(&self, at: At, n: usize) -> At {
        let At { mut piece, mut place } = at;
        let mut left = n;
        while let Some(found) = self.pieces.get(piece) {
            let here = found.entries.len() - place;
            if left < here {
                return At { piece, place: place + left };
            }
            left -= here;
            piece += 1;
            place = 0;
        }
        self.end()
    }

    /// Goes `n` entries back, at most to the first.
    pub fn back(&self, at: At, n: usize) -> At {
        let At { mut piece, mut place } = at;
        let mut left = n;
        while left > place {
            let Some(before) = piece.checked_sub(1) else { return At { piece: 0, place: 0 } };
            left -= place;
            piece = before;
            place = self.pieces[piece].entries.len();
        }
        At { piece, place: place - left }
    }

    /// Returns the entry at a place.
    pub fn get(&self, at: At) -> Option<&Entry> {
        self.pieces.get(at.piece)?.entries.get(at.place)
    }

    fn get_mut(&mut self, at: At) -> Option<&mut Entry> {
        self.pieces.as_mut_slice().get_mut(at.piece)?.entries.get_mut(at.place)
    }

    /// Returns the entries from a place on.
    pub fn from(&self, at: At) -> impl Iterator<Item = &Entry> {
        let first = self.pieces.get(at.piece).map_or(&[][..], |piece| &piece.entries[at.place..]);
        let rest = self.pieces.get(at.piece + 1..).unwrap_or(&[]);
        first.iter().chain(rest.iter().flat_map(|piece| piece.entries.iter()))
    }

    /// Returns all entries.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.pieces.iter().flat_map(|piece| piece.entries.iter())
    }

    /// Drops everything from a place on.
    pub fn truncate(&mut self, at: At) {
        if let Some(piece) = self.pieces.as_mut_slice().get_mut(at.piece) {
            piece.entries.truncate(at.place);
        }
        self.pieces.truncate(at.piece + usize::from(at.place > 0));
        self.len = self.pieces.iter().map(|piece| piece.entries.len()).sum();
    }

    /// Returns about how many bytes are used.
    pub fn bytes(&self) -> usize {
        let entries = self.pieces.iter().map(|piece| piece.entries.capacity() * size_of::<Entry>());
        self.pieces.capacity() * size_of::<Piece>() + entries.sum::<usize>()
    }
}
