//! The nouns that cross a boundary: ids, changes, versions, problems, limits, and the bodies on the wire.
//!
//! # Absent on purpose
//! No I/O, no clock, no thread: this crate also builds for the browser.

pub mod cbor;
pub mod change;
pub mod limits;
pub mod literal;
pub mod problem;
pub mod version;
pub mod view;
pub mod wire;

pub use change::{Change, ChangeId, Sighting, Stamp};
pub use problem::{Code, Problem};
pub use version::RowVersion;
pub use view::ViewKey;
