//! Which windows a commit concerns, for one table.
//!
//! # Invariants
//! - What it costs depends on the indexes of the table and on the windows that are concerned, never
//!   on the windows that exist.
//! - Candidates come sorted by window, then by transition, each pair once; each is then judged by
//!   the exact predicate.

use std::collections::HashMap;

use protocol::limits::INDEXES_PER_TABLE_MAX;
use protocol::{Code, Problem};
use surrealdb_types::RecordId;

use crate::few::Few;
use crate::index::{Bound, Columns, Index, Key, Order, Touch};
use crate::row::Row;
use crate::store::Transition;
use crate::value::{address::Address, packed::Fields};

/// The indexes of one table, and who watches single records of it.
#[derive(Debug, Default)]
pub struct Router {
    indexes: Vec<Option<Index>>,
    watched: HashMap<Address, Vec<u32>>,
    /// For each index, the key of the row that is coming; kept only for its memory.
    aims: Vec<Key>,
}

/// Where a window finds its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The index.
    pub index: usize,
    /// The order in it; `None` only routes.
    pub slot: Option<usize>,
    /// The keys, sorted, each once.
    pub keys: Few<Key>,
    /// What of the rows under the keys it hears of; all where there is none.
    pub bound: Option<Box<Bound>>,
}

/// What an [`Access`] is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The columns.
    pub columns: Columns,
    /// The keys, sorted, each once.
    pub keys: Vec<Key>,
    /// What of the rows under the keys can be among the window's.
    pub bound: Option<Box<Bound>>,
}

impl Router {
    /// Opens the way to a window's rows and subscribes it to them. Indexes that do not exist yet
    /// are made from `rows`.
    pub fn open<'a, I: Iterator<Item = &'a Row>>(
        &mut self,
        window: u32,
        paths: Vec<Path>,
        order: Option<&Order>,
        rows: impl Fn() -> I,
    ) -> Result<Few<Access>, Problem> {
        self.admit(&paths, order)?;
        let mut ways = Vec::with_capacity(paths.len());
        for Path { columns, keys, bound } in paths {
            let at = self.index_over(columns);
            let index = self.indexes[at].as_mut().expect("an index that was just found");
            let slot = order.map(|order| index.open(order, rows()));
            keys.iter().for_each(|key| index.subscribe(key.clone(), window, bound.as_deref()));
            ways.push(Access { index: at, slot, keys: keys.into(), bound });
        }
        Ok(ways.into())
    }

    /// Refuses what would need more indexes than a table may have.
    fn admit(&self, paths: &[Path], order: Option<&Order>) -> Result<(), Problem> {
        let made = |path: &&Path| {
            let index =
                self.indexes.iter().flatten().find(|index| *index.columns() == path.columns);
            match (index, order) {
                (None, _) => true,
                (Some(index), Some(order)) => index.slot_of(order).is_none(),
                (Some(_), None) => false,
            }
        };
        let wanted = paths.iter().filter(made).count();
        if wanted == 0 || self.orders() + wanted <= INDEXES_PER_TABLE_MAX {
            return Ok(());
        }
        let message = format!("the table would need more than {INDEXES_PER_TABLE_MAX} indexes");
        Err(Problem::new(Code::LimitExceeded, message)
            .hint("use fewer different combinations of keys and ORDER BY on one table"))
    }

    /// Returns how many orders there are; an index that only routes counts as one.
    pub fn orders(&self) -> usize {
        self.indexes.iter().flatten().map(|index| index.orders().max(1)).sum()
    }

    fn index_over(&mut self, columns: Columns) -> usize {
        let same = |index: &Option<Index>| index.as_ref().is_some_and(|i| *i.columns() == columns);
        if let Some(at) = self.indexes.iter().position(same) {
            return at;
        }
        let free = self.indexes.iter().position(Option::is_none);
        let at = free.unwrap_or_else(|| {
            self.indexes.push(None);
            self.indexes.len() - 1
        });
        self.indexes[at] = Some(Index::new(columns));
        at
    }

    /// A window ends.
    pub fn close(&mut self, window: u32, ways: &[Access]) {
        for way in ways {
            let Some(index) = self.indexes[way.index].as_mut() else { continue };
            let bound = way.bound.as_deref();
            way.keys.iter().for_each(|key| index.unsubscribe(key, window, bound));
            if let Some(slot) = way.slot {
                index.close(slot);
            }
            if index.is_unused() {
                self.indexes[way.index] = None;
            }
        }
    }

    /// Returns an index that a window uses.
    pub fn index(&self, at: usize) -> &Index {
        self.indexes[at].as_ref().expect("a window uses this index")
    }

    /// A window wants to hear of a record, whatever its keys.
    pub fn watch(&mut self, record: &RecordId, window: u32) {
        self.watched.entry(Address(record.clone())).or_default().push(window);
    }

    /// It no longer does.
    pub fn unwatch(&mut self, record: &RecordId, window: u32) {
        let record = Address(record.clone());
        let Some(windows) = self.watched.get_mut(&record) else { return };
        if let Some(at) = windows.iter().position(|known| *known == window) {
            windows.swap_remove(at);
        }
        if windows.is_empty() {
            self.watched.remove(&record);
        }
    }

    /// Finds the keys of a row that is coming, for [`Router::read_ahead`].
    pub fn aim(&mut self, row: Fields<'_>) {
        self.aims.resize_with(self.indexes.len(), Key::new);
        for (index, aim) in self.indexes.iter().zip(&mut self.aims) {
            match index.as_ref().map(Index::columns) {
                Some(columns) if columns.are_whole() => drop(columns.write(row, aim)),
                _ => aim.clear(),
            }
        }
    }

    /// Reads ahead where the row that is coming will stand. Returns a window that it may concern.
    pub fn read_ahead(&self) -> Option<u32> {
        let indexes = self.indexes.iter().zip(&self.aims);
        let windows = indexes.filter_map(|(index, key)| index.as_ref()?.read_ahead(key));
        windows.fold(None, |_, window| Some(window))
    }

    /// The windows have stepped: what was kept of the commit for them goes.
    pub fn settle(&mut self) {
        self.indexes.iter_mut().flatten().for_each(Index::forget_placed);
    }

    /// Moves the rows of a commit in the indexes, and returns whom each concerns.
    pub fn apply(&mut self, transitions: &[Transition]) -> Vec<Touch> {
        let mut touched = Vec::new();
        for index in self.indexes.iter_mut().flatten() {
            index.apply(transitions, &mut touched);
        }
        if !self.watched.is_empty() {
            for (number, transition) in transitions.iter().enumerate() {
                let watching =
                    self.watched.get(&Address(transition.row().id())).into_iter().flatten();
                touched.extend(watching.map(|window| Touch {
                    window: *window,
                    transition: number,
                    old: false,
                    new: false,
                }));
            }
        }
        touched.sort_unstable();
        touched.dedup_by(|next, first| {
            let same = (next.window, next.transition) == (first.window, first.transition);
            if same {
                first.old |= next.old;
                first.new |= next.new;
            }
            same
        });
        touched
    }
}
