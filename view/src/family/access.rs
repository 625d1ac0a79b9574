//! From a family's arms and a view's arguments to the keys that its rows are found by.
//!
//! # Invariants
//! - An argument that has no key, as a regex, a range, a text that is searched in, or a list that
//!   is too long, makes its key a residual for this view: the arm is then looked for without it.

use surrealdb_types::Value;

use super::normal::{Arm, Key, Sought};
use crate::index::columns::{combine, distinct};
use crate::index::{Bound, Column, Columns, SortKey};
use crate::router::Path;
use crate::value::{self, KeyBits};

/// How a view's rows are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// In which indexes, under which keys.
    pub paths: Vec<Path>,
    /// Whether the rows under the keys are just the view's rows: one key, exact, and nothing left
    /// to evaluate.
    pub exact: bool,
}

static TRUE: Value = Value::Bool(true);
static FALSE: Value = Value::Bool(false);

/// Finds a view's keys.
pub fn paths(arms: &[Arm], args: &[Value]) -> Reach {
    let of = |slot: crate::plan::Slot| &args[usize::from(slot.0)];
    let sought = |key: &Key| match key.sought {
        Sought::Argument(slot) => of(slot),
        Sought::Truth(holds) => {
            if holds {
                &TRUE
            } else {
                &FALSE
            }
        }
    };
    let alive = |arm: &&Arm| arm.conditions.iter().all(|slot| value::truthy(of(*slot)));
    let mut paths: Vec<Path> = Vec::new();
    let mut exact = true;
    for arm in arms.iter().filter(alive) {
        exact &= arm.residual.is_empty();
        let mut columns: Vec<Column> = Vec::new();
        let mut parts: Vec<Vec<KeyBits>> = Vec::new();
        // Without one key whose column may raise, no other such key finds the rows that raise.
        let blocked = arm.keys.iter().any(|key| key.fallible && keys(key, sought(key)).is_none());
        for key in &arm.keys {
            let arg = sought(key);
            match keys(key, arg) {
                Some(keys) if !(blocked && key.fallible) => {
                    columns.push(key.column.clone());
                    exact &= if key.many { elements_exact(arg) } else { KeyBits::exact(arg) };
                    parts.push(keys);
                }
                _ => exact = false,
            }
        }
        let (columns, keys) = (Columns(columns.into()), combine(&parts));
        let bound = arm.range.as_ref().map(|range| {
            let at = SortKey::of(of(range.slot));
            Box::new(Bound { border: range.border.clone(), at })
        });
        match paths.iter_mut().find(|path| path.columns == columns) {
            Some(path) => {
                path.keys.extend(keys);
                path.bound.take_if(|known| Some(&*known) != bound.as_ref());
            }
            None => paths.push(Path { columns, keys, bound }),
        }
    }
    if let Some(everything) = paths.iter().position(|path| path.columns.0.is_empty()) {
        let alone = paths.len() == 1;
        let mut everything = paths.swap_remove(everything);
        everything.bound.take_if(|_| !alone);
        paths = vec![everything];
    }
    for path in &mut paths {
        path.keys.sort_unstable();
        path.keys.dedup();
    }
    paths.retain(|path| !path.keys.is_empty());
    exact &= paths.len() == 1 && paths[0].keys.len() == 1;
    Reach { paths, exact }
}

fn keys(key: &Key, arg: &Value) -> Option<Vec<KeyBits>> {
    match (key.many, arg) {
        (false, arg) => KeyBits::of(arg).map(|bits| vec![bits]),
        (true, Value::Array(list)) => distinct(list.iter()),
        (true, Value::Set(set)) => distinct(set.iter()),
        (true, _) => None,
    }
}

fn elements_exact(arg: &Value) -> bool {
    match arg {
        Value::Array(list) => list.iter().all(KeyBits::exact),
        Value::Set(set) => set.iter().all(KeyBits::exact),
        _ => false,
    }
}
