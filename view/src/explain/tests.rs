#![allow(clippy::unwrap_used, reason = "a test says by panicking what did not hold")]

use super::explain;
use crate::catalog::{Catalog, Permission, Principal, Table};
use crate::lower;

fn explained(select: &str, text: &str) -> String {
    let mut catalog = Catalog::default();
    catalog.tables.insert("task".into(), Table::captured(Permission::Where(select.into())));
    let plan = lower::plan(text, &catalog, Principal::User { table: "user" }).unwrap();
    explain(&plan).to_string()
}

#[test]
fn an_explanation_reads_like_the_query() {
    let text = "SELECT * FROM task WHERE list = $list AND rank > 3 ORDER BY rank DESC LIMIT 20";
    let expected = "\
family      SELECT FROM task WHERE (list = $3) AND (rank > $4) ORDER BY rank DESC LIMIT $5
  $1        $auth
  $2        true
  $3        $list
  $4        3
  $5        20
permission  (owner = $auth) OR (public = true)
arm 1
  found by  list = $3 AND owner = $1
  evaluated rank > $4
  changes   by rank above $4
arm 2
  found by  list = $3 AND public = $2
  evaluated rank > $4
  changes   by rank above $4
index       (list, owner; by rank DESC, id)
index       (list, public; by rank DESC, id)
            about 32 bytes a row and index
circuit     kept: the first matches, up to twice START + LIMIT
predicted   3.5 µs for a change and a view that it concerns; 2120 bytes a view";
    assert_eq!(explained("owner = $auth OR public = true", text), expected);
}

#[test]
fn a_column_that_has_to_be_true_is_a_key() {
    let expected = "\
family      SELECT FROM task WHERE !done
  $1        $auth
permission  (owner = $auth) OR public
arm 1
  found by  !done AND owner = $1
arm 2
  found by  !done AND public
index       (truth of done, owner; by id)
index       (truth of done, truth of public; by id)
            about 32 bytes a row and index
circuit     members: every row by itself, nothing is kept
predicted   1.7 µs for a change and a view that it concerns; 840 bytes a view";
    assert_eq!(explained("owner = $auth OR public", "SELECT * FROM task WHERE !done"), expected);
}

#[test]
fn an_index_says_how_it_compares_texts() {
    let text = "SELECT * FROM task WHERE list = 'a' ORDER BY title COLLATE NUMERIC DESC, n LIMIT 3";
    let printed = explained("owner = $auth", text);
    assert!(printed.contains("ORDER BY title COLLATE NUMERIC DESC, n LIMIT $"), "{printed}");
    assert!(printed.contains("by title COLLATE NUMERIC DESC, n, id"), "{printed}");
}

#[test]
fn subqueries_are_explained_under_their_names() {
    let text = "SELECT *, (SELECT * FROM task WHERE id = $parent.up LIMIT 1)[0] AS up FROM task";
    let explained = explained("owner = $auth", text);
    let (_, below) = explained.split_once("subquery    ").unwrap();
    let expected = "\
up, a window for each row that asks something else
  family      SELECT FROM task WHERE id = $2 LIMIT $3
    $1        $auth
    $2        $parent.up
    $3        1
  permission  owner = $auth
";
    assert!(below.starts_with(expected), "{below}");
}
