//! `spky`: what a developer types.
//!
//! [`server`] carries the database, [`dev`] runs a project, [`watch`] shows a query live, [`explain`] says what would
//! become of it, [`scenario`] runs transcripts. For who operates it: [`doctor`] says what is
//! wrong, [`status`] how it is, [`verify`] whether it is right, [`uninstall`] takes it off again.
//!
//! # Absent on purpose
//! No decision about views: those are crate `view`'s, and the processor's.

pub mod args;
pub mod caret;
pub mod connection;
pub mod dev;
pub mod doctor;
pub mod explain;
pub mod failure;
pub mod parameters;
pub mod processor;
pub mod rehearse;
pub mod running;
pub mod scenario;
pub mod schema;
pub mod screen;
pub mod server;
pub mod settings;
pub mod status;
pub mod uninstall;
pub mod verify;
pub mod watch;
