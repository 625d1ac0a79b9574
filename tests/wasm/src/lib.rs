//! The engine as a browser has it: without the database's parser, operators and functions.
//!
//! The host makes plans, because it has the parser, and writes down what it told its engine: a [`tape`]. The module
//! plays the tape on an engine of its own and prints what that said. Both printed texts must be equal.
//!
//! # Absent on purpose
//! No binding generator: three exported names and the module's memory are the whole of it (`door`).

#[cfg(target_arch = "wasm32")]
mod door;
mod print;
pub mod tape;
