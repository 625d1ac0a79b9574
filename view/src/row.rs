//! A stored row.
//!
//! # Invariants
//! - One image is one block of memory: what is fixed, then the packed record. A change that comes to a row of which
//!   nothing is in a cache waits once, and the lines behind the first come on their own.

use std::hash::{Hash, Hasher};

use protocol::RowVersion;
use surrealdb_types::{Object, RecordId, Value};
use triomphe::ThinArc;

use crate::digest::Digest;
use crate::value::packed::{Packed, PackedFields, PackedKey, Packer};

/// One stored image of a record. Handles are equal only for the same image (law 7): two contents of
/// a record are two elements of a Z-set, whatever their ids say.
#[derive(Clone)]
pub struct Row(ThinArc<Image, u8>);

/// What a [`Row`] points to, beside its record.
#[derive(Debug)]
pub struct Image {
    /// The version that edges carry.
    pub version: RowVersion,
    /// A number that no other image in this engine has.
    pub number: u64,
    digest: Digest,
    /// The values that the bytes name; nearly always there is none.
    #[expect(clippy::box_collection, reason = "a row without any pays one word")]
    kept: Option<Box<Vec<Value>>>,
}

impl Row {
    /// Stores an image.
    pub fn new(id: &RecordId, content: &Object, version: RowVersion, number: u64) -> Row {
        let digest = Digest::of_row(id, content);
        Row::packed((id, content), digest, (version, number), &mut Packer::default())
    }

    /// Stores an image whose digest is known.
    pub(crate) fn packed(
        (id, content): (&RecordId, &Object),
        digest: Digest,
        (version, number): (RowVersion, u64),
        packer: &mut Packer,
    ) -> Row {
        let (bytes, kept) = packer.pack(id, content);
        let kept = (!kept.is_empty()).then(|| Box::new(kept));
        Row(ThinArc::from_header_and_slice(Image { version, number, digest, kept }, bytes))
    }

    /// Returns the record.
    pub fn id(&self) -> RecordId {
        self.record().id()
    }

    /// Returns the record's key.
    pub fn key(&self) -> PackedKey<'_> {
        self.record().key()
    }

    /// Returns its whole stored content, `id` included, to be read field by field.
    pub fn content(&self) -> PackedFields<'_> {
        self.record().content()
    }

    /// Returns the packed record.
    pub fn record(&self) -> Packed<'_> {
        let kept = self.kept.as_ref().map_or(&[][..], |kept| kept);
        Packed::new(&self.0.slice, kept)
    }

    /// Reads ahead its first lines. The places are fixed: what depended on its length would wait for that.
    pub(crate) fn read_ahead(&self) {
        let bytes = &self.0.slice;
        let lines = [bytes.first(), bytes.get(56), bytes.get(120)];
        std::hint::black_box(lines.map(|byte| byte.copied()));
    }

    /// Returns the digest of its id and content.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Row");
        shown.field("id", &self.id()).field("content", &self.content().object());
        shown.field("version", &self.version).field("number", &self.number).finish()
    }
}

impl std::ops::Deref for Row {
    type Target = Image;

    fn deref(&self) -> &Image {
        &self.0.header.header
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Row) -> bool {
        // One image is one allocation, so that nothing of the row need be read.
        std::ptr::eq(self.0.ptr(), other.0.ptr())
    }
}

impl Eq for Row {}

impl Hash for Row {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}
