//! Changes that concern no view, in a table that many views are of.

use std::time::{Duration, Instant};

use view::engine::Engine;

use super::{Goal, Scale, loaded_light, median};
use crate::workload::{self, Draw, TASKS_PER_LIST};

/// Rows of lists that nobody watches change: a few rows, and any of all.
pub fn nobody(scale: Scale) -> Goal {
    let mut engine = workload::loaded(scale.rows);
    let lists = (scale.rows / TASKS_PER_LIST).max(2);
    // Half of the lists are watched.
    let watched = (lists / 2).min(scale.registered);
    workload::register(&mut engine, &workload::first_of_list(), 0, watched);
    let mut stamp = 1;
    let mut times = |engine: &mut Engine, among: u64| {
        write(engine, scale, (watched, lists), among, &mut stamp);
        write(engine, scale, (watched, lists), among, &mut stamp)
    };
    let (few, all) = (times(&mut engine, 20), times(&mut engine, lists));
    Goal {
        what: "a change that concerns no view: of 1,000 rows again and again, of any of the million",
        measured: format!("{few:?}, {all:?}"),
        wanted: "0.5 µs",
        light: Some(format!("{:?}, {:?}", light(scale, 20), light(scale, lists))),
    }
}

fn write(
    engine: &mut Engine,
    scale: Scale,
    (watched, lists): (u64, u64),
    among: u64,
    stamp: &mut u64,
) -> Duration {
    let mut draw = Draw::new(7);
    let unwatched = (lists - watched).min(among);
    let times = (0..scale.steps).map(|_| {
        *stamp += 1;
        let list = watched + draw.below(unwatched);
        let number = list + lists * draw.below(TASKS_PER_LIST.min(scale.rows / lists));
        let change = workload::write(number, draw.below(400_000), *stamp, scale.rows);
        let begun = Instant::now();
        let step = engine.apply(vec![change]);
        let took = begun.elapsed();
        assert!(step.views.is_empty(), "nobody watches list {list}");
        took
    });
    median(times.collect())
}

/// The same writes, with nothing to say.
fn light(scale: Scale, among: u64) -> Duration {
    let mut light = loaded_light(scale.rows);
    let lists = (scale.rows / TASKS_PER_LIST).max(2);
    let mut draw = Draw::new(7);
    let times = (0..scale.steps).map(|_| {
        let list = draw.below(lists.min(among));
        let task = list + lists * draw.below(TASKS_PER_LIST.min(scale.rows / lists));
        let rank = draw.below(400_000);
        let begun = Instant::now();
        light.write(list, task, rank, 0);
        begun.elapsed()
    });
    median(times.collect())
}
