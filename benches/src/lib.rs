//! What the engine costs, beside the speed of light: the same deltas through a `BTreeMap`.
//!
//! [`workload`] is the one canonical workload, [`documents`] the one of permissions; [`measure`]
//! runs them at any [`Scale`]: the benches large, the test suite tiny, so that nothing rots.

pub mod documents;
pub mod light;
pub mod measure;
pub mod workload;

pub use measure::{Goal, Scale};
