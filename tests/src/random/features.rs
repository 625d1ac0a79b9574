//! Which kinds of clauses a case draws from.
//!
//! Swarm: each case leaves some out, so that what is left meets more often than it would among everything.

use rand::Rng;
use rand::rngs::StdRng;

use super::values::Pool;

/// What there is.
#[derive(Clone, Copy, Debug)]
pub struct Features {
    /// Functions and arithmetic, which can raise.
    pub raising: bool,
    /// Lists and membership.
    pub membership: bool,
    /// Disjunctions and negations.
    pub disjunction: bool,
    /// ORDER BY, LIMIT, START.
    pub window: bool,
    /// COLLATE and NUMERIC.
    pub collation: bool,
    /// Nested paths.
    pub nested: bool,
    /// Projections other than `*`.
    pub projection: bool,
    /// Permissions and users.
    pub permission: bool,
    /// Users who are deleted and made again.
    pub departures: bool,
    /// Definitions that change, tables that are removed and made again, deaths of ours.
    pub upheaval: bool,
    /// Views that end, come back, or ask something else under their name.
    pub replacing: bool,
    /// The four phases of change.
    pub phases: bool,
    /// The values.
    pub pool: Pool,
}

impl Features {
    /// Draws which there are.
    pub fn draw(chance: &mut StdRng) -> Features {
        let mut on = |share| chance.random_bool(share);
        Features {
            raising: on(0.5),
            membership: on(0.6),
            disjunction: on(0.6),
            window: on(0.7),
            collation: on(0.3),
            nested: on(0.5),
            projection: on(0.5),
            permission: on(0.7),
            departures: on(0.3),
            upheaval: on(0.5),
            replacing: on(0.5),
            phases: on(0.5),
            pool: Pool { strange: on(0.4), keys: on(0.25) },
        }
    }

    /// Everything: the random tail.
    pub fn all() -> Features {
        Features {
            raising: true,
            membership: true,
            disjunction: true,
            window: true,
            collation: true,
            nested: true,
            projection: true,
            permission: true,
            departures: true,
            upheaval: true,
            replacing: true,
            phases: true,
            pool: Pool { strange: true, keys: true },
        }
    }
}
