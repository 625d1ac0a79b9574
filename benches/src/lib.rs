//! What the engine costs, beside the speed of light: the same deltas through a `BTreeMap`.
//!
//! [`workload`] is the one canonical workload; [`measure`] runs it at any [`Scale`]. The benches
//! run it large, the test suite runs it tiny, so that nothing rots.

pub mod light;
pub mod measure;
pub mod workload;

pub use measure::{Goal, Scale};
