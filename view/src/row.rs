//! A stored row.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use protocol::{ChangeId, RowVersion};
use surrealdb_types::{Object, RecordId};

use crate::digest::Digest;

/// One stored image of a record. Handles are equal only for the same image (law 7): two contents of
/// a record are two elements of a Z-set, whatever their ids say.
#[derive(Clone, Debug)]
pub struct Row(Arc<Stored>);

/// What a [`Row`] points to.
#[derive(Debug)]
pub struct Image {
    /// The record.
    pub id: RecordId,
    /// Its whole stored content, `id` included.
    pub content: Object,
    /// The version that edges carry.
    pub version: RowVersion,
    /// The change that made it.
    pub change: ChangeId,
    /// A number that no other image in this engine has.
    pub number: u64,
}

#[derive(Debug)]
struct Stored {
    image: Image,
    digest: Digest,
}

impl Row {
    /// Stores an image.
    pub fn new(image: Image) -> Row {
        let digest = Digest::of_row(&image.id, &image.content);
        Row::digested(image, digest)
    }

    /// Stores an image whose digest is known.
    pub(crate) fn digested(image: Image, digest: Digest) -> Row {
        Row(Arc::new(Stored { image, digest }))
    }

    /// Returns the digest of its id and content.
    pub fn digest(&self) -> Digest {
        self.0.digest
    }
}

impl std::ops::Deref for Row {
    type Target = Image;

    fn deref(&self) -> &Image {
        &self.0.image
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Row) -> bool {
        // One image is one allocation, so that nothing of the row need be read.
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Row {}

impl Hash for Row {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}
