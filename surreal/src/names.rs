//! The names of what we keep in the database, and of each user's edge table.
//!
//! # Invariants
//! - Two users never share an edge table: a name is the user's printed literal, or its hex digits, or, where those are
//!   too long, the digits of its hash; each kind has a prefix of its own (mechanism M10).
//! - `fn::query::table()` answers the same name, computed by the database (`meta/functions.surql`).

use protocol::ViewKey;
use surrealdb_types::{Array, RecordId, RecordIdKey, SurrealValue, Value};

use crate::literal::literal;

/// What all our tables' names begin with; nothing that begins so is a user's.
pub const OURS: &str = "_00_";

/// Registrations.
pub const QUERY: &str = "_00_query";

/// The edge table that all users share: everybody's in `refMode: single`, the system's views' in both modes.
pub const SHARED: &str = "_00_list_ref";

pub(crate) const PLAIN: &str = "_00_list_ref_user_";
pub(crate) const DIGITS: &str = "_00_list_ref_rid_";

/// Every user's edge table is named from the first on and below the second; no other table of ours is.
pub(crate) const EDGE_TABLES: (&str, &str) = ("_00_list_ref_", "_00_list_ref`");

/// Bytes of a printed literal, above which its hash takes its place: twice as many digits are a long name already.
const LITERAL_BYTES_MAX: usize = 64;

/// Whether each user has an edge table of his own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RefMode {
    /// Each has.
    #[default]
    Dedicated,
    /// All share [`SHARED`].
    Single,
}

/// A user's edge table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EdgeTable {
    /// Its name.
    pub name: String,
    /// Whether the sign-up's event makes it; every other one is made at its user's first registration.
    pub plain: bool,
}

/// Names the edge table of a user.
pub fn edge_table(user: &RecordId) -> EdgeTable {
    let literal = literal(user);
    let unquoted = |key: &&str| {
        !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if let Some(key) = literal.strip_prefix("user:").filter(unquoted) {
        return EdgeTable { name: format!("{PLAIN}{key}"), plain: true };
    }
    let digits = if literal.len() > LITERAL_BYTES_MAX {
        blake3::hash(literal.as_bytes()).to_hex().to_string()
    } else {
        literal.bytes().map(|byte| format!("{byte:02x}")).collect()
    };
    EdgeTable { name: format!("{DIGITS}{digits}"), plain: false }
}

/// Whether a table is some user's edge table.
pub fn is_edge_table(name: &str) -> bool {
    name.starts_with(PLAIN) || name.starts_with(DIGITS)
}

/// The registration as the client named it: what an edge's `in` is, whoever the view belongs to.
pub fn query_record(id: &str) -> RecordId {
    RecordId::new(QUERY, id)
}

/// The registration of a user whose id was taken by another's: `_00_query:[<id>, <auth>]`.
pub fn own_query_record(view: &ViewKey) -> RecordId {
    let auth = view.auth.clone().map_or(Value::None, Value::RecordId);
    RecordId::new(QUERY, RecordIdKey::Array(Array::from(vec![view.id.clone().into_value(), auth])))
}

/// Quotes a name for a place in a statement that takes no parameter.
pub fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use surrealdb_types::{Object, Uuid};

    use super::*;

    fn name(table: &str, key: impl Into<RecordIdKey>) -> String {
        edge_table(&RecordId::new(table, key)).name
    }

    #[test]
    fn a_name_is_the_literal_its_digits_or_its_hash() {
        assert_eq!(name("user", "ann"), "_00_list_ref_user_ann");
        assert_eq!(name("user", 12), "_00_list_ref_user_12");
        assert_eq!(name("user", "12"), "_00_list_ref_rid_757365723a60313260");
        assert_eq!(name("account", "o1"), "_00_list_ref_rid_6163636f756e743a6f31");
        let long = name("account", "x".repeat(57));
        assert_eq!(long.len(), "_00_list_ref_rid_".len() + 64, "{long}");
    }

    fn keys() -> impl Strategy<Value = RecordIdKey> {
        let text = prop_oneof!["[a-z0-9_]{0,4}", "[0-9a-f]{64}", ".{0,6}", "[`⟨⟩' -]{0,3}"];
        let leaf = prop_oneof![
            any::<i64>().prop_map(|number| number.into_value()),
            (-3i64..30).prop_map(|number| number.into_value()),
            text.clone().prop_map(|text| text.into_value()),
            any::<bool>().prop_map(|bit| bit.into_value()),
            Just(Value::None),
        ];
        prop_oneof![
            any::<i64>().prop_map(RecordIdKey::Number),
            (-3i64..30).prop_map(RecordIdKey::Number),
            text.prop_map(RecordIdKey::String),
            "[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}"
                .prop_map(|text| RecordIdKey::Uuid(text.parse::<Uuid>().unwrap())),
            proptest::collection::vec(leaf.clone(), 0..3)
                .prop_map(|values| RecordIdKey::Array(Array::from(values))),
            proptest::collection::btree_map("[a-z]{1,2}", leaf, 0..3)
                .prop_map(|fields| RecordIdKey::Object(Object::from(fields))),
        ]
    }

    proptest! {
        #[test]
        fn two_records_never_share_a_name(
            drawn in proptest::collection::vec(("user|account|us er|User", keys()), 2..60)
        ) {
            let mut named: BTreeMap<String, RecordId> = BTreeMap::new();
            for (table, key) in drawn {
                let record = RecordId::new(table, key);
                let table = edge_table(&record);
                if let Some(other) = named.insert(table.name, record.clone()) {
                    prop_assert_eq!(other, record);
                }
            }
        }
    }
}
