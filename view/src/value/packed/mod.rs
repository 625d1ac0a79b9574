//! A record in one block: its id and its content as bytes, of which one field is read without the others.
//!
//! A row as the map that it came as is more than ten blocks of memory, and each of them costs a change that comes to
//! it a wait. Packed, it is one.
//!
//! # Invariants
//! - What is read is what was written: every kind, every bit of a float, every zero of a decimal. Values that bytes do
//!   not bring back for certain are kept as they are, and the bytes name their places.
//! - The bytes are only ever made by [`Packer`] and held beside what it kept: reading trusts them, and panics
//!   where they are not.
//!
//! # Absent on purpose
//! No format to store or to send: it may change with every build. For identity there is [`super::write_bytes`].

mod exact;
mod fields;
mod read;
mod record;
#[cfg(test)]
mod tests;
mod write;

pub use fields::{Fields, Glance, PackedFields, Place};
pub use record::{Packed, PackedKey};
pub use write::Packer;

/// What a packed value begins with.
mod tag {
    pub const NONE: u8 = 0;
    pub const NULL: u8 = 1;
    pub const FALSE: u8 = 2;
    pub const TRUE: u8 = 3;
    pub const INT: u8 = 4;
    pub const FLOAT: u8 = 5;
    pub const DECIMAL: u8 = 6;
    pub const TEXT: u8 = 7;
    pub const DURATION: u8 = 8;
    pub const DATETIME: u8 = 9;
    pub const UUID: u8 = 10;
    pub const ARRAY: u8 = 11;
    pub const SET: u8 = 12;
    pub const OBJECT: u8 = 13;
    pub const BYTES: u8 = 14;
    pub const TABLE: u8 = 15;
    pub const RECORD: u8 = 16;
    pub const FILE: u8 = 17;
    pub const RANGE: u8 = 18;
    /// The record's own id, which stands before the content.
    pub const OWN: u8 = 19;
    /// A value that is kept as it is; its place follows.
    pub const KEPT: u8 = 20;

    /// Kinds of record keys.
    pub mod key {
        pub const NUMBER: u8 = 0;
        pub const TEXT: u8 = 1;
        pub const UUID: u8 = 2;
        pub const ARRAY: u8 = 3;
        pub const OBJECT: u8 = 4;
        pub const RANGE: u8 = 5;
    }

    /// Kinds of bounds.
    pub mod bound {
        pub const UNBOUNDED: u8 = 0;
        pub const INCLUDED: u8 = 1;
        pub const EXCLUDED: u8 = 2;
    }
}
