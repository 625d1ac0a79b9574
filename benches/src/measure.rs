//! The goals of the engine, measured.

use std::time::{Duration, Instant};

use view::delta::ViewNo;
use view::engine::Engine;

use crate::light::Light;
use crate::workload::{self, Draw, TASKS_PER_LIST, WINDOW};

/// How large a run is.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Rows of the table.
    pub rows: u64,
    /// Steps that are timed.
    pub steps: u64,
    /// Views that are touched.
    pub touched: u64,
    /// Views that are registered.
    pub registered: u64,
    /// Views that are counted for their bytes.
    pub counted: u64,
}

impl Scale {
    /// A run that takes no time, so that nothing rots.
    pub const SMOKE: Scale =
        Scale { rows: 2_000, steps: 50, touched: 10, registered: 100, counted: 100 };

    /// The run that the goals speak of.
    pub const LARGE: Scale = Scale {
        rows: 1_000_000,
        steps: 400_000,
        touched: 1_000,
        registered: 1_000_000,
        counted: 100_000,
    };

    /// What the environment asks for: `SPKY_BENCH=large`, else smoke.
    pub fn asked() -> Scale {
        match std::env::var("SPKY_BENCH").as_deref() {
            Ok("large") => Scale::LARGE,
            _ => Scale::SMOKE,
        }
    }
}

/// One measurement.
#[derive(Clone, Debug)]
pub struct Goal {
    /// What was measured.
    pub what: &'static str,
    /// What came out.
    pub measured: String,
    /// What is wanted.
    pub wanted: &'static str,
    /// The same deltas through a `BTreeMap`, where there is such a thing.
    pub light: Option<String>,
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// A step with one view that it changes, in a table of many rows.
pub fn one_view(scale: Scale) -> Goal {
    let mut engine = workload::loaded(scale.rows);
    let lists = (scale.rows / TASKS_PER_LIST).max(1);
    workload::register(&mut engine, &workload::first_of_list(), 0, lists.min(scale.registered));
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
    Goal {
        what: "step, one affected view",
        measured: format!("{:?}", median(times)),
        wanted: "2.5 µs median",
        light: Some(format!("{:?}", median(light(scale)))),
    }
}

fn light(scale: Scale) -> Vec<Duration> {
    let (mut light, mut draw) = (Light::default(), Draw::new(1));
    let lists = (scale.rows / TASKS_PER_LIST).max(1);
    for task in 0..scale.rows {
        light.write(task % lists, task, draw.below(1_000_000), 0);
    }
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
        light: None,
    }
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
        light: None,
    }
}

/// What a registered view holds, beyond the rows.
pub fn bytes_per_view(scale: Scale) -> Goal {
    let mut engine = workload::loaded(scale.rows.min(100_000));
    let plan = workload::first_of_list();
    workload::register(&mut engine, &plan, 0, 1);
    let before = resident();
    workload::register(&mut engine, &plan, 1, scale.counted);
    let bytes = resident().saturating_sub(before) / scale.counted;
    assert!(!engine.answer(ViewNo(0)).is_empty(), "the first list has tasks");
    Goal {
        what: "resident bytes for each of 100,000 views",
        measured: format!("{bytes}"),
        wanted: "1,024",
        light: None,
    }
}

/// What a stored row holds, without an index.
pub fn bytes_per_row(scale: Scale) -> Goal {
    let before = resident();
    let engine = workload::loaded(scale.rows);
    let bytes = resident().saturating_sub(before) / scale.rows;
    assert!(engine.row(&workload::task(0)).is_some(), "the rows are held");
    Goal { what: "resident bytes of a row", measured: format!("{bytes}"), wanted: "", light: None }
}

/// Resident bytes of this process, where the system tells.
fn resident() -> u64 {
    let told = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = told.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4_096
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
        light: None,
    }
}

/// Every goal.
pub const GOALS: [fn(Scale) -> Goal; 6] =
    [one_view, flat, registration, bytes_per_view, load, bytes_per_row];

#[cfg(test)]
mod tests {
    use super::{GOALS, Goal, Scale};

    #[test]
    fn the_smallest_run_measures_every_goal() {
        for goal in GOALS {
            let Goal { what, measured, .. } = goal(Scale::SMOKE);
            assert!(measured.contains(|digit: char| digit.is_ascii_digit()), "{what}: {measured}");
        }
    }
}
