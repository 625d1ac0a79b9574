//! What anybody may send us, thrown at what reads it.
//!
//! A target takes any bytes, lets the code that a client can reach read them, and asserts what must hold of every
//! outcome. The suite replays through them what was kept in `corpus`, what once broke in `regressions`, and some of what
//! [`draw`] makes of these; `make fuzz` draws more.
//!
//! # Absent on purpose
//! The database: what is said to it is the concern of tests that have one. Its parser, operators and functions are
//! here, linked, as a processor has them.

pub mod answer;
pub mod cbor;
pub mod draw;
pub mod query;
pub mod replay;
pub mod scenario;
pub mod seeds;
pub mod values;
pub mod wire;

mod world;
