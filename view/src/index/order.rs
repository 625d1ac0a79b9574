//! The order of an index or a window: ORDER BY's keys, then the id, ascending.
//!
//! # Invariants
//! - What cannot be placed, because a key raises, has no [`Entry`].
//! - Entries of one record with equal keys are at one place, whatever else their images hold.

use std::cmp::Ordering;
use std::sync::Arc;

use surrealdb_types::{Number, Value};

use super::sort::{Gather, SortKey};
use crate::eval;
use crate::fault::Fault;
use crate::plan::{Collation, Expr, OrderKey, Slot};
use crate::row::Row;
use crate::value;
use crate::value::packed::{Glance, Place};

/// A row at its place.
#[derive(Clone, Debug)]
pub struct Entry {
    sort: SortKey,
    /// The row.
    pub row: Row,
}

/// What places rows.
#[derive(Clone, Debug, Default)]
pub struct Order {
    keys: Arc<[OrderKey<Slot>]>,
    /// What the keys' slots name; none in an index, which knows no view.
    args: Arc<[Value]>,
}

impl Order {
    /// The order by id alone.
    pub fn by_id() -> Order {
        Order::default()
    }

    /// An order by keys.
    pub fn new(keys: Arc<[OrderKey<Slot>]>, args: Arc<[Value]>) -> Order {
        Order { keys, args }
    }

    /// Returns the keys.
    pub fn keys(&self) -> &Arc<[OrderKey<Slot>]> {
        &self.keys
    }

    /// Whether the keys are the same for every view: only then an index can have them.
    pub fn shareable(keys: &[OrderKey<Slot>]) -> bool {
        let mut shareable = true;
        for key in keys {
            key.key.walk(&mut |expr| shareable &= !matches!(expr, Expr::Leaf(_)));
        }
        shareable
    }

    /// Finds a row's place.
    pub fn place(&self, row: &Row) -> Result<Entry, Fault> {
        let mut gather = Gather::default();
        for key in self.keys.iter() {
            match glance(key, row) {
                Glance::Int(value) => {
                    gather.value(&Value::Number(Number::Int(value)), key.descending);
                }
                Glance::Text(text) if key.collation == Collation::Bytes => {
                    gather.whole_text(text, key.descending);
                }
                Glance::Text(_) | Glance::Record(..) | Glance::Other => {
                    let value = self.read(key, row)?;
                    gather.collated(value.as_ref(), key.collation, key.descending);
                }
            }
        }
        Ok(Entry { sort: gather.tie(&row.key()), row: row.clone() })
    }

    /// Compares two places.
    pub fn compare(&self, a: &Entry, b: &Entry) -> Ordering {
        a.sort.cmp(&b.sort).then_with(|| self.compare_rows(&a.row, &b.row))
    }

    fn compare_rows(&self, a: &Row, b: &Row) -> Ordering {
        if a == b {
            return Ordering::Equal;
        }
        self.compare_keys(a, b).then_with(|| a.record().compare_ids(b.record()))
    }

    /// Compares two rows by the keys alone.
    pub fn compare_keys(&self, a: &Row, b: &Row) -> Ordering {
        for key in self.keys.iter() {
            let (Ok(x), Ok(y)) = (self.read(key, a), self.read(key, b)) else {
                continue;
            };
            let order = value::compare_as(key.collation, x.as_ref(), y.as_ref());
            let order = if key.descending { order.reverse() } else { order };
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    }

    fn read<'a>(
        &'a self,
        key: &'a OrderKey<Slot>,
        row: &'a Row,
    ) -> Result<std::borrow::Cow<'a, Value>, Fault> {
        eval::eval(&key.key, row.content(), &self.args)
    }
}

/// Looks at a key that is a plain column.
fn glance<'a>(key: &OrderKey<Slot>, row: &'a Row) -> Glance<'a> {
    match &key.key {
        Expr::Field(path) | Expr::Stored(path) => {
            value::path::place(row.content(), path).map_or(Glance::Other, Place::glance)
        }
        _ => Glance::Other,
    }
}

impl Entry {
    /// Returns the leading bits of the place.
    pub fn sort(&self) -> SortKey {
        self.sort
    }
}
