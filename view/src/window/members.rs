//! Windows without LIMIT and START: nothing is kept, every row is judged by itself.

use surrealdb_types::Value;

use super::{Concern, Scene, merge};
use crate::family::{Family, Verdict};
use crate::index::{Order, Ordered};
use crate::router::Access;
use crate::row::Row;
use crate::store::Transition;

/// Judges the old and the new row of each transition.
pub fn step(family: &Family, args: &[Value], concern: Concern<'_>) -> Vec<Transition> {
    let matching = |row: &Option<Row>, reached: bool| {
        let found = row.as_ref().filter(|_| reached);
        found.filter(|row| family.judge(row.content(), args) == Verdict::In).cloned()
    };
    let judged = concern.touched().map(|(touch, transition)| Transition {
        old: matching(&transition.old, touch.old),
        new: matching(&transition.new, touch.new),
    });
    judged.filter(|judged| judged.old.is_some() || judged.new.is_some()).collect()
}

/// Finds all matches, in the order of the answer.
pub fn rows(
    family: &Family,
    args: &[Value],
    ways: &[Access],
    scene: Scene<'_>,
    order: &Order,
) -> Vec<Row> {
    let mut found: Vec<Row> = Vec::new();
    merge::each_candidate(ways, scene.router, &mut |row| {
        if family.judge(row.content(), args) == Verdict::In {
            found.push(row.clone());
        }
    });
    // A row that is found by two arms is at one place: it stands once.
    Ordered::of_rows(order, &found).iter().map(|entry| entry.row.clone()).collect()
}
