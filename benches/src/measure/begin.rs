//! Beginnings: a view's registration, a table's load.

use std::time::{Duration, Instant};

use view::delta::ViewNo;
use view::engine::Engine;

use super::{Goal, Scale, loaded_light, median};
use crate::workload::{self, Draw, TASKS_PER_LIST, WINDOW};

/// Registering into a family that exists.
pub fn registration(scale: Scale) -> Goal {
    let mut engine = workload::loaded(scale.rows);
    let (plan, lists) = (workload::first_of_list(), (scale.rows / TASKS_PER_LIST).max(2));
    workload::register(&mut engine, &plan, 0, 1);
    let (mut empty, mut full) = (Vec::new(), Vec::new());
    for number in 1..lists.min(scale.counted) {
        let no = ViewNo(number as u32);
        let (times, of) =
            if number % 2 == 0 { (&mut full, number) } else { (&mut empty, lists + number) };
        let caller = workload::watcher(of);
        let begun = Instant::now();
        let step = engine.register(no, &plan, caller);
        times.push(begun.elapsed());
        assert!(step.is_ok(), "the plan is accepted");
    }
    let (empty, full) = (median(empty), median(full));
    Goal {
        what: "registration into a family: an empty window, one of 20 rows",
        measured: format!("{empty:?}, {full:?}"),
        wanted: "5 µs + window",
        light: Some(format!("{:?}", first_light(scale, lists))),
    }
}

/// The first tasks of each list.
fn first_light(scale: Scale, lists: u64) -> Duration {
    let light = loaded_light(scale.rows);
    let times = (1..lists.min(scale.counted)).map(|list| {
        let begun = Instant::now();
        let first = light.first(list, WINDOW as usize);
        let took = begun.elapsed();
        assert!(!first.is_empty(), "every list has tasks");
        took
    });
    median(times.collect())
}

/// Loading, with an index to keep.
pub fn load(scale: Scale) -> Goal {
    let mut engine = Engine::new();
    workload::register(&mut engine, &workload::first_of_list(), 0, 1);
    engine.load_begin("task");
    let mut draw = Draw::new(4);
    let (mut took, mut next) = (Duration::ZERO, 0);
    while next < scale.rows {
        let until = (next + 500).min(scale.rows);
        let page = (next..until).map(|n| workload::write(n, draw.below(1_000_000), 1, scale.rows));
        let page = page.collect();
        let begun = Instant::now();
        engine.load_rows("task", page);
        took += begun.elapsed();
        next = until;
    }
    let rate = scale.rows as f64 / took.as_secs_f64();
    Goal {
        what: "rows loaded in a second, with one index",
        measured: format!("{rate:.0}"),
        wanted: "400,000",
        light: Some(format!("{:.0}", load_light(scale))),
    }
}

fn load_light(scale: Scale) -> f64 {
    let begun = Instant::now();
    let light = loaded_light(scale.rows);
    let took = begun.elapsed();
    assert!(!light.first(0, 1).is_empty(), "the first list has tasks");
    scale.rows as f64 / took.as_secs_f64()
}
