//! One row in many views.

use std::time::{Duration, Instant};

use view::delta::ViewNo;

use super::{Goal, Scale, median};
use crate::workload::{self, Grouping};

/// Steps that are timed: each tells every view.
const STEPS: u64 = 50;

/// A row changes that every view shows, views that are one window and views that are not.
pub fn hot(scale: Scale) -> Goal {
    let (shared, own) = (steps(scale, false), steps(scale, true));
    let of_each = |took: Duration| took / u32::try_from(scale.watchers).unwrap_or(1);
    Goal {
        what: "one row in 10,000 views, for each: of one window, of windows of their own",
        measured: format!("{:?}, {:?}", of_each(shared), of_each(own)),
        wanted: "",
        light: None,
    }
}

fn steps(scale: Scale, own: bool) -> Duration {
    let all = Grouping { rows: 1_000, lists: 1 };
    let mut engine = all.loaded();
    for number in 0..scale.watchers {
        let no = ViewNo(u32::try_from(number).expect("fewer views than 2^32"));
        // What differs in an argument is a window of its own; here it is a LIMIT beyond the rows.
        let plan = workload::some_of_list(Some(2_000 + if own { number as i64 } else { 0 }));
        engine.register(no, &plan, workload::watcher(0)).expect("a plan that is accepted");
    }
    let times = (0..STEPS).map(|step| {
        let change = all.write(0, 5_000_000 + step, 2 + step);
        let begun = Instant::now();
        let told = engine.apply(vec![change]);
        let took = begun.elapsed();
        assert_eq!(told.views.len() as u64, scale.watchers, "every view shows the row");
        took
    });
    median(times.collect())
}
