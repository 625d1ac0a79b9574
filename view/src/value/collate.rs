//! The database's order of texts under `COLLATE` and `NUMERIC`.
//!
//! The comparing functions are those that the database calls, of the crate that it takes them from. Only two texts are
//! compared so: a list of texts is compared by their bytes, a text and a number by their kinds.
//!
//! # Invariants
//! - Antisymmetric and transitive over texts; two texts that compare as equal without being the same are possible
//!   under `NUMERIC` alone, where numbers of more than 19 digits wrap around.

use std::cmp::Ordering;

use surrealdb_types::Value;

use super::compare;
use crate::plan::Collation;

/// Bits of one [`lexical_bits`] letter: whether it is alphanumeric, then its code point.
const LETTER_BITS: u32 = 22;
/// How many letters there are room for.
const LETTERS: u32 = 5;
/// The width of [`lexical_bits`].
pub const LEXICAL_BITS: u32 = LETTER_BITS * LETTERS;

/// Compares two values as ORDER BY does.
pub fn compare_as(collation: Collation, a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::String(a), Value::String(b)) => match collation {
            Collation::Bytes => a.cmp(b),
            Collation::Lexical => lexicmp::lexical_cmp(a, b),
            Collation::Natural => lexicmp::natural_cmp(a, b),
            Collation::NaturalLexical => lexicmp::natural_lexical_cmp(a, b),
        },
        (a, b) => compare(a, b),
    }
}

/// Returns the first letters of a text as `COLLATE` orders them: smaller bits are an earlier text, equal bits say
/// nothing. A text ends before every longer one.
pub(crate) fn lexical_bits(text: &str) -> u128 {
    let mut letters = lexicmp::iter::iterate_lexical(text);
    (0..LETTERS).fold(0, |bits, _| {
        let letter = letters.next().map_or(0, |letter| {
            u128::from(letter.is_alphanumeric()) << 21 | u128::from(u32::from(letter))
        });
        bits << LETTER_BITS | letter
    })
}
