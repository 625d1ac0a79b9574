//! Bodies that nobody should send: read whole or refused, whatever is in them.

use proptest::prelude::*;
use protocol::{Code, Problem};
use serde_json::{Map, Value as Json};
use surrealdb_types::{RecordId, SurrealValue, ToSql};
use view::lower;

use super::{Body, of_cbor, of_json};

const NAMES: [&str; 12] = [
    "table",
    "op",
    "id",
    "record",
    "version",
    "hash",
    "job_assignee",
    "_00_rv",
    "$rid",
    "$value",
    "$datetime",
    "n",
];

const TEXTS: [&str; 22] = [
    "task",
    "_00_query",
    "_00_mark",
    "⟨a b⟩",
    "a`b",
    "CREATE",
    "update",
    "Delete",
    "UPSERT",
    "task:1",
    "task:⟨a b⟩",
    "task:[1, 'a']",
    "task:1..2",
    "task:",
    "other:1",
    "",
    "\u{0}",
    "1h",
    "2020-01-01T00:00:00Z",
    "{ a: [1, 2dec] }",
    "'; REMOVE TABLE task; '",
    "ｔask",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(&TEXTS[..]).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => (600..700usize).prop_map(|length| "x".repeat(length)),
    ]
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        4 => text().prop_map(Json::String),
        1 => Just(Json::Null),
        1 => any::<bool>().prop_map(Json::Bool),
        1 => any::<i64>().prop_map(Json::from),
        1 => any::<u64>().prop_map(Json::from),
        1 => any::<f64>().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let name = prop_oneof![
            6 => prop::sample::select(&NAMES[..]).prop_map(str::to_owned),
            1 => text(),
        ];
        let fields = prop::collection::vec((name, inner.clone()), 0..5);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Json::Array),
            fields.prop_map(|fields| Json::Object(fields.into_iter().collect())),
        ]
    })
}

/// A change that would be taken, with some of its fields drawn.
fn change() -> impl Strategy<Value = Json> {
    let drawn = prop::collection::vec((prop::sample::select(&NAMES[..]), json()), 0..3);
    let table = prop_oneof![Just("task".to_owned()), text()];
    (table, text(), drawn).prop_map(|(table, key, drawn)| {
        let mut change = Map::new();
        change.insert("table".to_owned(), table.into());
        change.insert("op".to_owned(), "UPDATE".into());
        change.insert("id".to_owned(), key.into());
        change.insert("record".to_owned(), Json::Object(Map::new()));
        change.extend(drawn.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Json::Object(change)
    })
}

fn body() -> impl Strategy<Value = Json> {
    prop_oneof![
        4 => change(),
        2 => prop::collection::vec(change(), 0..4).prop_map(Json::Array),
        1 => json(),
    ]
}

fn cbor(body: &Json) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(body, &mut bytes).expect("a vector takes everything");
    bytes
}

fn check(read: Result<Body, Problem>) {
    let Body { posts, announced } = match read {
        Ok(body) => body,
        Err(problem) => {
            let known = matches!(problem.code, Code::BadRequest | Code::LimitExceeded);
            assert!(known && !problem.message.is_empty(), "{problem}");
            return;
        }
    };
    let reads_back = |record: &RecordId| {
        let printed = record.to_sql();
        assert_eq!(lower::record_id(&printed).as_ref(), Ok(record), "{printed}");
    };
    for post in &posts {
        reads_back(&post.record);
        assert!(!post.record.table.as_str().starts_with("_00_"), "ours is nobody's to post");
        let id = |row: &surrealdb_types::Object| row.get("id").cloned();
        let held = post.after.as_ref().and_then(id);
        assert_eq!(held, post.after.is_some().then(|| post.record.clone().into_value()));
    }
    announced.iter().for_each(|announced| reads_back(&announced.record));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_body_is_read_whole_or_refused(body in body()) {
        check(of_json(body.to_string().as_bytes(), None));
        check(of_cbor(&cbor(&body)));
    }

    #[test]
    fn broken_bytes_are_refused(
        body in body(), at in any::<prop::sample::Index>(), byte in any::<u8>()
    ) {
        for (mut bytes, is_json) in [
            (body.to_string().into_bytes(), true),
            (cbor(&body), false),
        ] {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            check(if is_json { of_json(&bytes, None) } else { of_cbor(&bytes) });
            bytes.truncate(at);
            check(if is_json { of_json(&bytes, None) } else { of_cbor(&bytes) });
        }
    }
}
