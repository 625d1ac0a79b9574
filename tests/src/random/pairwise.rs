//! Covering arrays: few rows in which every pair of levels of every two factors stands together.

use std::collections::BTreeSet;

/// A level of a factor, with one of another.
type Pair = ((usize, usize), (usize, usize));

/// Makes the rows for factors with so many levels each; a row has one level of each.
pub fn covering(levels: &[usize]) -> Vec<Vec<usize>> {
    let mut open = pairs(levels);
    let mut rows = Vec::new();
    while let Some(&((a, x), (b, y))) = open.first() {
        let mut row: Vec<Option<usize>> = vec![None; levels.len()];
        (row[a], row[b]) = (Some(x), Some(y));
        for factor in 0..levels.len() {
            if row[factor].is_some() {
                continue;
            }
            // The level that meets the most of what is open; of equal ones, not always the same.
            let met = |level: usize| {
                let others = row.iter().enumerate();
                let others = others.filter_map(|(other, chosen)| Some((other, (*chosen)?)));
                others.filter(|other| open.contains(&pair((factor, level), *other))).count()
            };
            let turn = rows.len();
            let best = (0..levels[factor])
                .map(|level| (level + turn) % levels[factor])
                .max_by_key(|level| met(*level));
            row[factor] = best;
        }
        let row: Vec<usize> = row.into_iter().map(Option::unwrap_or_default).collect();
        for pair in pairs_of(&row) {
            open.remove(&pair);
        }
        rows.push(row);
    }
    rows
}

/// The pairs that no row has.
pub fn uncovered(levels: &[usize], rows: &[Vec<usize>]) -> BTreeSet<Pair> {
    let mut open = pairs(levels);
    for row in rows {
        for pair in pairs_of(row) {
            open.remove(&pair);
        }
    }
    open
}

fn pair(a: (usize, usize), b: (usize, usize)) -> Pair {
    if a.0 < b.0 { (a, b) } else { (b, a) }
}

fn pairs(levels: &[usize]) -> BTreeSet<Pair> {
    let mut all = BTreeSet::new();
    for a in 0..levels.len() {
        for b in a + 1..levels.len() {
            for x in 0..levels[a] {
                all.extend((0..levels[b]).map(|y| ((a, x), (b, y))));
            }
        }
    }
    all
}

fn pairs_of(row: &[usize]) -> Vec<Pair> {
    let chosen: Vec<(usize, usize)> = row.iter().copied().enumerate().collect();
    let from = |at: usize| chosen[at + 1..].iter().map(move |other| (at, *other));
    (0..chosen.len()).flat_map(from).map(|(at, other)| (chosen[at], other)).collect()
}
