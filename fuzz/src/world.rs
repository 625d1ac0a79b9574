//! A small database: definitions of every kind that a plan depends on, and rows of every kind of value.

use std::collections::{BTreeMap, BTreeSet};

use protocol::Problem;
use surrealdb_types::{Object, RecordId, Value};
use view::catalog::{Capture, Catalog, Field, Permission, Table};
use view::lower;
use view::reference::Tables;

/// Parts of an input are parted by this.
pub const SEPARATOR: char = '\0';

/// Rows of `task` and `user`, as a client could have written them.
const ROWS: &[(&str, &str)] = &[
    ("user:ann", "{ level: 1, words: ['a', 1], name: 'Ann' }"),
    ("user:bob", "{ level: 2dec, admin: true }"),
    ("task:1", "{ owner: user:ann, n: 1, k: 'a', tags: ['a', 1, user:ann], o: { x: 1, y: 'b' } }"),
    ("task:2", "{ owner: user:bob, n: 2.5, k: 'ab', public: true, tags: [] }"),
    ("task:3", "{ owner: user:ann, n: 2dec, k: NULL, at: d'2024-02-29T12:00:00Z', t: 1h }"),
    ("task:4", "{ n: 'x', k: '', b: b\"00ff\", u: u'00000000-0000-7000-8000-000000000000' }"),
    ("task:5", "{ owner: user:ann, n: -1, o: [{ x: 1 }, { x: 'a' }], g: (1.5, 2.5) }"),
    ("task:`a b`", "{ owner: user:bob, n: 9223372036854775807, k: 'A', s: {1, 2}, r: 1..5 }"),
    ("task:[1, 'x']", "{ owner: user:ann, n: 1e300, link: task:1, deep: [[[[1]]]] }"),
    ("task:{ k: 1 }", "{ owner: user:ann, n: 1.0, k: 'a', tags: 'a', re: /a+/ }"),
];

/// The definitions, with this select permission on `task`.
pub fn catalog(permission: &str) -> Catalog {
    let open = Field { select: Permission::Full, computed: false, reference: false };
    let mut task = Table::captured(match permission {
        "" => Permission::Full,
        text => Permission::Where(text.to_owned()),
    });
    for (name, field) in [
        ("k", open.clone()),
        ("secret", Field { select: Permission::None, ..open.clone() }),
        (
            "o.secret",
            Field { select: Permission::Where("owner = $auth".to_owned()), ..open.clone() },
        ),
        ("links", Field { reference: true, ..open.clone() }),
    ] {
        task.fields.insert(name.to_owned(), field);
    }
    let other = |capture| Table { capture, ..Table::captured(Permission::Full) };
    let mut computed = other(Capture::Captured);
    computed.fields.insert("twice".to_owned(), Field { computed: true, ..open });
    let tables = [
        ("task", task),
        ("user", Table::captured(Permission::Where("id = $auth OR public".to_owned()))),
        ("computed", computed),
        ("hidden", other(Capture::Excluded)),
        ("derived", other(Capture::View)),
        ("_00_query", other(Capture::Ours)),
        ("a b`c", other(Capture::Captured)),
    ];
    let tables = tables.into_iter().map(|(name, table)| (name.to_owned(), table)).collect();
    Catalog { tables, params: BTreeSet::from(["defined".to_owned()]) }
}

/// The rows.
pub fn rows() -> Tables {
    let mut tables: Tables = BTreeMap::new();
    for (record, content) in ROWS {
        let record = lower::record_id(record).expect("a record id");
        let rows = tables.entry(record.table.as_str().to_owned()).or_default();
        let content = stored(&record, lower::params(content).expect("an object"));
        rows.insert(record, content);
    }
    tables
}

/// A row as the database stores it: with its id, and without NONE.
pub fn stored(record: &RecordId, content: Object) -> Object {
    let mut content: Object =
        content.into_iter().filter(|(_, value)| !matches!(value, Value::None)).collect();
    content.insert("id", record.clone());
    content
}

/// What must hold of every refusal: it can be sent, and its place is one of the text.
pub fn check(problem: &Problem, text: &str) {
    serde_json::to_vec(problem).expect("a problem is JSON");
    assert!(!problem.message.is_empty(), "{problem:?}");
    let Some(at) = problem.position else { return };
    // Behind the last line's end is a place too: there something is missing.
    let lines: Vec<&str> = text.split('\n').collect();
    let line = usize::try_from(at.line).expect("a line's number");
    assert!(line >= 1 && line <= lines.len() + 1, "{at} is no line of {text:?}: {problem}");
    assert!(at.column >= 1, "{at} is no column of {text:?}: {problem}");
}
