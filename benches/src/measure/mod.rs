//! The goals of the engine, measured.

mod begin;
mod hot;
mod large;
mod memory;
mod nobody;
mod permission;
mod refill;
mod step;
mod subqueries;

use std::time::Duration;

use crate::light::Light;
use crate::workload::{Draw, TASKS_PER_LIST};

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
    /// Rows of the view that is large.
    pub shown: u64,
    /// Views that one row is in.
    pub watchers: u64,
    /// Rows that a delete storm takes.
    pub storm: u64,
    /// START of the view that begins far down.
    pub start: i64,
}

impl Scale {
    /// A run that takes no time, so that nothing rots.
    pub const SMOKE: Scale = Scale {
        rows: 2_000,
        steps: 50,
        touched: 10,
        registered: 100,
        counted: 100,
        shown: 500,
        watchers: 20,
        storm: 20,
        start: 100,
    };

    /// The run that the goals speak of.
    pub const LARGE: Scale = Scale {
        rows: 1_000_000,
        steps: 400_000,
        touched: 1_000,
        registered: 1_000_000,
        counted: 100_000,
        shown: 30_000,
        watchers: 10_000,
        storm: 10_000,
        start: 10_000,
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

/// Every goal.
pub const GOALS: [fn(Scale) -> Goal; 16] = [
    step::one_view,
    step::flat,
    begin::registration,
    memory::bytes_per_view,
    begin::load,
    memory::bytes_per_row,
    permission::owner,
    permission::member,
    permission::owner_or_public_or_admin,
    nobody::nobody,
    large::large,
    refill::storm,
    refill::residual,
    hot::hot,
    subqueries::hydration,
    subqueries::change,
];

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn loaded_light(rows: u64) -> Light {
    let (mut light, mut draw) = (Light::default(), Draw::new(1));
    let lists = (rows / TASKS_PER_LIST).max(1);
    for task in 0..rows {
        light.write(task % lists, task, draw.below(1_000_000), 0);
    }
    light
}

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
