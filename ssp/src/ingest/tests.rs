use surreal::schema::Schema;
use surrealdb_types::{ToSql, Value};

use super::{Body, of_cbor, of_json};

fn read(body: &str) -> Result<Body, String> {
    let refused = |problem: protocol::Problem| format!("{}: {}", problem.code, problem.message);
    of_json(body.as_bytes(), None).map_err(refused)
}

/// Each post as `record content`, each announcement as `record version`.
fn shown(body: &str) -> Vec<String> {
    let Body { posts, announced } = match read(body) {
        Ok(body) => body,
        Err(problem) => return vec![problem],
    };
    let posts = posts.into_iter().map(|post| {
        let after = post.after.map_or_else(|| "gone".to_owned(), |row| Value::Object(row).to_sql());
        format!("{} {after}", post.record.to_sql())
    });
    let announced = announced.into_iter().map(|said| {
        let kind = if said.deletes { "deletes" } else { "writes" };
        format!("{} {kind} {:?}", said.record.to_sql(), said.version)
    });
    posts.chain(announced).collect()
}

#[test]
fn every_documented_form_is_read() {
    assert_eq!(
        shown(r#"{"table":"t","op":"create","id":"t:1","record":{"n":1},"hash":"x"}"#),
        ["t:1 { id: t:1, n: 1 }"]
    );
    assert_eq!(shown(r#"{"table":"t","op":"DELETE","id":"t:1"}"#), ["t:1 gone"]);
    assert_eq!(
        shown(
            r#"[{"table":"t","op":"UPDATE","id":1,"record":{"_00_rv":7,"a":[{"$rid":"u:1"}]}},
                {"table":"t","op":"Delete","id":"t:2","record":{}}]"#
        ),
        ["t:1 { a: [u:1], id: t:1 }", "t:2 gone"]
    );
    assert_eq!(
        shown(r#"{"table":"t","op":"UPDATE","id":"t:1","version":12}"#),
        ["t:1 writes Some(12)"]
    );
    assert_eq!(
        shown(r#"{"table":"t","op":"DELETE","id":"t:1","version":0}"#),
        ["t:1 deletes Some(0)"]
    );
    assert_eq!(shown("[]"), [""; 0]);
}

#[test]
fn an_id_is_a_literal_or_a_key_and_never_both() {
    let record = |id: &str| shown(&format!(r#"{{"table":"t","op":"DELETE","id":{id}}}"#));
    assert_eq!(record(r#""t:1""#), ["t:1 gone"]);
    assert_eq!(record(r#""t:`a b`""#), ["t:`a b` gone"]);
    assert_eq!(record(r#""a b""#), ["t:`a b` gone"]);
    assert_eq!(record(r#""1""#), ["t:`1` gone"], "a text is a text");
    assert_eq!(record("1"), ["t:1 gone"]);
    for id in [r#""u:1""#, r#""t:a b""#, r#""""#, "1.5", "null"] {
        assert!(record(id)[0].starts_with("BAD_REQUEST: id"), "{id}: {:?}", record(id));
    }
}

#[test]
fn a_row_is_whole_and_carries_its_id() {
    let row = |row: &str| {
        shown(&format!(r#"{{"table":"t","op":"CREATE","id":"t:1","record":{row}}}"#)).remove(0)
    };
    assert_eq!(row(r#"{"id":"t:1","n":null}"#), "t:1 { id: t:1, n: NULL }");
    assert_eq!(row(r#"{"a":{"$value":"[NONE, { b: NONE, c: 1d }]"}}"#), {
        "t:1 { a: [NONE, { c: 1d }], id: t:1 }"
    });
    assert!(row(r#"{"id":"t:2"}"#).contains("another one than t:1"));
    assert!(row("[]").contains("record is no object"));
    assert!(row("1").contains("record is no object"));
}

#[test]
fn what_is_not_understood_is_refused_with_its_place() {
    let good = r#"{"table":"t","op":"DELETE","id":"t:1"}"#;
    for (body, words) in [
        ("{", "no JSON"),
        ("1", "a change is no object"),
        (r#"{"op":"DELETE","id":"t:1"}"#, "table is missing"),
        (r#"{"table":"_00_query","op":"DELETE","id":"x"}"#, "sp00ky's own"),
        (r#"{"table":"t","op":"MERGE","id":"t:1"}"#, "op `MERGE` is not"),
        (r#"{"table":"t","op":"DELETE"}"#, "id is missing"),
        (r#"{"table":"t","op":"UPDATE","id":"t:1","version":-1}"#, "version"),
        (
            r#"{"table":"t","op":"CREATE","id":"t:1","record":{"a":{"$oid":"1"}}}"#,
            "field `a`: tag `$oid` is not known",
        ),
        (
            r#"{"table":"t","op":"CREATE","id":"t:1","record":{"n":18446744073709551615}}"#,
            "not one of 64 bits",
        ),
    ] {
        let problem = read(body).expect_err(body);
        assert!(problem.contains(words), "{body}: {problem}");
    }
    let problem = read(&format!("[{good},1]")).expect_err("the second is none");
    assert!(problem.contains("change 2: "), "{problem}");
    let many = vec![good; super::INGEST_BATCH_MAX + 1].join(",");
    assert!(read(&format!("[{many}]")).expect_err("too many").starts_with("LIMIT_EXCEEDED"));
    let long = "x".repeat(super::INGEST_NAME_BYTES_MAX + 1);
    let named = format!(r#"{{"table":"{long}","op":"DELETE","id":1}}"#);
    assert!(read(&named).expect_err("too long").starts_with("LIMIT_EXCEEDED"));
}

#[test]
fn cbor_keeps_its_kinds() {
    // { table: 't', op: 'CREATE', id: t:1, record: { d: 1.50dec, u: NONE } }
    let body = [
        &[0xa4, 0x65][..],
        b"table",
        &[0x61, b't', 0x62],
        b"op",
        &[0x66],
        b"CREATE",
        &[0x62],
        b"id",
        &[0xc8, 0x82, 0x61, b't', 0x01, 0x66],
        b"record",
        &[0xa2, 0x61, b'd', 0xca, 0x64],
        b"1.50",
        &[0x61, b'u', 0xc6, 0xf6],
    ]
    .concat();
    let read = of_cbor(&body).expect("it is the database's");
    let after = read.posts[0].after.clone().expect("it is created");
    assert_eq!(Value::Object(after).to_sql(), "{ d: 1.5dec, id: t:1 }");
    assert!(of_cbor(&body[..20]).is_err());
    assert!(of_json(&body, Some(&Schema::default())).is_err());
}
