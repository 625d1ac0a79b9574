//! Relational circuits (design D4): groups, kept by `dbsp`.
//!
//! The one crate that names `dbsp`, and the only thing that it does with it. [`Relational`] is what an engine is given; it
//! owns a thread on which every circuit lives.
//!
//! # Invariants
//! - A circuit is fed the very images that it is to hold: what leaves it is the handle that entered (mechanism M17).
//! - What is evaluated inside of a circuit never panics: it would leave the circuit undefined.
//!
//! # Absent on purpose
//! Predicates, keys and permissions: the engine's router and families decide which rows a window has, so that a circuit
//! holds only rows that some view demands. Storage, checkpoints and more than one worker.

mod circuit;
mod fold;
mod relational;
#[cfg(test)]
mod tests;
mod thread;
mod total;
mod traits;

pub use relational::Relational;
