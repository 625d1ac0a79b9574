//! Every plan skeleton to depth 2, over a fixture of twelve rows.
//!
//! A skeleton says which kinds of clauses there are and how they are nested, not which values they have: of each kind
//! of condition there is one, chosen so that it holds for some of the rows.

use super::case::{Case, Row, View};
use super::choices::Choices;
use super::phases::phases;
use super::query::{Child, Query};

/// Views of one case: what shares an engine.
const VIEWS: usize = 48;
/// Rows of one transaction, so that each phase has three.
const AT_ONCE: usize = 4;

/// A permission of the table, with who asks under it.
const READERS: &[(Option<&str>, Option<&str>)] = &[
    (None, None),
    (Some("FOR select WHERE owner = $auth OR public"), Some("user:ann")),
    (Some("FOR select WHERE n <= $auth.level"), Some("user:bob")),
];

/// One condition of each kind: a key, a range, a membership, one that can raise.
const ATOMS: &[&str] = &["k = $p", "n > 1", "tags CONTAINS $q", "string::len(s) > 1"];

/// ORDER BY: none, one key, a collated one, two keys.
const ORDERS: &[&[&str]] = &[&[], &["n"], &["s COLLATE NUMERIC DESC"], &["k DESC", "n"]];

/// LIMIT and START.
const WINDOWS: &[(Option<&str>, Option<&str>)] =
    &[(None, None), (Some("3"), None), (Some("$limit"), Some("2")), (None, Some("1"))];

const FIXTURE: &[&str] = &[
    "{ n: 0, k: 'a', s: 'b', tags: ['x'], owner: user:ann }",
    "{ n: 1, k: 'a', s: 'B', tags: ['x', 'y'], owner: user:bob, public: true }",
    "{ n: 2, k: 'b', s: 'a10', tags: [], owner: user:ann }",
    "{ n: 3, k: 'b', s: 'a9', tags: 'xyz', owner: user:bob }",
    "{ n: 2dec, k: 'a', s: 'ä', tags: ['x', 'x'], owner: user:ann, public: false }",
    "{ n: 1.5, k: NONE, s: '', tags: ['y'], owner: user:bob, public: true }",
    "{ n: NONE, k: 'a', s: 'ab', tags: ['x'], owner: user:ann }",
    "{ n: 'n', k: 'b', s: 'Ab', tags: [['x']], owner: user:ann }",
    "{ n: 2, k: 'a', s: 'a09', tags: ['x'], owner: NONE, public: true }",
    "{ n: 1, k: 'b', s: 'ss', tags: NONE, owner: user:ann }",
    "{ n: 5, k: 'a', s: 'ß', tags: ['x', 1], owner: user:ann }",
    "{ n: 2.0, k: 1, s: 'a10', tags: ['x'], owner: user:bob }",
];

/// Every case: the shallow queries of every reader, and of the deep ones each of one.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let (shallow, deep, nested) = (shallow(), deep(), nested());
    for reader in 0..READERS.len() {
        cases.extend(shallow.chunks(VIEWS).map(|queries| case("shallow", reader, queries)));
        cases.extend(nested.chunks(VIEWS / 3).map(|queries| case("nested", reader, queries)));
    }
    let deep = deep.chunks(VIEWS).enumerate();
    cases.extend(deep.map(|(at, queries)| case("deep", at % READERS.len(), queries)));
    cases
}

fn case(title: &str, reader: usize, queries: &[Query]) -> Case {
    let (permission, user) = READERS[reader];
    let mut case = Case::new(format!("{title} skeletons of reader {reader}"));
    case.permission = permission.map(str::to_owned);
    case.rows = rows();
    let views = queries.iter().enumerate();
    case.views = views.map(|(at, query)| view(at, user, query.clone())).collect();
    case.steps = phases(&case.rows, AT_ONCE);
    case
}

/// Every query whose condition is one connective deep, in every order and window.
pub fn shallow() -> Vec<Query> {
    Choices::every(|choices| {
        let conjuncts = condition(choices, 1).into_iter().collect();
        let order = choices.of(ORDERS).iter().map(|key| (*key).to_owned()).collect();
        let (limit, start) = choices.of(WINDOWS);
        query(conjuncts, order, limit, start)
    })
}

/// Every way in which a subquery is nested in a query, or two beside each other, with every order and window of each.
pub fn nested() -> Vec<Query> {
    let tie = |conjunct: &str| vec![conjunct.to_owned()];
    let child = |alias: &str, first, query| Child { alias: alias.to_owned(), first, query };
    Choices::every(|choices| {
        let order = choices.of(ORDERS).iter().map(|key| (*key).to_owned()).collect();
        let (limit, start) = choices.of(WINDOWS);
        let kids = query(tie("k = $parent.k"), order, limit, start);
        let owner = Query {
            source: Some("user".to_owned()),
            ..query(tie("id = $parent.owner"), Vec::new(), None, None)
        };
        let all = || query(Vec::new(), vec!["n".to_owned()], Some("5"), None);
        match choices.below(4) {
            0 => Query { children: vec![child("kids", false, kids)], ..Query::all() },
            1 => Query { children: vec![child("kids", true, kids)], ..all() },
            2 => {
                let children = vec![child("kids", false, kids), child("who", true, owner)];
                Query { children, ..all() }
            }
            _ => {
                let kids = Query { children: vec![child("who", true, owner)], ..kids };
                Query { children: vec![child("kids", false, kids)], ..Query::all() }
            }
        }
    })
}

/// Every query whose condition is two connectives deep, without a window and in one.
pub fn deep() -> Vec<Query> {
    Choices::every(|choices| {
        let conjuncts = condition(choices, 2).into_iter().collect();
        match choices.below(2) {
            0 => query(conjuncts, Vec::new(), None, None),
            _ => query(conjuncts, vec!["n".to_owned()], Some("2"), Some("1")),
        }
    })
}

fn query(
    conjuncts: Vec<String>,
    order: Vec<String>,
    limit: Option<&str>,
    start: Option<&str>,
) -> Query {
    let (limit, start) = (limit.map(str::to_owned), start.map(str::to_owned));
    Query { conjuncts, order, limit, start, ..Query::all() }
}

/// A condition of at most `depth` connectives, or none.
fn condition(choices: &mut Choices, depth: usize) -> Option<String> {
    (choices.below(2) == 1).then(|| tree(choices, depth))
}

fn tree(choices: &mut Choices, depth: usize) -> String {
    let kinds = if depth == 0 { 1 } else { 4 };
    match choices.below(kinds) {
        0 => choices.of(ATOMS).to_owned(),
        1 => format!("!({})", tree(choices, depth - 1)),
        kind => {
            let (a, b) = (tree(choices, depth - 1), tree(choices, depth - 1));
            format!("({a} {} {b})", if kind == 2 { "AND" } else { "OR" })
        }
    }
}

fn rows() -> Vec<Row> {
    let rows = FIXTURE.iter().enumerate();
    rows.map(|(at, content)| Row {
        record: format!("task:{}", at + 1),
        content: (*content).to_owned(),
    })
    .collect()
}

fn view(at: usize, user: Option<&'static str>, query: Query) -> View {
    let params = [("p", "'a'"), ("q", "'x'"), ("limit", "4")];
    let params = params.map(|(name, value)| (name, value.to_owned()));
    View { name: format!("v{at}"), user, query, params: params.into() }
}
