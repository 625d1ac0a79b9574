//! A change of one record, as it was captured.
//!
//! # Invariants
//! - Per record, [`ChangeId`] orders changes as the database committed them (mechanism M1): the era first, because
//!   a database whose clock went back starts a new one, then the feed's stamp, then the position in its set.
//! - A change that is not newer than the one that made its record is dropped by whoever applies it (M3).

use serde::{Deserialize, Serialize};
use surrealdb_types::{Object, RecordId};

use crate::version::RowVersion;

/// The feed's versionstamp: opaque and ordered. The only arithmetic that it bears is `next`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Stamp(pub u64);

impl Stamp {
    /// Returns the smallest stamp above this one: where a reader that has seen this one goes on.
    pub fn next(self) -> Stamp {
        Stamp(self.0 + 1)
    }
}

/// The place of a change in the order of its record's changes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct ChangeId {
    /// Counts the times that the feed was begun anew.
    pub era: u32,
    /// The feed's stamp of the commit.
    pub stamp: Stamp,
    /// The entry's place in its (stamp, table) set.
    pub position: u32,
}

/// What a record became.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Whose content changed.
    pub record: RecordId,
    /// The whole stored content, `id` included; `None` when the record was deleted.
    pub after: Option<Object>,
    /// When, in the order of this record's changes.
    pub id: ChangeId,
    /// The version that a new content gets, unless the record already had a greater one.
    pub version: RowVersion,
}

/// What a look at a record found, for whoever holds its row (mechanism M16).
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// Its content, or that there is none. Its id is the newest change of the record that the look's own feed shows; where
    /// it shows none, the place up to which everything had been told before the look.
    pub found: Change,
    /// Whether the feed shows a change of the record, which may not have been told yet.
    pub shown: bool,
}
