//! The database's server, as one call.
//!
//! A binary that carries SurrealDB executes itself again and calls [`run`] in the child, so that the
//! server has its own stack size, its own signals, and can be killed without taking anybody along.
//!
//! # Absent on purpose
//! Everything else. The server's futures are instantiated in this crate, which costs minutes of
//! compile time whenever it changes; so it never does.

#![recursion_limit = "512"]

use std::process::ExitCode;

/// Runs the SurrealDB server with the arguments of this process, as if it were the `surreal` binary,
/// until a signal ends it.
pub fn run() -> ExitCode {
    surrealdb_server::init(surrealdb_core::CommunityComposer())
}
