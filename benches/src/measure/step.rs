//! Steps: one view that a change concerns, and the same views among few and among many.

use std::time::{Duration, Instant};

use view::engine::Engine;

use super::{Goal, Scale, loaded_light, median};
use crate::workload::{self, Draw, TASKS_PER_LIST, WINDOW};

/// A step with one view that it changes, in a table of many rows.
pub fn one_view(scale: Scale) -> Goal {
    let mut engine = workload::loaded(scale.rows);
    let lists = (scale.rows / TASKS_PER_LIST).max(1);
    workload::register(&mut engine, &workload::first_of_list(), 0, lists.min(scale.registered));
    Goal {
        what: "step, one affected view",
        measured: format!("{:?}", random_writes(&mut engine, scale)),
        wanted: "2.5 µs median",
        light: Some(format!("{:?}", median(light(scale)))),
    }
}

/// The median step of writes to random tasks; some change a view.
pub fn random_writes(engine: &mut Engine, scale: Scale) -> Duration {
    let (mut draw, mut times, mut lines) = (Draw::new(2), Vec::new(), 0);
    for step in 0..scale.steps {
        let change =
            workload::write(draw.below(scale.rows), draw.below(400_000), step + 2, scale.rows);
        let begun = Instant::now();
        let told = engine.apply(vec![change]);
        times.push(begun.elapsed());
        lines += told.views.len();
    }
    assert!(lines > 0, "some step changes its view");
    median(times)
}

fn light(scale: Scale) -> Vec<Duration> {
    let mut light = loaded_light(scale.rows);
    let lists = (scale.rows / TASKS_PER_LIST).max(1);
    let (mut draw, mut times, mut lines) = (Draw::new(2), Vec::new(), 0);
    for _ in 0..scale.steps {
        let (task, rank) = (draw.below(scale.rows), draw.below(400_000));
        let begun = Instant::now();
        lines += light.write(task % lists, task, rank, WINDOW as usize);
        times.push(begun.elapsed());
    }
    assert!(lines > 0, "some step changes its list");
    times
}

/// The same views touched, with few and with many registered; then all of the many, at random.
pub fn flat(scale: Scale) -> Goal {
    let mut engine = workload::loaded(scale.rows);
    let plan = workload::first_of_list();
    workload::register(&mut engine, &plan, 0, scale.touched);
    let mut stamp = 1;
    touch(&mut engine, scale, scale.touched, &mut stamp);
    let few = touch(&mut engine, scale, scale.touched, &mut stamp);
    workload::register(&mut engine, &plan, scale.touched, scale.registered);
    touch(&mut engine, scale, scale.touched, &mut stamp);
    let many = touch(&mut engine, scale, scale.touched, &mut stamp);
    let all = touch(&mut engine, scale, u64::MAX, &mut stamp);
    let ratio = many.as_secs_f64() / few.as_secs_f64();
    Goal {
        what: "the same 1,000 views touched, with 1,000 and with 1,000,000 registered",
        measured: format!("{few:?}, {many:?}: {ratio:.2} × (all at random: {all:?})"),
        wanted: "1.2 ×",
        light: Some(format!("{:?}", touch_light(scale))),
    }
}

/// The same writes to the same few lists.
fn touch_light(scale: Scale) -> Duration {
    let mut light = loaded_light(scale.rows);
    let lists = (scale.rows / TASKS_PER_LIST).max(1);
    let mut draw = Draw::new(3);
    let times = (0..scale.steps).map(|_| {
        let list = draw.below(lists.min(scale.touched));
        let task = list + lists * draw.below(TASKS_PER_LIST.min(scale.rows / lists));
        let rank = draw.below(400_000);
        let begun = Instant::now();
        light.write(list, task, rank, WINDOW as usize);
        begun.elapsed()
    });
    median(times.collect())
}

fn touch(engine: &mut Engine, scale: Scale, touched: u64, stamp: &mut u64) -> Duration {
    let lists = (scale.rows / TASKS_PER_LIST).max(1);
    let mut draw = Draw::new(3);
    let times = (0..scale.steps).map(|_| {
        *stamp += 1;
        let list = draw.below(lists.min(touched));
        let number = list + lists * draw.below(TASKS_PER_LIST.min(scale.rows / lists));
        let change = workload::write(number, draw.below(400_000), *stamp, scale.rows);
        let begun = Instant::now();
        engine.apply(vec![change]);
        begun.elapsed()
    });
    median(times.collect())
}
