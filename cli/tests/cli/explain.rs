//! `spky explain`, on the schema of the example.

use std::path::Path;

use expect_test::{Expect, expect};

use crate::support::spky;

/// Explains a query under the example's schema.
fn check(args: &[&str], expected: Expect) {
    // Tests run in the directory of their package.
    let example = Path::new("../examples/threads");
    let args = [&["explain", "--schema", "schema"], args].concat();
    expected.assert_eq(&spky(example, &args).shown());
}

#[test]
fn an_accepted_query_shows_how_it_is_kept() {
    check(
        &[
            "SELECT * FROM thread WHERE board = $board ORDER BY votes DESC LIMIT 5",
            "--as",
            "user:ann",
        ],
        expect![[r#"
            exit 0
            accepted
            family      SELECT FROM thread WHERE board = $2 ORDER BY votes DESC LIMIT $3
              $1        $auth.id
              $2        $board
              $3        5
            permission  public OR (owner = $auth.id)
            arm 1
              found by  board = $2 AND public
            arm 2
              found by  board = $2 AND owner = $1
            index       (board, owner; by votes DESC, id)
            index       (board, truth of public; by votes DESC, id)
                        about 32 bytes a row and index
            circuit     kept: the first matches, up to twice START + LIMIT
            predicted   3.2 µs for a change and a view that it concerns; 1160 bytes a view
        "#]],
    );
}

#[test]
fn a_refused_query_shows_where_and_why() {
    check(
        &["SELECT *\nFROM thread\nORDER BY rand()", "--as", "user"],
        expect![[r#"
        exit 1
        refused: UNSUPPORTED at 3:10
          ORDER BY rand()
                   ^
        an order by chance cannot be kept
    "#]],
    );
}

#[test]
fn a_user_of_a_table_that_is_not_there_is_refused() {
    for auth in ["usr:ann", "usr"] {
        let run = spky(
            Path::new("../examples/threads"),
            &["explain", "--schema", "schema", "SELECT * FROM thread", "--as", auth],
        );
        assert_eq!(run.code, Some(2), "{}", run.shown());
        let said = format!("--as {auth}: there is no table `usr` (yet), did you mean `user`?");
        assert!(run.err.contains(&said), "{}", run.shown());
    }
}

#[test]
fn a_table_that_is_not_there_may_be_a_slip() {
    check(
        &["SELECT * FROM thraed"],
        expect![[r#"
            exit 0
            accepted
            family      SELECT FROM thraed
            permission  FULL
            arm 1
              found by  walking the whole table, and every change of it
            index       (no column; by id)
                        about 32 bytes a row and index
            circuit     members: every row by itself, nothing is kept
            predicted   1.5 µs for every change and view; 840 bytes a view
            warning: there is no table `thraed` (yet), did you mean `thread`?
        "#]],
    );
}

#[test]
fn a_script_gets_json() {
    check(
        &["--json", "SELECT * FROM comment WHERE id = comment:1"],
        expect![[r#"
            exit 0
            {"accepted":true,"explanation":{"arguments":["comment:1"],"arms":[{"decided":[],"keys":["id = $1"],"range":null,"residual":[]}],"circuit":"members: every row by itself, nothing is kept","family":"SELECT FROM comment WHERE id = $1","index_bytes_per_row":32,"indexes":["(id; by id)"],"permission":"FULL","predicted":{"bytes_per_kept_row":null,"bytes_per_view":840,"every_change":false,"nanos_per_change":1500},"table":"comment"},"measured":null,"warnings":[]}
        "#]],
    );
    check(
        &["--json", "SELECT * FROM comment SPLIT tags"],
        expect![[r#"
            exit 1
            {"accepted":false,"problem":{"code":"UNSUPPORTED","message":"SPLIT is not understood yet","position":{"column":23,"line":1}}}
        "#]],
    );
}
