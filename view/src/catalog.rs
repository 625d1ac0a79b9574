//! What is known of the database's definitions, as far as plans depend on them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// The tables of one database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// By name. A table that is not here does not exist (yet): a view over it is ready and empty.
    pub tables: BTreeMap<String, Table>,
    /// The parameters that the database itself knows, by `DEFINE PARAM`: their value is not ours to know.
    pub params: BTreeSet<String>,
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Whether its changes reach us.
    pub capture: Capture,
    /// `PERMISSIONS FOR select`.
    pub select: Permission,
    /// The defined fields, by their dotted path as the database prints it (`a.b`, `tags.*`).
    pub fields: BTreeMap<String, Field>,
}

/// Whether a table's changes reach us, and where not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Capture {
    /// They do.
    Captured,
    /// The table is named in `capture.exclude`.
    Excluded,
    /// It has COMPUTED fields and is not named in `capture.computed`.
    Computed,
    /// It is a view: `DEFINE TABLE … AS SELECT`.
    View,
    /// It is one of ours: `_00_…`.
    Ours,
}

/// A select permission, as the database keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Permission {
    /// Nobody but system users.
    None,
    /// Everybody.
    Full,
    /// Whom the expression's text allows.
    Where(String),
}

/// One defined field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its select permission.
    pub select: Permission,
    /// Whether it is COMPUTED.
    pub computed: bool,
    /// Whether it is a REFERENCE.
    pub reference: bool,
}

impl Table {
    /// A captured table without defined fields.
    pub fn captured(select: Permission) -> Table {
        Table { capture: Capture::Captured, select, fields: BTreeMap::new() }
    }
}

/// Under whose permissions a query is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Principal<'a> {
    /// No permission applies.
    System,
    /// A record user; the table that his record is of.
    User {
        /// The table.
        table: &'a str,
    },
}
