//! The one door to the database: everything that is said to SurrealDB is said here.
//!
//! [`connection`] speaks, [`capture`] listens, [`schema`] reads the definitions, [`meta`] makes ours, [`writer`] and
//! [`edge`] write.
//!
//! # Absent on purpose
//! No other crate names the database's client. Nothing here decides what a view answers: see crate `view`.

pub mod capture;
pub mod connection;
pub mod edge;
pub mod error;
mod literal;
pub mod mark;
pub mod meta;
pub mod names;
pub mod query_row;
pub mod rows;
pub mod schema;
mod structure;
pub mod sweep;
pub mod user_table;
pub mod versions;
pub mod writer;

pub use connection::{Bearer, Database, Live, Missing, Options, Told, Transaction, vars};
pub use error::Error;
