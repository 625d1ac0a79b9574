//! The engine beside the reference evaluator, with every property, without a database.
//!
//! `SPKY_SEEDS=from..to` chooses the seeds of the swarm; with `SPKY_STEPS=n` it goes on from there until so many steps
//! are taken, and says what they were.

use std::collections::BTreeSet;

use tests::random::{Case, draw, groups, pairs, pairwise, skeletons, subqueries};

use super::properties::wrong;
use super::tally::Tally;
use super::{fail, seeds, slow};

/// Between two lines that say how far a long run is.
const SAY_EVERY: u64 = 100_000;

fn holds(case: &Case, tally: &mut Tally) {
    if wrong(case, tally).is_some() {
        fail(case, |case| wrong(case, &mut Tally::default()));
    }
}

fn all_hold(cases: &[Case]) {
    let mut tally = Tally::default();
    cases.iter().for_each(|case| holds(case, &mut tally));
    eprintln!("{tally}");
}

#[test]
fn every_skeleton_is_made_once() {
    for queries in [skeletons::shallow(), skeletons::deep(), skeletons::nested()] {
        let texts: BTreeSet<String> = queries.iter().map(|query| query.print()).collect();
        assert_eq!(texts.len(), queries.len());
    }
    // 4 atoms; one connective deep 4 + 4 + 2 × 4²; two deep 4 + 40 + 2 × 40²; each beside none at all.
    assert_eq!(skeletons::shallow().len(), (1 + 40) * 4 * 4);
    assert_eq!(skeletons::deep().len(), (1 + 3_244) * 2);
    assert_eq!(skeletons::nested().len(), 4 * 4 * 4);
}

#[test]
fn every_skeleton_of_a_plan_holds() {
    let cases = skeletons::cases();
    let every = if slow() { 1 } else { 16 };
    all_hold(&cases.into_iter().step_by(every).collect::<Vec<_>>());
}

#[test]
fn the_covering_array_has_every_pair() {
    let (levels, rows) = (pairs::levels(), pairs::rows());
    let missing = pairwise::uncovered(&levels, &rows);
    assert!(missing.is_empty(), "100 % of the pairs, but for {missing:?}");
    let most: usize = levels.iter().product();
    assert!(rows.len() < most / 1_000, "few rows have them: {}", rows.len());
}

#[test]
fn every_pair_of_features_holds() {
    let rows = pairs::rows();
    let cases: Vec<Case> =
        rows.iter().enumerate().map(|(number, row)| pairs::case(number, row)).collect();
    all_hold(&cases);
}

#[test]
fn drawn_groups_hold() {
    let seeds = seeds("SPKY_GROUPED_SEEDS", if slow() { 0..5_000 } else { 0..60 });
    all_hold(&seeds.map(groups::draw).collect::<Vec<_>>());
}

#[test]
fn drawn_subqueries_hold() {
    let seeds = seeds("SPKY_NESTED_SEEDS", if slow() { 0..10_000 } else { 0..100 });
    all_hold(&seeds.map(|seed| subqueries::draw(seed, true)).collect::<Vec<_>>());
}

#[test]
fn the_swarm_and_its_tail_hold() {
    let seeds = seeds("SPKY_SEEDS", if slow() { 0..20_000 } else { 0..150 });
    let steps = std::env::var("SPKY_STEPS").ok().map(|n| n.parse::<u64>().expect("a number"));
    let (mut tally, mut say) = (Tally::default(), SAY_EVERY);
    for seed in seeds.start.. {
        let over = steps.map_or(seed >= seeds.end, |steps| tally.steps >= steps);
        if over {
            eprintln!("seeds {}..{seed}: {tally}", seeds.start);
            break;
        }
        holds(&draw(seed), &mut tally);
        if tally.steps >= say {
            say += SAY_EVERY;
            eprintln!("seeds {}..={seed}: {tally}", seeds.start);
        }
    }
}
