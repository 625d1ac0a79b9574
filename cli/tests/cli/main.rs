//! `spky` as its user meets it: the binary, its exit codes, what it prints, and the database inside.

mod dev;
mod doctor;
mod explain;
mod operator;
mod schema;
mod server;
mod support;
mod usage;
mod verify;
mod watch;
