use protocol::{Code, Problem};
use surrealdb_types::ToSql;

use super::define::define;
use super::{params, plan, record_id, value};
use crate::catalog::{Capture, Catalog, Principal};
use crate::plan::{Collation, Expr, Input, Path, Plan, Projection, Source, Step};

const ANN: Principal<'_> = Principal::User { table: "user" };

fn catalog(definitions: &[&str]) -> Catalog {
    let mut catalog = Catalog::default();
    for definition in definitions {
        define(definition, &mut catalog).expect(definition);
    }
    catalog
}

fn planned(text: &str) -> Plan {
    plan(text, &Catalog::default(), Principal::System).expect(text)
}

/// Prints a problem as `CODE line:column message`.
fn refusal(outcome: Result<Plan, Problem>) -> String {
    let problem = outcome.expect_err("it is refused");
    match problem.position {
        Some(position) => format!("{} {position} {}", problem.code, problem.message),
        None => format!("{} {}", problem.code, problem.message),
    }
}

fn refused(text: &str) -> String {
    refusal(plan(text, &Catalog::default(), Principal::System))
}

#[test]
fn a_query_becomes_its_plan() {
    let plan = planned("SELECT *, a.b AS c FROM task WHERE done = $done ORDER BY n DESC LIMIT 5");
    assert_eq!(plan.source, Source::Table("task".to_owned()));
    let path = Path(vec![Step::Field("a".to_owned()), Step::Field("b".to_owned())]);
    assert_eq!(
        plan.projection,
        Projection::Fields {
            all: true,
            fields: vec![(Path::field("c"), Expr::Field(path))],
            omit: Vec::new(),
        }
    );
    assert!(plan.order[0].descending);
    assert_eq!(plan.order[0].key, Expr::Field(Path::field("n")));
    assert_eq!(plan.permission, None);
    assert!(plan.start.is_none() && plan.limit.is_some());
}

#[test]
fn constants_become_one_literal() {
    let plan = planned("SELECT * FROM t WHERE a IN [1, -2.5, { b: [t:1, t:['x', 1]] }, 1..=5]");
    let Some(Expr::Binary(_, _, list)) = plan.filter else { panic!("it is a comparison") };
    let Expr::Leaf(Input::Literal(list)) = *list else { panic!("it is a literal") };
    assert_eq!(list.to_sql(), "[1, -2.5f, { b: [t:1, t:['x', 1]] }, 1..=5]");
}

#[test]
fn an_order_key_is_an_alias_or_a_stored_path() {
    let key = |text: &str| planned(text).order.remove(0).key;
    let path =
        |names: &[&str]| Path(names.iter().map(|name| Step::Field((*name).to_owned())).collect());
    let link = path(&["link", "n"]);
    assert_eq!(key("SELECT * FROM t ORDER BY link.n"), Expr::Stored(link.clone()));
    assert_eq!(key("SELECT link.n AS f FROM t ORDER BY f"), Expr::Field(link));
    assert_eq!(key("SELECT s AS n FROM t ORDER BY n"), Expr::Field(path(&["s"])));
    assert_eq!(key("SELECT n AS a FROM t ORDER BY a.b"), Expr::Stored(path(&["a", "b"])));
    assert_eq!(key("SELECT n AS a.b FROM t ORDER BY a.b"), Expr::Field(path(&["n"])));
    assert_eq!(key("SELECT VALUE n FROM t ORDER BY m"), Expr::Field(path(&["m"])));
    assert!(matches!(key("SELECT n + 1 AS k FROM t ORDER BY k"), Expr::Binary(..)));
}

#[test]
fn an_order_key_says_how_texts_are_compared() {
    let keys = |text: &str| -> Vec<(Collation, bool)> {
        planned(text).order.iter().map(|key| (key.collation, key.descending)).collect()
    };
    assert_eq!(keys("SELECT * FROM t ORDER BY s DESC"), [(Collation::Bytes, true)]);
    assert_eq!(keys("SELECT * FROM t ORDER BY s COLLATE"), [(Collation::Lexical, false)]);
    assert_eq!(keys("SELECT * FROM t ORDER BY s NUMERIC DESC"), [(Collation::Natural, true)]);
    assert_eq!(
        keys("SELECT a AS s FROM t ORDER BY s COLLATE NUMERIC DESC, id"),
        [(Collation::NaturalLexical, true), (Collation::Bytes, false)]
    );
}

#[test]
fn what_is_not_understood_is_refused_at_its_place() {
    let unsupported = [
        ("SELECT * FROM ONLY t:1", "1:15 ONLY is not understood yet"),
        (
            "SELECT count() FROM t GROUP ALL ORDER BY count",
            "1:33 ORDER beside GROUP is not understood yet",
        ),
        (
            "SELECT k, math::mean(n) FROM t GROUP BY k",
            "1:11 `math::mean(n)` is neither a key of GROUP BY, nor count() or math::sum(…)",
        ),
        ("SELECT * FROM t\nSPLIT tags", "2:1 SPLIT is not understood yet"),
        ("SELECT * FROM t FETCH author", "1:17 FETCH is not understood yet"),
        ("SELECT * FROM t VERSION d'2024-01-01T00:00:00Z'", "1:17 VERSION is not understood yet"),
        ("SELECT * FROM t EXPLAIN", "1:17 EXPLAIN is not understood yet"),
        ("SELECT * FROM t FOR UPDATE", "1:17 FOR UPDATE is not understood yet"),
        ("SELECT * FROM t ORDER BY RAND()", "1:26 an order by chance cannot be kept"),
        ("SELECT * FROM t, u", "1:10 several tables are not understood yet"),
        ("SELECT (SELECT * FROM u) FROM t", "1:8 a subquery without a name is not understood"),
        ("SELECT VALUE (SELECT * FROM u) FROM t", "1:14 a subquery is not understood yet"),
        (
            "SELECT (SELECT * FROM u WHERE a = $parent.b + 1) AS x FROM t",
            "1:35 what is computed from `$parent` can fail on a row, and the view with it",
        ),
        (
            "SELECT (SELECT * FROM u WHERE a = $parent) AS x FROM t",
            "1:35 `$parent` by itself is not understood",
        ),
        (
            "SELECT (SELECT a + 1 AS b FROM u LIMIT 2)[0] AS x FROM t",
            "1:42 `[0]` behind a subquery that can fail on what it shows needs LIMIT 1",
        ),
        (
            "SELECT (SELECT * FROM u LIMIT $parent.n) AS x FROM t",
            "1:8 LIMIT and START of a subquery are numbers or parameters",
        ),
        (
            "SELECT (SELECT count() FROM u GROUP ALL) AS x FROM t",
            "1:31 groups in a subquery are not understood yet",
        ),
        (
            "SELECT (SELECT * FROM u:1) AS x FROM t",
            "1:18 a list of records in a subquery is not understood yet",
        ),
        (
            "SELECT (SELECT * FROM u) AS x, (SELECT * FROM v) AS x FROM t",
            "1:29 two things are shown as `x`",
        ),
        (
            "SELECT n + 1 AS m, (SELECT * FROM u WHERE a = $parent.m) AS x FROM t",
            "1:47 `$parent.m` is read by a subquery, and something else is shown as `m`",
        ),
        (
            "SELECT * FROM t WHERE a IN (SELECT VALUE b FROM u)",
            "1:28 a subquery is not understood yet",
        ),
        (
            "SELECT ->likes->post FROM t",
            "1:8 the graph arrow in `->likes->post` is not understood yet",
        ),
        (
            "SELECT a[WHERE b] FROM t",
            "1:9 a condition in brackets is not understood, in `a[WHERE b]`",
        ),
        (
            "SELECT a.{ b, c } FROM t",
            "1:9 a selection in braces is not understood, in `a.{ b, c }`",
        ),
        ("SELECT $this FROM t", "1:8 `$this` is not understood as a parameter"),
        (
            "SELECT * FROM t WHERE a = $parent.b",
            "1:27 `$parent` is understood in a subquery that is shown under a row",
        ),
        ("SELECT a.map(|$x| $x) FROM t", "1:9 the method `.map()` is not understood"),
        ("SELECT IF a { 1 } ELSE { 2 } AS x FROM t", "1:8 IF is not understood yet"),
        (
            "SELECT * FROM t WHERE a @@ 'x'",
            "1:25 a full-text match is answered by an index of the database",
        ),
        ("SELECT * FROM t LIMIT n", "1:17 LIMIT `n` reads a field, but stands before all rows"),
        ("SELECT * FROM t:1..5", "1:15 the range of records `t:1..5` is not understood"),
        ("SELECT * FROM t:1, u:1", "1:20 records of several tables (`t`, `u`) are not understood"),
        (
            "SELECT * FROM t WITH INDEX i LIMIT 1",
            "1:17 WITH INDEX beside LIMIT or START needs an ORDER BY",
        ),
        ("SELECT VALUE a OMIT b FROM t", "1:16 OMIT beside VALUE is not understood"),
    ];
    for (text, told) in unsupported {
        assert_eq!(refused(text), format!("UNSUPPORTED {told}"), "{text}");
    }
}

#[test]
fn a_source_that_the_text_does_not_tell_is_refused_with_a_way_out() {
    let problem = plan("SELECT * FROM $ids", &Catalog::default(), Principal::System)
        .expect_err("the table is not told");
    assert_eq!(problem.code, Code::Unsupported);
    assert_eq!(
        problem.hint.as_deref(),
        Some("write SELECT … FROM task WHERE id IN $ids, or type::record('task', $key)")
    );
}

#[test]
fn what_writes_is_refused_wherever_it_stands() {
    let writes = [
        ("DELETE t", "1:1 DELETE"),
        ("SELECT *, (DELETE x:1) AS d FROM t", "1:12 DELETE"),
        ("SELECT * FROM (CREATE x:1)", "1:16 CREATE"),
        ("SELECT * FROM t WHERE (UPDATE t SET a = 1)", "1:24 UPDATE"),
        ("SELECT * FROM t WHERE a IN (SELECT VALUE id FROM (CREATE x))", "1:28 a subquery"),
    ];
    for (text, told) in writes {
        let expected = format!("WRITES {told} would write with every evaluation");
        assert_eq!(refused(text), expected, "{text}");
    }
}

#[test]
fn what_is_no_select_is_refused() {
    assert_eq!(refused("SELEC * FROM t").split(' ').next(), Some("SYNTAX_ERROR"));
    let hint = |text| plan(text, &Catalog::default(), Principal::System).expect_err(text).hint;
    assert_eq!(
        hint("SELEC * FROM t").as_deref(),
        Some("a view is one statement that begins with SELECT")
    );
    assert_eq!(hint("/* all */ SELECT * FRM t"), None);
    assert_eq!(refused("RETURN 1"), "NOT_A_SELECT a view is one SELECT statement");
    assert_eq!(refused("INFO FOR DB"), "NOT_A_SELECT a view is one SELECT statement");
    assert_eq!(
        refused("SELECT * FROM t; SELECT * FROM u"),
        "NOT_A_SELECT a view is one SELECT statement"
    );
    let problem = plan("SELECT *\n  FROM t WHER a", &Catalog::default(), Principal::System)
        .expect_err("WHERE is misspelt");
    assert_eq!(problem.position.map(|position| position.to_string()).as_deref(), Some("2:10"));
}

#[test]
fn functions_that_are_not_pure_are_refused_by_name() {
    let impure = [
        ("rand()", "1:8 `rand` answers by chance"),
        ("rand::int(1, 2)", "1:8 `rand::int` answers by chance"),
        ("time::now()", "1:8 `time::now` reads the clock"),
        ("time::day()", "1:8 `time::day` reads the clock when it is given no time"),
        ("http::get('x')", "1:8 `http::get` acts outside of the query"),
        ("sleep(1s)", "1:8 `sleep` acts outside of the query"),
        ("crypto::bcrypt::generate('x')", "1:8 `crypto::bcrypt::generate` answers by chance"),
        ("record::exists(a)", "1:8 `record::exists` reads records"),
        ("type::field('a')", "1:8 `type::field` reads fields by computed names"),
        ("search::score(1)", "1:8 `search::score` reads the database"),
        ("fn::mine(a)", "1:8 `fn::mine` is not one of the database's own functions"),
        ("t:rand()", "1:8 `t:rand()` makes another id each time"),
    ];
    for (call, told) in impure {
        let expected = format!("FUNCTION_REFUSED {told}");
        assert_eq!(refused(&format!("SELECT {call} FROM t")), expected);
    }
    let session = refused("SELECT * FROM t WHERE a = session::ip()");
    assert_eq!(
        session,
        "SESSION_DEPENDENT 1:27 `session::ip` is known to the database's session only"
    );
    let token = refused("SELECT * FROM t WHERE a = $token.x");
    assert_eq!(token, "SESSION_DEPENDENT 1:27 `$token` is known to the database's session only");
}

#[test]
fn depth_and_size_are_limited() {
    let nested = |depth: usize| {
        let (open, close) = ("(".repeat(depth), ")".repeat(depth));
        format!("SELECT * FROM t WHERE {open}1{close}")
    };
    assert!(refused(&nested(10_000)).starts_with("SYNTAX_ERROR"));
    let lists = format!("SELECT * FROM t WHERE {}{}", "[".repeat(90), "]".repeat(90));
    assert_eq!(refused(&lists), "LIMIT_EXCEEDED the expression is deeper than 64");
    let sum = format!("SELECT * FROM t WHERE {}1", "1 + ".repeat(80));
    assert_eq!(refused(&sum), "LIMIT_EXCEEDED the expression is deeper than 64");
    let wide = format!("SELECT * FROM t WHERE a IN [{}1]", "1, ".repeat(2_000));
    assert_eq!(refused(&wide), "LIMIT_EXCEEDED the query has more than 2000 parts");
    let long = format!("SELECT * FROM t WHERE a = '{}'", "x".repeat(70_000));
    assert_eq!(refused(&long), "LIMIT_EXCEEDED the query has more than 65536 bytes");
}

#[test]
fn tables_that_are_not_captured_are_refused() {
    let mut catalog = catalog(&[
        "DEFINE TABLE sums AS SELECT count() FROM t GROUP ALL",
        "DEFINE TABLE _00_query",
        "DEFINE TABLE c",
        "DEFINE FIELD twice ON c COMPUTED a * 2",
        "DEFINE TABLE left_out",
    ]);
    if let Some(table) = catalog.tables.get_mut("left_out") {
        table.capture = Capture::Excluded;
    }
    let from =
        |table: &str| refusal(plan(&format!("SELECT * FROM {table}"), &catalog, Principal::System));
    assert_eq!(
        from("sums"),
        "TABLE_VIEW 1:15 table `sums` is a table view, which no changefeed follows"
    );
    assert_eq!(from("_00_query"), "NOT_CAPTURED 1:15 table `_00_query` is Sp00ky's own");
    assert_eq!(from("_00_x"), "NOT_CAPTURED 1:15 table `_00_x` is Sp00ky's own");
    assert_eq!(from("c"), "NOT_CAPTURED 1:15 table `c` has COMPUTED fields and is not captured");
    assert_eq!(from("left_out"), "NOT_CAPTURED 1:15 table `left_out` is excluded from capture");
}

#[test]
fn a_field_that_its_reader_may_not_see_can_be_shown_but_not_named() {
    let catalog = catalog(&[
        "DEFINE TABLE user PERMISSIONS FULL",
        "DEFINE FIELD pass ON user PERMISSIONS FOR select NONE",
        "DEFINE TABLE t PERMISSIONS FULL",
        "DEFINE FIELD a.secret ON t PERMISSIONS FOR select WHERE owner = $auth",
        "DEFINE FIELD tags.*.s ON t PERMISSIONS FOR select NONE",
        "DEFINE FIELD open ON t TYPE string",
    ]);
    let told = |text: &str| plan(text, &catalog, ANN).map_err(|problem| problem.code);
    let shown = [
        "SELECT * FROM t",
        "SELECT a.secret, tags FROM t",
        "SELECT a.secret AS s FROM t WHERE a.other = 1 ORDER BY id",
        "SELECT * FROM t WHERE open = 'x' AND id.a = 1",
    ];
    for text in shown {
        assert!(told(text).is_ok(), "{text}");
    }
    let named = [
        "SELECT * FROM t WHERE a.secret = 1",
        "SELECT * FROM t WHERE a = 1",
        "SELECT * FROM t WHERE a.secret.deep = 1",
        "SELECT * FROM t WHERE tags[0].s = 1",
        "SELECT * FROM t WHERE tags CONTAINS 1",
        "SELECT * FROM t ORDER BY a.secret",
        "SELECT a.secret AS s FROM t ORDER BY s",
        "SELECT a.secret + 1 FROM t",
        "SELECT VALUE [a] FROM t",
        "SELECT * FROM t WHERE open = $auth.pass",
        "SELECT $auth.pass FROM t",
        "SELECT * FROM type::record('t', $auth.pass)",
        "SELECT * FROM t LIMIT $auth.pass",
    ];
    for text in named {
        assert_eq!(told(text), Err(Code::FieldPermission), "{text}");
        assert!(plan(text, &catalog, Principal::System).is_ok(), "{text}");
    }
}

#[test]
fn computed_and_reference_fields_are_not_named_by_anybody() {
    let mut catalog = catalog(&[
        "DEFINE TABLE t PERMISSIONS FOR select WHERE twice > 1",
        "DEFINE FIELD twice ON t COMPUTED a * 2",
        "DEFINE FIELD refs ON t TYPE option<array<record<u>>> REFERENCE",
    ]);
    if let Some(table) = catalog.tables.get_mut("t") {
        table.capture = Capture::Captured;
    }
    let told =
        |text: &str| plan(text, &catalog, Principal::System).map_err(|problem| problem.code).err();
    assert_eq!(told("SELECT *, twice FROM t"), None);
    assert_eq!(told("SELECT * FROM t WHERE twice = 2"), Some(Code::ComputedField));
    assert_eq!(told("SELECT * FROM t ORDER BY refs"), Some(Code::ReferenceField));
    let permission = plan("SELECT * FROM t", &catalog, ANN).expect_err("it names `twice`");
    assert_eq!(permission.code, Code::PermissionRefused);
}

#[test]
fn a_permission_becomes_a_part_of_the_plan() {
    let catalog = catalog(&[
        "DEFINE TABLE user PERMISSIONS FOR select WHERE id = $auth",
        "DEFINE TABLE full PERMISSIONS FULL",
        "DEFINE TABLE nobody",
        "DEFINE TABLE own PERMISSIONS FOR select WHERE owner = $auth AND $auth.level > 1",
    ]);
    let permission = |table: &str, principal| {
        plan(&format!("SELECT * FROM {table}"), &catalog, principal).expect(table).permission
    };
    assert_eq!(permission("full", ANN), None);
    assert_eq!(permission("own", Principal::System), None);
    let nobody = Some(Expr::Leaf(Input::Literal(surrealdb_types::Value::Bool(false))));
    assert_eq!(permission("nobody", ANN), nobody);
    assert_eq!(permission("undefined", ANN), nobody);
    let mut reads = Vec::new();
    permission("own", ANN).expect("it has one").walk(&mut |part| {
        if let Expr::Leaf(Input::AuthField { permitted, .. }) = part {
            reads.push(*permitted);
        }
    });
    assert_eq!(reads, [false]);
}

#[test]
fn a_query_reads_the_users_row_under_his_own_permission() {
    let catalog = catalog(&[
        "DEFINE TABLE user PERMISSIONS FOR select WHERE id = $auth",
        "DEFINE TABLE t PERMISSIONS FULL",
    ]);
    let own = |text: &str| plan(text, &catalog, ANN).expect(text).auth_permission;
    assert_eq!(own("SELECT * FROM t WHERE a = $auth"), None);
    assert!(own("SELECT * FROM t WHERE a = $auth.name").is_some());
    assert!(own("SELECT * FROM t LIMIT $auth.page").is_some());
}

#[test]
fn a_user_whose_table_is_not_captured_has_no_row_to_read() {
    let mut catalog =
        catalog(&["DEFINE TABLE user PERMISSIONS FULL", "DEFINE TABLE t PERMISSIONS FULL"]);
    if let Some(table) = catalog.tables.get_mut("user") {
        table.capture = Capture::Excluded;
    }
    let told = |text: &str| plan(text, &catalog, ANN).map(|_| ()).map_err(|problem| problem.code);
    assert_eq!(told("SELECT * FROM t WHERE a = $auth"), Ok(()));
    assert_eq!(told("SELECT * FROM t WHERE a = $auth.name"), Err(Code::NotCaptured));
}

#[test]
fn a_permission_that_is_not_understood_refuses_the_view() {
    let catalog = catalog(&[
        "DEFINE TABLE user PERMISSIONS FULL",
        "DEFINE TABLE a PERMISSIONS FOR select WHERE owner IN (SELECT VALUE id FROM user)",
        "DEFINE TABLE b PERMISSIONS FOR select WHERE n = $n",
    ]);
    let told = |table: &str| refusal(plan(&format!("SELECT * FROM {table}"), &catalog, ANN));
    assert_eq!(
        told("a"),
        "PERMISSION_REFUSED the select permission of table `a`, \
         `owner INSIDE (SELECT VALUE id FROM user)`: a subquery is not understood yet"
    );
    assert_eq!(
        told("b"),
        "PERMISSION_REFUSED the select permission of table `b`, `n = $n`: \
         `$n` would be a parameter of whoever asks"
    );
}

#[test]
fn an_alias_that_hides_a_field_which_is_read_too_is_refused() {
    let hidden = "SELECT n ?? 0 AS n, n AS old FROM t ORDER BY n";
    assert!(refused(hidden).contains("hides the field `n`"));
    planned("SELECT n ?? 0 AS n, m FROM t ORDER BY n");
    planned("SELECT VALUE n ?? 0 AS n FROM t ORDER BY n");
}

#[test]
fn clauses_that_change_no_answer_are_accepted() {
    let plain = planned("SELECT * FROM t WHERE a = 1");
    assert_eq!(planned("SELECT * FROM t WHERE a = 1 TIMEOUT 5s TEMPFILES"), plain);
    assert_eq!(planned("SELECT * FROM t WITH NOINDEX WHERE a = 1"), plain);
    assert_eq!(planned("SELECT * FROM t WITH INDEX i WHERE a = 1"), plain);
    assert_eq!(planned("SELECT * FROM type::table('t') WHERE (a = 1)"), plain);
}

#[test]
fn values_are_read_from_text() {
    let read =
        params("{ a: t:1, b: d'2024-01-01T00:00:00Z', c: 1.5dec, d: NONE }").expect("an object");
    assert_eq!(read.len(), 4);
    assert_eq!(record_id("user:ann").expect("a record").to_sql(), "user:ann");
    assert_eq!(value("[1, 'x']").expect("a list").to_sql(), "[1, 'x']");
    assert_eq!(params("[1]").expect_err("no object").code, Code::BadRequest);
    assert_eq!(record_id("'user:ann'").expect_err("a text").code, Code::BadRequest);
    assert_eq!(value("1 2").expect_err("two values").code, Code::SyntaxError);
    let nested = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(value(&nested).expect_err("too deep").code, Code::SyntaxError);
}

#[test]
fn a_plan_travels_as_data() {
    let plan = planned("SELECT *, string::len(a) AS l FROM t WHERE b = $b ORDER BY c.d LIMIT 3");
    let text = serde_json::to_string(&plan).expect("it is plain data");
    assert_eq!(serde_json::from_str::<Plan>(&text).expect("it comes back"), plan);
}

#[test]
fn a_parameter_of_the_database_is_refused() {
    let mut catalog = Catalog::default();
    catalog.params.insert("top".to_owned());
    let refused = refusal(plan("SELECT * FROM task LIMIT $top", &catalog, Principal::System));
    let message = "`$top` is defined in the database by DEFINE PARAM";
    assert_eq!(refused, format!("UNSUPPORTED 1:26 {message}"));
}
