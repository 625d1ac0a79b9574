//! Subqueries: the swarm's cases, with most of their views showing what belongs to each row.

use rand::Rng;
use rand::rngs::StdRng;

use super::Case;
use super::case::Step;
use super::condition::condition;
use super::features::Features;
use super::query::{Child, Query};
use super::values::pick;

/// What ties a row of the table to the row around it.
const TIES: &[&str] = &[
    "owner = $parent.owner",
    "n = $parent.n",
    "k = $parent.k",
    "id = $parent.k",
    "$parent.k = n",
    "n > $parent.n",
    "n >= $parent.n AND n != 3",
    "tags CONTAINS $parent.k",
    "k IN $parent.tags",
    "$parent.tags CONTAINS k",
    "$parent.public",
    "!$parent.public",
    "(k = $parent.k OR owner = $parent.owner)",
    "$parent.o.x = k",
    "o.x = $parent.o.y",
    "id = $parent.id",
    "id != $parent.id",
    "n = $parent.missing",
];

/// What ties a user to the row around him.
const TIES_OF_USERS: &[&str] = &[
    "id = $parent.owner",
    "level = $parent.n",
    "level > $parent.n",
    "words CONTAINS $parent.k",
    "id IN $parent.tags",
    "admin",
];

/// Draws the case of a seed. `anything` may fail: what the database says of a row that fails in a subquery cannot be
/// asked of it by itself.
pub fn draw(seed: u64, anything: bool) -> Case {
    let mut case = super::draw(seed);
    case.title = format!("subqueries drawn by seed {seed}");
    let mut chance = super::chance(seed ^ 0x5ca1_ab1e);
    let features = Features { raising: anything, ..Features::draw(&mut chance) };
    if !anything {
        never_raising(&mut case);
    }
    for view in case.views_mut() {
        // What a list shows twice, it has below it twice.
        if view.query.shown.starts_with("VALUE") || chance.random_bool(0.2) {
            continue;
        }
        let children = chance.random_range(1..3);
        view.query.children = (0..children).map(|at| child(&mut chance, features, at, 2)).collect();
    }
    case
}

/// The permission that raises holds for subqueries' rows, too.
fn never_raising(case: &mut Case) {
    let mut mend = |text: &mut String| *text = text.replace("string::len(k) > 0 OR ", "");
    case.permission.iter_mut().for_each(&mut mend);
    for step in &mut case.steps {
        if let Step::Line(line) = step {
            mend(line);
        }
    }
}

fn child(chance: &mut StdRng, features: Features, at: usize, depth: u32) -> Child {
    let of_users = chance.random_bool(0.3);
    let ties = if of_users { TIES_OF_USERS } else { TIES };
    let mut query = Query { source: of_users.then(|| "user".to_owned()), ..Query::all() };
    if chance.random_bool(0.9) {
        query.conjuncts.push(pick(chance, ties).to_owned());
    }
    if chance.random_bool(0.4) {
        query.conjuncts.push(match of_users {
            true => pick(chance, &["level > 1", "id = $auth", "admin = true"]).to_owned(),
            false => condition(chance, features, 1),
        });
    }
    if chance.random_bool(0.4) {
        let key = if of_users { "level" } else { pick(chance, &["n", "k", "s", "id"]) };
        query.order.push(format!("{key}{}", pick(chance, &["", " DESC"])));
    }
    if chance.random_bool(0.4) {
        query.limit = Some(pick(chance, &["0", "1", "2", "$limit"]).to_owned());
    }
    if chance.random_bool(0.15) {
        query.start = Some(pick(chance, &["1", "$start"]).to_owned());
    }
    if chance.random_bool(0.2) {
        query.shown = if of_users { "id, level" } else { "n, k, s, id" }.to_owned();
    }
    // A user has no fields by which tasks are tied, so that only what is below a task is drawn.
    if depth > 1 && !of_users && chance.random_bool(0.4) {
        query.children.push(child(chance, features, 0, depth - 1));
    }
    // The same names in different depths: what is reached in two ways is one edge.
    let name = pick(chance, &["kids", "more"]);
    Child { alias: format!("{name}{at}"), first: chance.random_bool(0.2), query }
}
