//! What `dbsp` asks of whatever flows through a circuit.
//!
//! `rkyv`'s archives are for what is spilled to a disk or sent to another worker. There is one worker and no storage, so
//! that nothing is ever archived: whatever is no plain number is skipped.

use rkyv::{Archive, Deserialize, Serialize};
use size_of::{Context, SizeOf};
use view::group::{ById, GroupId};

use crate::fold::Fold;
use crate::total::Total;

/// A group of a window.
#[derive(
    Archive,
    Serialize,
    Deserialize,
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
)]
#[archive_attr(derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash))]
pub(crate) struct Key {
    pub(crate) window: u32,
    hash: i64,
    number: u32,
}

impl Key {
    pub(crate) fn new(window: u32, group: GroupId) -> Key {
        Key { window, hash: group.hash, number: group.number }
    }

    pub(crate) fn group(self) -> GroupId {
        GroupId { hash: self.hash, number: self.number }
    }
}

/// A row, with its window's arguments; `None` is nobody's, which `dbsp` makes room with.
#[derive(Archive, Serialize, Deserialize, Clone, Debug, Default)]
#[archive_attr(derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash))]
pub(crate) struct Member(#[with(rkyv::with::Skip)] pub(crate) Option<Fed>);

/// See [`Member`].
#[derive(Clone, Debug)]
pub(crate) struct Fed {
    pub(crate) row: ById,
    pub(crate) args: std::sync::Arc<[surrealdb_types::Value]>,
}

// Within a window the arguments are the same: the row alone decides.

impl Member {
    fn row(&self) -> Option<&ById> {
        self.0.as_ref().map(|fed| &fed.row)
    }
}

impl PartialEq for Member {
    fn eq(&self, other: &Member) -> bool {
        self.row() == other.row()
    }
}

impl Eq for Member {}

impl Ord for Member {
    fn cmp(&self, other: &Member) -> std::cmp::Ordering {
        self.row().cmp(&other.row())
    }
}

impl PartialOrd for Member {
    fn partial_cmp(&self, other: &Member) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl std::hash::Hash for Member {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.row().hash(state);
    }
}

// Of a row that is held elsewhere too, nothing is counted.

impl SizeOf for Key {
    fn size_of_children(&self, _context: &mut Context) {}
}

impl SizeOf for Member {
    fn size_of_children(&self, _context: &mut Context) {}
}

impl SizeOf for Total {
    fn size_of_children(&self, _context: &mut Context) {}
}

impl SizeOf for Fold {
    fn size_of_children(&self, _context: &mut Context) {}
}

dbsp::never_none!(Key, Member, Total, Fold);
dbsp::never_roaring_filter!(Key, Member, Total, Fold);
