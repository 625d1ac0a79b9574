//! What runs a scenario. All rigs give the same transcript.
//!
//! | rig | what it is |
//! |---|---|
//! | `reference` | the reference evaluator after every step, answers compared |
//! | `circuit` | the engine, its deltas as they come |
//! | `ssp` | the real SSP on a real database; the edges, as the view's user reads them |
//! | `surrealdb` | the original query, run by that user on a real database after every step |

pub mod circuit;
pub mod database;
pub mod definitions;
pub mod processor;
pub mod reference;
pub mod second_form;
pub mod ssp;
pub mod surrealdb;

use std::fmt;
use std::str::FromStr;

/// Which rig.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RigName {
    /// `reference`
    Reference,
    /// `circuit`
    Circuit,
    /// `ssp`
    Ssp,
    /// `surrealdb`
    Surrealdb,
}

impl RigName {
    /// Every rig.
    pub const ALL: [RigName; 4] =
        [RigName::Reference, RigName::Circuit, RigName::Ssp, RigName::Surrealdb];

    /// Whether the rig needs a database's server.
    pub fn needs_server(self) -> bool {
        matches!(self, RigName::Ssp | RigName::Surrealdb)
    }
}

impl fmt::Display for RigName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RigName::Reference => "reference",
            RigName::Circuit => "circuit",
            RigName::Ssp => "ssp",
            RigName::Surrealdb => "surrealdb",
        })
    }
}

impl FromStr for RigName {
    type Err = String;

    fn from_str(word: &str) -> Result<RigName, String> {
        let known = RigName::ALL.into_iter().find(|rig| rig.to_string() == word);
        known.ok_or_else(|| format!("`{word}` is no rig: reference, circuit, ssp, surrealdb"))
    }
}

/// The run could not go on: not a result, but a broken rig or file.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// A `define` that the rig cannot follow, or the database rejects.
    #[error("define: {0}")]
    Definition(String),
    /// A `given` row that cannot be.
    #[error("given {0}: the database refuses it")]
    Given(String),
    /// The database does not answer as it must.
    #[error("database: {0}")]
    Database(#[from] surreal::Error),
    /// The rig's own promise was broken.
    #[error("{0}")]
    Broken(String),
}
