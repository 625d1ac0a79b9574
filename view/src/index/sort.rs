//! The first 128 bits of an entry's place in an order.
//!
//! Comparing two rows by value means to read both; a step makes some twenty comparisons, most of
//! them with rows that are in no cache. So every entry begins with a number that decides nearly all
//! of them.
//!
//! # Invariants
//! - Monotone: a smaller number is an earlier place. Equal numbers say nothing; then the values
//!   decide.
//! - Behind a key whose bits do not name its value exactly, nothing follows.

use surrealdb_types::{Number, RecordIdKey, Value};

use crate::plan::Collation;
use crate::value::{self, address::Key, packed::PackedKey};

/// The leading bits of a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SortKey([u64; 2]);

/// Gathers the bits of one key after the other.
#[derive(Debug, Default)]
pub struct Gather {
    bits: u128,
    used: u32,
    full: bool,
}

impl SortKey {
    /// Returns the first half of the bits.
    pub fn leading(self) -> u64 {
        self.0[0]
    }
}

const KIND_BITS: u32 = 5;
/// The rank of texts.
const TEXT: u8 = 4;

impl SortKey {
    /// Returns the leading bits of one value by itself, ascending.
    pub fn of(value: &Value) -> SortKey {
        let mut gather = Gather::default();
        gather.value(value, false);
        gather.done()
    }
}

impl Gather {
    /// Appends the bits of one order key.
    pub fn value(&mut self, value: &Value, descending: bool) {
        self.kind(value::rank(value), descending);
        match value {
            Value::None | Value::Null => {}
            Value::Bool(value) => self.push(u128::from(*value), 1, descending),
            Value::Number(value) => self.number(value, descending),
            Value::String(value) => self.text(value.as_bytes(), descending),
            Value::Duration(value) => {
                self.push(u128::from(value.as_secs()), 64, descending);
                self.push(u128::from(value.subsec_nanos()), 30, descending);
            }
            Value::Datetime(value) => {
                let value = value.into_inner();
                // Every datetime lies within 2^43 seconds of 1970; a leap second has up to 2 × 10^9
                // nanoseconds.
                let second = (value.timestamp() + (1 << 43)).unsigned_abs();
                self.push(u128::from(second), 44, descending);
                self.push(u128::from(value.timestamp_subsec_nanos()), 31, descending);
            }
            Value::Uuid(value) => {
                self.push(value.into_inner().as_u128(), 128, descending);
            }
            _ => self.full = true,
        }
    }

    /// Appends the bits of one order key whose texts are compared in some way.
    pub fn collated(&mut self, value: &Value, collation: Collation, descending: bool) {
        let text = match (value, collation) {
            (Value::String(text), Collation::Lexical) => Some(text),
            (Value::String(_), Collation::Natural | Collation::NaturalLexical) => None,
            (value, _) => return self.value(value, descending),
        };
        self.kind(TEXT, descending);
        if let Some(text) = text {
            self.push(value::lexical_bits(text), value::LEXICAL_BITS, descending);
        }
        self.full = true;
    }

    /// Appends the bits of an order key that is a text.
    pub fn whole_text(&mut self, text: &[u8], descending: bool) {
        self.kind(TEXT, descending);
        self.text(text, descending);
    }

    fn kind(&mut self, rank: u8, descending: bool) {
        self.push(u128::from(rank), KIND_BITS, descending);
    }

    /// Appends the bits of the id's key, which breaks ties, and returns the sum.
    pub fn tie(mut self, key: &PackedKey<'_>) -> SortKey {
        match key {
            PackedKey::Number(key) => {
                self.push(0, 3, false);
                self.push(u128::from((*key as u64) ^ (1 << 63)), 64, false);
            }
            PackedKey::Text(key) => {
                self.push(1, 3, false);
                self.text(key, false);
            }
            PackedKey::Uuid(key) => {
                self.push(2, 3, false);
                self.push(u128::from_be_bytes(*key), 128, false);
            }
            PackedKey::Other(Key(key)) => match key.as_ref() {
                RecordIdKey::Object(_) => self.push(4, 3, false),
                RecordIdKey::Range(_) => self.push(5, 3, false),
                _ => self.push(3, 3, false),
            },
        }
        self.done()
    }

    fn done(self) -> SortKey {
        SortKey([(self.bits >> 64) as u64, self.bits as u64])
    }

    /// The greatest float that is not above the number, and whether the number lies above it.
    fn number(&mut self, number: &Number, descending: bool) {
        let (floor, above) = match number {
            Number::Float(value) => (if *value == 0.0 { 0.0 } else { *value }, false),
            Number::Int(value) if value.unsigned_abs() <= 1 << 53 => (*value as f64, false),
            Number::Int(value) => floor(number, *value as f64),
            Number::Decimal(value) => {
                floor(number, f64::try_from(*value).unwrap_or(f64::NEG_INFINITY))
            }
        };
        let bits = floor.to_bits();
        let sortable = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
        self.push(u128::from(sortable), 64, descending);
        self.push(u128::from(above), 1, descending);
        self.full |= above;
    }

    /// A text ends before every longer one: in the bits as if zeros followed.
    fn text(&mut self, text: &[u8], descending: bool) {
        let mut bytes = [0; 16];
        let length = text.len().min(bytes.len());
        bytes[..length].copy_from_slice(&text[..length]);
        self.push(u128::from_be_bytes(bytes), 128, descending);
        self.full = true;
    }

    /// Appends `width` bits; what does not fit is cut off, and nothing follows it.
    fn push(&mut self, bits: u128, width: u32, descending: bool) {
        if self.full {
            return;
        }
        let mask = if width == 128 { u128::MAX } else { (1 << width) - 1 };
        let bits = if descending { !bits & mask } else { bits };
        let left = 128 - self.used;
        if width <= left {
            self.bits |= bits << (left - width);
            self.used += width;
        } else {
            self.bits |= bits >> (width - left);
            self.used = 128;
        }
        self.full |= self.used == 128;
    }
}

fn floor(number: &Number, near: f64) -> (f64, bool) {
    let mut floor = near;
    for _ in 0..8 {
        match number.cmp(&Number::Float(floor)) {
            std::cmp::Ordering::Less => floor = floor.next_down(),
            std::cmp::Ordering::Equal => return (floor, false),
            std::cmp::Ordering::Greater => return (floor, true),
        }
    }
    (floor, true)
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use surrealdb_types::{Object, RecordId, Value};

    use super::{Gather, SortKey};
    use crate::value::address::compare_addresses;
    use crate::value::packed::{Packed, Packer};
    use crate::value::{compare, compare_as, samples};

    fn key(values: &[(&Value, bool)], id: &RecordId) -> SortKey {
        let mut gather = Gather::default();
        values.iter().for_each(|(value, descending)| gather.value(value, *descending));
        let mut packer = Packer::default();
        let (bytes, kept) = packer.pack(id, &Object::new());
        gather.tie(&Packed::new(bytes, &kept).key())
    }

    fn order(a: &Value, b: &Value, descending: bool) -> Ordering {
        if descending { compare(b, a) } else { compare(a, b) }
    }

    #[test]
    fn a_smaller_key_is_an_earlier_place() {
        let values = samples::all();
        let id = RecordId::new("t", 1);
        let mut decided = 0;
        for a in &values {
            for b in &values {
                for descending in [false, true] {
                    let (x, y) = (key(&[(a, descending)], &id), key(&[(b, descending)], &id));
                    let expected = order(a, b, descending);
                    if x != y {
                        decided += 1;
                        assert_eq!(x.cmp(&y), expected, "{a:?} {b:?} {descending}");
                    }
                }
            }
        }
        assert!(decided > values.len() * values.len(), "nearly all are decided");
    }

    #[test]
    fn a_smaller_key_is_an_earlier_place_however_texts_are_compared() {
        let bits = |value: &Value, collation, descending| {
            let mut gather = Gather::default();
            gather.collated(value, collation, descending);
            gather.done()
        };
        let texts = samples::texts();
        let mut decided = 0;
        for collation in samples::COLLATIONS {
            for (a, b) in texts.iter().flat_map(|a| texts.iter().map(move |b| (a, b))) {
                for descending in [false, true] {
                    let (x, y) = (bits(a, collation, descending), bits(b, collation, descending));
                    let expected = compare_as(collation, a, b);
                    let expected = if descending { expected.reverse() } else { expected };
                    decided += usize::from(x != y);
                    assert!(x == y || x.cmp(&y) == expected, "{a:?} {b:?} {collation:?}");
                }
            }
        }
        assert!(
            decided > texts.len() * texts.len(),
            "most of what COLLATE alone compares is decided"
        );
    }

    #[test]
    fn a_second_key_decides_only_where_the_first_is_equal() {
        let values: Vec<Value> = samples::all().into_iter().collect();
        let (one, two) = (RecordId::new("t", 1), RecordId::new("t", "two"));
        for a in &values {
            for b in &values {
                for second in [&Value::Bool(false), &Value::Bool(true)] {
                    for descending in [false, true] {
                        let x = key(&[(a, descending), (second, !descending)], &two);
                        let y = key(&[(b, descending), (&Value::Bool(true), !descending)], &one);
                        let expected = order(a, b, descending)
                            .then_with(|| order(second, &Value::Bool(true), !descending))
                            .then_with(|| compare_addresses(&two, &one));
                        assert!(x == y || x.cmp(&y) == expected, "{a:?} {b:?} {second:?}");
                    }
                }
            }
        }
    }
}
