//! One processor on a real database. One binary, because linking is the budget.

#![allow(clippy::unwrap_used)]

mod api;
mod audits;
mod clock;
mod computed;
mod definitions;
mod events;
mod groups;
mod guarding;
mod hostile;
mod ingest;
mod otlp;
mod outage;
mod people;
mod posted_only;
mod pressure;
mod program;
mod registration;
mod restarts;
mod routes;
mod support;
mod sweep;
mod switching;
