//! Every pair of what the language has: a covering array over its clauses, who asks, which values, and what happens.

use super::case::{Case, Row, Step, View};
use super::pairwise::covering;
use super::phases::phases;
use super::query::{Child, Query};
use super::values::Pool;

const SHOWN: &[&str] =
    &["*", "n, k, s", "VALUE s", "*, n AS m", "* OMIT o", "n, k, s, tags AS list", "*, n + 1 AS m"];
const SOURCE: &[Option<&str>] =
    &[None, Some("task:5, task:2, task:1, task:3"), Some("task:4"), Some("type::table('task')")];
const FIRST: &[&str] = &[
    "",
    "k = $p",
    "n = 2",
    "n > $from",
    "n > 0 AND n <= $upto",
    "tags CONTAINS $p",
    "k IN $list",
    "id IN [task:1, task:3, task:4]",
    "owner = $auth",
    "public",
    "!public",
    "o.x = $p",
    "$auth.level > 1",
    "string::len(s) < 3",
];
const SECOND: &[&str] =
    &["", "n != 1", "(k = 'a' OR public)", "(k = 'a' OR n >= $from)", "!(tags CONTAINS 'x')"];
const ORDER: &[&[&str]] =
    &[&[], &["n"], &["k"], &["s"], &["n", "s"], &["id"], &["tags"], &["o.x", "n"]];
const COLLATION: &[&str] = &["", " COLLATE", " NUMERIC", " COLLATE NUMERIC"];
const DIRECTION: &[&str] = &["", " DESC"];
const LIMIT: &[Option<&str>] = &[None, Some("0"), Some("2"), Some("$limit"), Some("1.5")];
const START: &[Option<&str>] = &[None, Some("1"), Some("$start")];
const PARAMS: &[&[(&str, &str)]] = &[
    &[
        ("p", "'a'"),
        ("from", "1"),
        ("upto", "2dec"),
        ("list", "['a', 1]"),
        ("limit", "3"),
        ("start", "1"),
    ],
    &[],
    &[
        ("p", "1f"),
        ("from", "NONE"),
        ("upto", "'z'"),
        ("list", "'ab'"),
        ("limit", "2"),
        ("start", "0"),
    ],
    &[
        ("p", "['a']"),
        ("from", "1.5dec"),
        ("upto", "[1]"),
        ("list", "[]"),
        ("limit", "1"),
        ("start", "NONE"),
    ],
];
const PERMISSION: &[Option<&str>] = &[
    None,
    Some("FOR select WHERE owner = $auth"),
    Some("FOR select WHERE owner = $auth.id OR public"),
    Some("FOR select WHERE tags CONTAINS $auth OR n <= $auth.level"),
    Some("FOR select WHERE $auth.admin = true OR owner = $auth"),
    Some("FOR select WHERE string::len(k) > 0"),
];
const USER_PERMISSION: &[Option<&str>] = &[None, Some("FOR select WHERE level > 1"), Some("NONE")];
const CALLER: &[Option<&str>] = &[None, Some("user:ann"), Some("user:bob"), Some("user:cid")];
const VALUES: &[(bool, bool)] = &[(false, false), (true, false), (false, true), (true, true)];
const AT_ONCE: &[usize] = &[1, 3, 12];
const HAPPENS: usize = 7;
/// None, and kinds of subqueries.
const CHILDREN: usize = 6;

/// How many levels each factor has.
pub fn levels() -> Vec<usize> {
    vec![
        SHOWN.len(),
        SOURCE.len(),
        FIRST.len(),
        SECOND.len(),
        ORDER.len(),
        COLLATION.len(),
        DIRECTION.len(),
        LIMIT.len(),
        START.len(),
        PARAMS.len(),
        PERMISSION.len(),
        USER_PERMISSION.len(),
        CALLER.len(),
        VALUES.len(),
        AT_ONCE.len(),
        HAPPENS,
        CHILDREN,
    ]
}

/// The rows of the covering array.
pub fn rows() -> Vec<Vec<usize>> {
    covering(&levels())
}

/// The case of one row.
pub fn case(number: usize, row: &[usize]) -> Case {
    let mut case = Case::new(format!("pairs {number}: {row:?}"));
    let (strange, keys) = VALUES[row[13]];
    let pool = Pool { strange, keys };
    let mut chance = super::chance(number as u64);
    let contents = (0..6).map(|_| pool.content(&mut chance)).collect::<Vec<_>>();
    case.rows = contents
        .into_iter()
        .enumerate()
        .map(|(at, content)| Row { record: pool.nth_record(at), content })
        .collect();
    case.permission = PERMISSION[row[10]].map(str::to_owned);
    case.user_permission = USER_PERMISSION[row[11]].map(str::to_owned);
    let view = View {
        name: "v".to_owned(),
        user: CALLER[row[12]],
        query: query(row),
        params: PARAMS[row[9]].iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
    };
    case.views.push(view.clone());
    case.steps = phases(&case.rows, AT_ONCE[row[14]]);
    happens(row[15], &view, &mut case.steps);
    case
}

fn query(row: &[usize]) -> Query {
    let conjuncts = [FIRST[row[2]], SECOND[row[3]]].into_iter().filter(|text| !text.is_empty());
    let shown = SHOWN[row[0]];
    let (collation, direction) = (COLLATION[row[5]], DIRECTION[row[6]]);
    // What is not selected cannot be ordered by: the parser insists.
    let known = |key: &&&str| {
        shown.starts_with('*') || shown == "VALUE s" || ["n", "k", "s"].contains(*key)
    };
    let order = ORDER[row[4]].iter().filter(known);
    Query {
        shown: shown.to_owned(),
        source: SOURCE[row[1]].map(str::to_owned),
        conjuncts: conjuncts.map(str::to_owned).collect(),
        group: None,
        order: order.map(|key| format!("{key}{collation}{direction}")).collect(),
        limit: LIMIT[row[7]].map(str::to_owned),
        start: START[row[8]].map(str::to_owned),
        children: if shown.starts_with("VALUE") { Vec::new() } else { children(row[16]) },
    }
}

fn children(which: usize) -> Vec<Child> {
    let of_tasks = |conjunct: &str| Query { conjuncts: vec![conjunct.to_owned()], ..Query::all() };
    let named = |alias: &str, query: Query| Child { alias: alias.to_owned(), first: false, query };
    let owner = || Child {
        alias: "who".to_owned(),
        first: true,
        query: Query {
            source: Some("user".to_owned()),
            conjuncts: vec!["id = $parent.owner".to_owned()],
            limit: Some("1".to_owned()),
            ..Query::all()
        },
    };
    match which {
        0 => Vec::new(),
        1 => vec![named("same", of_tasks("k = $parent.k"))],
        2 => {
            let windowed = Query {
                order: vec!["n".to_owned()],
                limit: Some("2".to_owned()),
                ..of_tasks("owner = $parent.owner")
            };
            vec![named("others", windowed)]
        }
        3 => vec![owner(), named("less", of_tasks("n < $parent.n"))],
        4 => {
            let nested = Query { children: vec![owner()], ..of_tasks("n = $parent.n") };
            vec![named("same", nested)]
        }
        _ => {
            let own = Query {
                conjuncts: vec!["k = $parent.k".to_owned(), "owner = $auth".to_owned()],
                limit: Some("$limit".to_owned()),
                ..Query::all()
            };
            vec![named("mine", own)]
        }
    }
}

/// What happens between the phases, beside the changes of rows.
fn happens(what: usize, view: &View, steps: &mut Vec<Step>) {
    let line = |text: &str| Step::Line(text.to_owned());
    let write = |text: &str| Step::Commit(vec![text.to_owned()]);
    let third = steps.len() / 3;
    let between: Vec<Step> = match what {
        0 => vec![],
        1 => vec![line("restart")],
        2 => vec![
            line("define ALTER TABLE task PERMISSIONS FOR select WHERE n = 1 OR owner = $auth"),
            line("define ALTER TABLE task PERMISSIONS FULL"),
        ],
        3 => vec![
            line("define REMOVE TABLE task"),
            line("define DEFINE TABLE task PERMISSIONS FOR select WHERE owner = $auth OR n > 1"),
        ],
        4 => {
            let conjuncts = vec!["n >= 1".to_owned()];
            let query = Query { conjuncts, ..view.query.clone() };
            vec![Step::Replace(View { query, ..view.clone() }), Step::Replace(view.clone())]
        }
        5 => vec![
            write("delete user:ann"),
            write("create user:ann { level: 2, admin: true }"),
            Step::Drop(view.name.clone()),
            Step::View(view.clone()),
        ],
        _ => vec![
            write("merge user:bob { level: 0, admin: false }"),
            write("merge user:ann { level: 3, admin: true }"),
            write("update user:cid { level: 1, words: ['a'] }"),
        ],
    };
    let mut at = third;
    for step in between {
        steps.insert(at, step);
        at += 1 + third / 2;
    }
}
