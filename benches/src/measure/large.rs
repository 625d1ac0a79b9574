//! A view's size: a step of one that shows 30,000 rows beside one that shows 50.

use std::time::{Duration, Instant};

use view::engine::Engine;

use super::{Goal, Scale, median};
use crate::workload::{self, Draw, Grouping};

/// As many rows in one view of all, and in views of fifty.
pub fn large(scale: Scale) -> Goal {
    let rows = scale.shown;
    let (many, one) = (Grouping::of_fifty(rows), Grouping { rows, lists: 1 });
    let mut small = engine(many);
    let mut large = engine(one);
    let (mut small_times, mut large_times) = (Vec::new(), Vec::new());
    // In turns, so that what else the machine does falls on both.
    for round in 0..4 {
        small_times.extend(touch(&mut small, many, scale.steps / 4, round));
        large_times.extend(touch(&mut large, one, scale.steps / 4, round));
    }
    let (small, large) = (median(small_times), median(large_times));
    let ratio = large.as_secs_f64() / small.as_secs_f64();
    Goal {
        what: "step of a view of 50 rows, of 30,000 (30,000 rows in all, no LIMIT)",
        measured: format!("{small:?}, {large:?}: {ratio:.2} ×"),
        wanted: "1.2 ×",
        light: None,
    }
}

fn engine(grouping: Grouping) -> Engine {
    let mut engine = grouping.loaded();
    workload::register(&mut engine, &workload::some_of_list(None), 0, grouping.lists);
    engine
}

fn touch(engine: &mut Engine, grouping: Grouping, steps: u64, round: u64) -> Vec<Duration> {
    let mut draw = Draw::new(8 + round);
    let times = (0..steps).map(|step| {
        let (number, rank) = (draw.below(grouping.rows), draw.below(1_000_000));
        let change = grouping.write(number, rank, 2 + round * steps + step);
        let begun = Instant::now();
        let told = engine.apply(vec![change]);
        let took = begun.elapsed();
        assert_eq!(told.views.len(), 1, "every row is in a view");
        took
    });
    times.collect()
}
