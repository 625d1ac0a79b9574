//! One processor (SSP): captures for itself, maintains views, writes edges.
//!
//! [`start()`] makes one; the binary `ssp` adds configuration, telemetry and signals. Inside, [`core`] decides on the
//! engine's thread ([`desk`]), [`shell`] does what it wants done, [`http`] answers.
//!
//! # Invariants
//! - Everything that a processor holds is derived: losing one loses time, not data.
//! - Several run in one process without knowing of each other.

mod announcing;
mod config;
mod core;
mod desk;
mod engine;
mod error;
mod http;
mod ingest;
mod life;
mod metrics;
mod pulse;
mod shell;
mod start;
mod tenure;

pub use announcing::way;
pub use config::{Capture, Config};
pub use engine::{KEEPS_GROUPS, engine};
pub use error::Error;
pub use start::{Running, start};
