//! The shell that every process wears: configuration, telemetry, clock, tasks, shutdown.
//!
//! # Invariants
//! - Only this crate reads the clock and the environment; everybody else is given what they say.
//! - It knows nothing of views, of members, or of the database: what is configured is plain values.

pub mod clock;
pub mod config;
pub mod environment;
pub mod exit;
pub mod secret;
pub mod tasks;
pub mod telemetry;

pub use clock::{Clock, Moment};
pub use secret::Secret;
pub use tasks::{Shutdown, Tasks};
