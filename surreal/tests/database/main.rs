//! The door to the database, tried against the real server. One binary, because linking is the budget.

mod capture;
mod connection;
mod edge;
mod follower;
mod meta;
mod order;
mod people;
mod schema;
mod support;
mod sweep;
