//! Random cases, by seed: definitions, users, rows, views and changes, as a scenario.
//!
//! The ladder: every [skeleton](skeletons) of a plan, every [pair](pairs) of features, the [swarm](features), and its
//! random tail. A [`Case`] is a list of parts that can be left out one by one, so that a failure shrinks ([`shrink()`])
//! and prints itself as a `.view` file.
//!
//! # Invariants
//! - The same seed makes the same case.
//! - Values come from a small pool, so that rows meet conditions, and each other, often.

pub mod case;
pub mod choices;
pub mod condition;
pub mod draw;
pub mod features;
pub mod groups;
pub mod pairs;
pub mod pairwise;
pub mod phases;
pub mod query;
pub mod shrink;
pub mod skeletons;
pub mod subqueries;
pub mod values;

pub use case::Case;
pub use draw::draw;
pub use shrink::shrink;

use rand::SeedableRng;
use rand::rngs::StdRng;

/// The source of chance of one seed.
pub fn chance(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}
