//! Random cases, by seed: definitions, users, rows, views and changes, as a scenario.
//!
//! A [`Case`] is a list of parts that can be left out one by one, so that a failure shrinks ([`shrink()`]) and prints
//! itself as a `.view` file.
//!
//! # Invariants
//! - The same seed makes the same case.
//! - Values come from a small pool, so that rows meet conditions, and each other, often.

pub mod case;
pub mod query;
pub mod shrink;
pub mod values;

pub use case::Case;
pub use shrink::shrink;

use rand::SeedableRng;
use rand::rngs::StdRng;

/// The source of chance of one seed.
pub fn chance(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}
