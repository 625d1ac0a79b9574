//! The door to the database, tried against the real server. One binary, because linking is the budget.

#![allow(clippy::unwrap_used, reason = "a test says by panicking what did not hold")]

mod audits;
mod capture;
mod connection;
mod edge;
mod follower;
mod hostile;
mod meta;
mod order;
mod people;
mod schema;
mod support;
mod sweep;
