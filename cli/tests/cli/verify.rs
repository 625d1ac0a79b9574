//! `spky verify`: what is broken on purpose is named, exactly that, and mended.

use serde_json::Value as Json;
use surrealdb_types::ToSql;

use crate::operator::{Dev, Operator};

/// How the application's users sign in.
const SIGN_IN: &str = "account={ key: record::id($user) }";

struct Views {
    operator: Operator,
    dev: Dev,
}

impl Views {
    /// An application whose SSP keeps a view of Ann's and one of the system's.
    async fn of(name: &str) -> Views {
        let operator = Operator::of(name).await;
        // A feed of its own: one that we give has the auditor go over the table at full speed.
        operator.ask("ALTER TABLE task CHANGEFEED 3d").await;
        let (dev, _) = operator.installs().await;
        let top = serde_json::json!({
            "id": "top", "surql": "SELECT * FROM task WHERE rank > $min ORDER BY rank LIMIT 5",
            "params": "{ min: 3 }", "clientId": "c", "authId": "user:ann",
        });
        let all = serde_json::json!({
            "id": "all", "surql": "SELECT rank FROM task WHERE rank > 55", "clientId": "c",
        });
        for view in [top, all] {
            operator.posts("/view/register", view).await;
        }
        Views { operator, dev }
    }

    /// The differences that are found, a line each, and whether the exit code says so.
    fn finds(&self, more: &[&str]) -> (Vec<String>, Json) {
        let run =
            self.operator.types("verify", &[&["--json", "--sign-in", SIGN_IN], more].concat());
        let report: Json =
            serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}", run.shown()));
        let found = report["differences"].as_array().expect("differences");
        assert_eq!(run.code, Some(i32::from(!found.is_empty())), "{}", run.shown());
        let audited = report["audit"]["tables"].as_array().expect("how old audits are");
        assert!(audited.iter().any(|it| it["table"] == "task"), "{report:#}");
        let line = |it: &Json| {
            let what = ["record", "edge", "of"].iter().find_map(|name| it[*name].as_str());
            let of = it["table"].as_str().or(it["view"]["id"].as_str()).unwrap_or_default();
            format!("{} {of} {}", it["kind"].as_str().unwrap_or_default(), what.unwrap_or_default())
        };
        (found.iter().map(line).collect(), report)
    }

    /// Breaks something, sees exactly that named, has it mended, and sees nothing any more.
    async fn check(&self, breaks: &str, expected: &[&str]) {
        self.operator.ask(breaks).await;
        let (found, report) = self.finds(&[]);
        assert_eq!(found, expected, "{breaks}\n{report:#}");
        let (found, report) = self.finds(&["--fix"]);
        assert_eq!(found, expected, "{breaks}\n{report:#}");
        assert_eq!(report["left"], Json::Array(Vec::new()), "{breaks}\n{report:#}");
        let (found, report) = self.finds(&[]);
        assert_eq!(found, <[&str; 0]>::default(), "{breaks}\n{report:#}");
    }
}

#[tokio::test]
async fn what_is_broken_is_named_and_mended() {
    let views = Views::of("verify").await;
    let (found, report) = views.finds(&[]);
    assert_eq!(found, <[&str; 0]>::default());
    let asked = report["views"].as_array().expect("views");
    assert!(asked.iter().all(|view| view["comparedWithOwnAnswer"] == true), "{report:#}");
    let (_, unsigned) = {
        let run = views.operator.types("verify", &["--json"]);
        assert_eq!(run.code, Some(0), "{}", run.shown());
        ((), serde_json::from_str::<Json>(&run.out).expect("it prints JSON"))
    };
    let why = unsigned["views"][1]["notBecause"].as_str().unwrap_or_default();
    assert!(why.contains("--sign-in account"), "{unsigned:#}");

    // Rows that the feed does not tell of, far behind where the slow auditor is.
    views
        .check(
            "OPTION IMPORT; UPDATE task:49 SET rank = 70; DELETE task:58; \
                CREATE task:100 SET owner = user:ann, rank = 4",
            &[
                "row task task:49",
                "row task task:58",
                "row task task:100",
                "answer all task:49",
                "answer all task:58",
                "answer top task:100",
                "answer top task:8",
            ],
        )
        .await;

    // Edges.
    views.check("DELETE _00_list_ref_user_ann WHERE out = task:5", &["missing top task:5"]).await;
    views
        .check(
            "CREATE _00_list_ref_user_ann:['top', NONE, NONE, task:50] \
                SET in = _00_query:top, out = task:50, version = 1, hash = 3",
            &["superfluous top task:50"],
        )
        .await;
    views
        .check(
            "UPDATE _00_list_ref_user_ann SET version += 1000000 WHERE out = task:6",
            &["wrong top task:6"],
        )
        .await;
    views
        .check("UPDATE _00_list_ref SET hash = 1 WHERE out = task:57", &["wrong all task:57"])
        .await;
    views
        .check(
            "CREATE _00_list_ref_user_ann:x SET in = _00_query:top, out = task:1, version = 1",
            &["foreign top _00_list_ref_user_ann:x"],
        )
        .await;
    views
        .check(
            "CREATE _00_list_ref_user_ann:z SET out = task:1; CREATE _00_list_ref_user_ann:7 SET in = NULL",
            &["foreign _00_list_ref_user_ann ", "stray _00_list_ref_user_ann NULL"],
        )
        .await;
    // An edge of ours that no longer says whose it is.
    views
        .check(
            "UPDATE _00_list_ref_user_ann UNSET in WHERE out = task:6",
            &["missing top task:6", "foreign _00_list_ref_user_ann "],
        )
        .await;
    views
        .check(
            "UPDATE _00_list_ref_user_ann SET value = { n: 1 } WHERE out = task:6",
            &["value top task:6"],
        )
        .await;
    views
        .check(
            "CREATE _00_list_ref_user_bob:y, _00_list_ref_user_bob:['no', NONE, NONE, task:1] \
                SET in = _00_query:no, out = task:1",
            &["stray _00_list_ref_user_bob _00_query:no"],
        )
        .await;
    views.dev.stops().await;
    views.operator.server.stop().await;
}

#[tokio::test]
async fn groups_are_compared_by_what_they_show() {
    let views = Views::of("groups").await;
    let sums = serde_json::json!({
        "id": "sums", "surql": "SELECT owner, count() AS n FROM task GROUP BY owner", "clientId": "c",
    });
    views.operator.posts("/view/register", sums).await;
    let (found, report) = views.finds(&[]);
    assert_eq!(found, <[&str; 0]>::default());
    let asked = report["views"].as_array().expect("views");
    assert!(asked.iter().all(|view| view["comparedWithOwnAnswer"] == true), "{report:#}");
    views
        .check(
            "OPTION IMPORT; UPDATE task:58 SET owner = user:eve",
            &[
                "row task task:58",
                "answer sums { n: 1, owner: user:eve }",
                "answer sums { n: 10, owner: user:bob }",
                "answer sums { n: 9, owner: user:bob }",
            ],
        )
        .await;
    let group = "SELECT VALUE record::id(id)[3] FROM ONLY _00_list_ref
        WHERE value.owner = user:eve LIMIT 1";
    let group = views.operator.database.query_one(group, surreal::vars([])).await;
    let group = format!("_00_group:{}", group.expect("an edge").to_sql());
    for (breaks, found) in [
        ("UPDATE _00_list_ref SET hash = 1 WHERE value.owner = user:eve", "wrong"),
        ("UPDATE _00_list_ref SET value.n = 77 WHERE value.owner = user:eve", "value"),
        ("UPDATE _00_list_ref UNSET value WHERE value.owner = user:eve", "value"),
        ("DELETE _00_list_ref WHERE value.owner = user:eve", "missing"),
    ] {
        views.check(breaks, &[&format!("{found} sums {group}")]).await;
    }
    views.dev.stops().await;
    views.operator.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_moves_is_no_difference_and_what_is_predicted_is_measured() {
    let views = Views::of("moving").await;
    let database = views.operator.database.clone();
    let writing = tokio::spawn(async move {
        for n in 0.. {
            let text = format!("UPDATE task:{} SET rank = {}", n % 60, n % 97);
            database.query(&text, surreal::vars([])).await.expect("it is committed");
        }
    });
    for _ in 0..3 {
        let (found, report) = views.finds(&[]);
        assert_eq!(found, <[&str; 0]>::default(), "{report:#}");
    }
    writing.abort();
    let query = "SELECT * FROM task WHERE rank > $min ORDER BY rank LIMIT 5";
    let run = views.operator.types("explain", &[query, "--as", "user:ann", "--json"]);
    assert_eq!(run.code, Some(0), "{}", run.shown());
    let told: Json = serde_json::from_str(&run.out).expect("it prints JSON");
    assert!(told["explanation"]["predicted"]["nanos_per_change"].as_u64() > Some(0), "{told:#}");
    assert!(told["measured"]["steps"].as_u64() > Some(0), "{told:#}");
    assert!(told["measured"]["nanosPerStep"].as_u64() > Some(0), "{told:#}");
    assert!(told["measured"]["bytesPerView"].as_u64() > Some(100), "{told:#}");
    let other = "SELECT * FROM task WHERE rank < $max";
    let run = views.operator.types("explain", &[other, "--as", "user:ann", "--json"]);
    let told: Json = serde_json::from_str(&run.out).expect("it prints JSON");
    assert_eq!(told["measured"], Json::Null, "nobody registered it");
    views.dev.stops().await;
    views.operator.server.stop().await;
}

#[tokio::test]
async fn what_is_broken_under_a_row_is_named_with_its_place() {
    let views = Views::of("verify-below").await;
    let below = serde_json::json!({
        "id": "below", "clientId": "c", "authId": "user:ann",
        "surql": "SELECT *, (SELECT * FROM task WHERE rank < $parent.rank ORDER BY rank DESC LIMIT 1)[0] \
                  AS before FROM task WHERE rank > 3 AND rank < 6",
    });
    views.operator.posts("/view/register", below).await;
    let (found, report) = views.finds(&[]);
    assert_eq!(found, <[&str; 0]>::default(), "{report:#}");
    let edge = "parent = task:5 AND parent_rel = 'before'";
    let named = |kind: &str| format!("{kind} below task:4 under task:5 as before");
    let table = "_00_list_ref_user_ann";
    views.check(&format!("DELETE {table} WHERE {edge}"), &[&named("missing")]).await;
    views
        .check(&format!("UPDATE {table} SET version += 1000000 WHERE {edge}"), &[&named("wrong")])
        .await;
    views
        .check(
            &format!(
                "CREATE {table}:['below', task:5, 'before', task:1] SET in = _00_query:below, \
                    out = task:1, parent = task:5, parent_rel = 'before', version = 1, hash = 3"
            ),
            &["superfluous below task:1 under task:5 as before"],
        )
        .await;
}
