//! Reading the fields of a record, however it is held.

use std::borrow::Cow;

use surrealdb_types::{Object, Value};

use super::read::Reader;
use super::{PackedKey, tag};

/// The fields of a record: the map that the reference evaluator has, or packed ones, as the engine has them.
#[derive(Clone, Copy, Debug)]
pub enum Fields<'a> {
    /// A map.
    Object(&'a Object),
    /// Packed.
    Packed(PackedFields<'a>),
}

impl<'a> From<&'a Object> for Fields<'a> {
    fn from(object: &'a Object) -> Fields<'a> {
        Fields::Object(object)
    }
}

impl<'a> From<PackedFields<'a>> for Fields<'a> {
    fn from(packed: PackedFields<'a>) -> Fields<'a> {
        Fields::Packed(packed)
    }
}

impl Fields<'_> {
    /// Returns all of them.
    pub fn object(self) -> Object {
        match self {
            Fields::Object(object) => object.clone(),
            Fields::Packed(fields) => fields.object(),
        }
    }
}

/// The fields of a packed object.
#[derive(Clone, Copy, Debug)]
pub struct PackedFields<'a>(pub(super) Reader<'a>);

/// A packed value, not yet read.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a>(Reader<'a>);

/// What of a packed value is had without reading it whole.
#[derive(Clone, Debug)]
pub enum Glance<'a> {
    /// An integer.
    Int(i64),
    /// A text's bytes.
    Text(&'a [u8]),
    /// A record's table and key.
    Record(&'a [u8], PackedKey<'a>),
    /// Anything else.
    Other,
}

impl<'a> PackedFields<'a> {
    /// Returns all of them.
    pub fn object(self) -> Object {
        Reader::object(&mut self.0.clone())
    }

    /// Returns a field's value.
    pub fn get(self, name: &str) -> Option<Cow<'a, Value>> {
        self.place(name).map(Place::value)
    }

    /// Finds a field: by a binary search over the names.
    pub fn place(self, name: &str) -> Option<Place<'a>> {
        let mut reader = self.0;
        let (count, width) = reader.fields();
        let ends = reader.take(count * width);
        let start = |at: usize| match at.checked_sub(1) {
            Some(before) if width == 2 => {
                usize::from(u16::from_le_bytes([ends[2 * before], ends[2 * before + 1]]))
            }
            Some(before) => {
                let end = ends[4 * before..4 * before + 4].try_into().expect("four bytes");
                u32::from_le_bytes(end) as usize
            }
            None => 0,
        };
        let (mut from, mut until) = (0, count);
        while from < until {
            let middle = from.midpoint(until);
            let mut field = Reader { left: &reader.left[start(middle)..], ..reader };
            match field.slice().cmp(name.as_bytes()) {
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Equal => return Some(Place(field)),
                std::cmp::Ordering::Greater => until = middle,
            }
        }
        None
    }
}

impl<'a> Place<'a> {
    /// Reads the value.
    pub fn value(self) -> Cow<'a, Value> {
        Reader::value(&mut self.0.clone())
    }

    /// Looks at the value: what is most often asked for costs nothing then.
    pub fn glance(self) -> Glance<'a> {
        let mut reader = self.0;
        match reader.byte() {
            tag::INT => Glance::Int(i64::from_le_bytes(reader.fixed())),
            tag::TEXT => Glance::Text(reader.slice()),
            tag::RECORD => Glance::Record(reader.slice(), reader.packed_key()),
            tag::OWN => {
                let mut own = Reader { left: reader.own, ..reader };
                Glance::Record(own.slice(), own.packed_key())
            }
            _ => Glance::Other,
        }
    }

    /// Returns its fields, if it is an object.
    pub fn fields(self) -> Option<PackedFields<'a>> {
        let mut reader = self.0;
        (reader.byte() == tag::OBJECT).then_some(PackedFields(reader))
    }
}
