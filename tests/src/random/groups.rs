//! Groups: the swarm's cases, with most of their views asking for counts and sums.

use rand::Rng;
use rand::rngs::StdRng;

use super::Case;
use super::query::Query;
use super::values::pick;

const KEYS: &[&str] = &["k", "n", "s", "o.x", "owner", "tags", "public"];
const SHOWN: &[&str] = &[
    "count() AS many",
    "math::sum(n) AS sum",
    "count() AS many, math::sum(n) AS sum",
    "math::sum(n) AS sum, math::sum(o.x) AS other, count()",
    "math::sum(k) AS sum",
];

/// Draws the case of a seed.
pub fn draw(seed: u64) -> Case {
    let mut case = super::draw(seed);
    case.title = format!("groups drawn by seed {seed}");
    let mut chance = super::chance(!seed);
    for view in case.views_mut() {
        if chance.random_bool(0.8) {
            group(&mut chance, &mut view.query);
        }
    }
    case
}

fn group(chance: &mut StdRng, query: &mut Query) {
    let mut keys: Vec<&str> = (0..chance.random_range(0..3)).map(|_| pick(chance, KEYS)).collect();
    keys.dedup();
    let shown = pick(chance, SHOWN).to_owned();
    // An alias is a key, too.
    let renamed = keys.len() == 1 && chance.random_bool(0.3);
    let selected = match renamed {
        true => format!("{} AS key, ", keys[0]),
        false => keys.iter().map(|key| format!("{key}, ")).collect(),
    };
    let by = if renamed && chance.random_bool(0.5) { "key".to_owned() } else { keys.join(", ") };
    let conjuncts = std::mem::take(&mut query.conjuncts);
    *query = Query {
        shown: format!("{selected}{shown}"),
        conjuncts,
        group: Some(if by.is_empty() { "ALL".to_owned() } else { format!("BY {by}") }),
        ..Query::default()
    };
}
