//! The engine, with whatever this build has of it.

use view::engine::Engine;

/// Whether this build keeps groups (feature `relational`).
pub const KEEPS_GROUPS: bool = cfg!(feature = "relational");

/// An engine without tables.
pub fn engine() -> Engine {
    #[cfg(feature = "relational")]
    let engine = Engine::with_groups(Box::new(relational::Relational::default()));
    #[cfg(not(feature = "relational"))]
    let engine = Engine::new();
    engine
}
