//! Under which keys a row stands.
//!
//! # Invariants
//! - Rows and arguments whose columns the database takes for equal share a key. What has no key,
//!   because its value has none, reading it raises, or its elements are too many, is loose: it has
//!   to be looked at for every key.

use protocol::limits::MEMBERSHIP_ELEMENTS_MAX;
use surrealdb_types::Value;

use crate::few::Few;
use crate::plan::Path;
use crate::value::{
    self, KeyBits,
    packed::{Fields, PackedFields},
};

/// The bytes of a key: one part for each column.
pub type Key = Vec<u8>;

/// The columns of an index, in a fixed order. None at all is a good index too: one key has every
/// row.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Columns(pub Box<[Column]>);

/// One column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Column {
    /// Where it is read.
    pub path: Path,
    /// What of it is the key.
    pub part: Part,
}

/// What of a column is the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Its value.
    Whole,
    /// Each of its elements, for `CONTAINS`. At most one column of an index is such.
    Elements,
    /// Whether it is true, for a condition that is the column itself.
    Truth,
}

/// Where a row stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stand {
    /// Under these keys, sorted, each once.
    Under(Few<Key>),
    /// Under none, and so to be looked at for every one.
    Loose,
}

impl Columns {
    /// Finds where a row stands.
    pub fn stand(&self, row: PackedFields<'_>) -> Stand {
        if self.are_whole() {
            let mut key = Vec::with_capacity(64);
            let keyed = self.write(row.into(), &mut key);
            return keyed.map_or(Stand::Loose, |()| Stand::Under(Few::One(key)));
        }
        let mut parts: Vec<Vec<KeyBits>> = Vec::with_capacity(self.0.len());
        for column in &self.0 {
            let Ok(value) = value::path::get(row, &column.path) else { return Stand::Loose };
            match column.keys(value.as_ref()) {
                Some(keys) => parts.push(keys),
                None => return Stand::Loose,
            }
        }
        Stand::Under(combine(&parts).into())
    }

    /// Whether a row has at most one key.
    pub fn are_whole(&self) -> bool {
        self.0.iter().all(|column| column.part == Part::Whole)
    }

    /// Writes the one key of a row, as [`combine`] would make it.
    pub fn write(&self, row: Fields<'_>, key: &mut Key) -> Option<()> {
        key.clear();
        if let [column] = &self.0[..] {
            return column.append(row, key);
        }
        for column in &self.0 {
            let at = key.len();
            key.extend_from_slice(&[0; size_of::<u64>()]);
            column.append(row, key)?;
            let length = (key.len() - at - size_of::<u64>()) as u64;
            key[at..at + size_of::<u64>()].copy_from_slice(&length.to_be_bytes());
        }
        Some(())
    }
}

impl Column {
    fn append(&self, row: Fields<'_>, key: &mut Key) -> Option<()> {
        let place = match row {
            Fields::Packed(row) => value::path::place(row, &self.path),
            Fields::Object(_) => None,
        };
        match place {
            Some(place) => KeyBits::append_packed(place, key),
            None => KeyBits::append(value::path::get(row, &self.path).ok()?.as_ref(), key),
        }
    }

    fn keys(&self, value: &Value) -> Option<Vec<KeyBits>> {
        match self.part {
            Part::Whole => KeyBits::of(value).map(|key| vec![key]),
            Part::Truth => KeyBits::of(&Value::Bool(value::truthy(value))).map(|key| vec![key]),
            Part::Elements => match value {
                Value::Array(list) => distinct(list.iter()),
                Value::Set(set) => distinct(set.iter()),
                // Nothing is contained in these.
                Value::None | Value::Null | Value::Bool(_) | Value::Number(_) => Some(Vec::new()),
                // On a text it means substring, and the like.
                _ => None,
            },
        }
    }
}

/// Returns the keys of a list's elements, sorted, each once; `None` where one has none, or they are
/// too many.
pub fn distinct<'a>(elements: impl Iterator<Item = &'a Value>) -> Option<Vec<KeyBits>> {
    let mut keys = elements.map(KeyBits::of).collect::<Option<Vec<KeyBits>>>()?;
    keys.sort_unstable();
    keys.dedup();
    (keys.len() <= MEMBERSHIP_ELEMENTS_MAX).then_some(keys)
}

/// Returns every key that has one of each column's.
pub fn combine(parts: &[Vec<KeyBits>]) -> Vec<Key> {
    if let [single] = parts {
        return single.iter().map(|key| key.as_bytes().to_vec()).collect();
    }
    let mut keys: Vec<Vec<u8>> = vec![Vec::new()];
    for part in parts {
        let longer = |key: &Vec<u8>| {
            let key = key.clone();
            part.iter().map(move |bits| {
                let bytes = bits.as_bytes();
                let mut key = key.clone();
                key.extend((bytes.len() as u64).to_be_bytes());
                key.extend(bytes);
                key
            })
        };
        keys = keys.iter().flat_map(longer).collect();
    }
    keys
}
