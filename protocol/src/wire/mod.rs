//! The bodies that cross HTTP, as JSON for outsiders.
//!
//! # Invariants
//! - Names are those of the documented system; records and other values print as SurrealQL literals.
//! - A body that is read is checked here, whole: who gets a [`Register`] need not ask again whether a field is there.

mod audit;
mod debug;
mod health;
mod ingest;
mod register;
mod verify;

pub use audit::{Audit, AuditedTable};
pub use debug::{Cost, CostOf, Mark, TableViews, ViewDetail};
pub use health::{DatabaseHealth, DatabaseStatus, Health, Info, Status, Version};
pub use ingest::{Ingested, PostedRows};
pub use register::{Params, Register, Registered, RegisteredRow, Unregister};
pub use verify::{
    Bucket, EdgeHeld, ReadAgain, RowHeld, RowsAsked, RowsHeld, TableAsked, TableHeld, ViewAsked,
    ViewHeld,
};
