//! What groups cost: a row for each figure of `benches/README.md`.
//!
//! Tasks in lists of fifty, and for each list a view of how many of them are done:
//! `SELECT done, count() AS n, math::sum(rank) AS ranks FROM task WHERE list = $list GROUP BY done`.
#![allow(clippy::print_stdout)]

use std::time::{Duration, Instant};

use benches::workload::{self, Draw, Grouping as Tasks};
use protocol::{Change, ChangeId};
use relational::Relational;
use view::delta::ViewNo;
use view::engine::Engine;
use view::plan::{Aggregate, Expr, Grouping, Path, Plan, Projection};

/// Rows of the table; `SPKY_BENCH=large` measures what the table in the README says.
fn rows() -> u64 {
    if std::env::var("SPKY_BENCH").is_ok_and(|size| size == "large") { 1_000_000 } else { 10_000 }
}

fn plan() -> Plan {
    let field = |name: &str| Expr::Field(Path::field(name));
    let group = Grouping {
        keys: vec![field("done")],
        sums: vec![field("rank")],
        shown: vec![
            (Path::field("done"), Aggregate::Key(0)),
            (Path::field("n"), Aggregate::Count),
            (Path::field("ranks"), Aggregate::Sum(0)),
        ],
        over_nothing: false,
    };
    let of_list = workload::some_of_list(None);
    let (projection, order) = (Projection::nothing(), Vec::new());
    Plan { projection, group: Some(group), order, ..of_list }
}

fn loaded(rows: u64) -> Engine {
    let mut engine = Engine::with_groups(Box::new(Relational::default()));
    engine.load_begin("task");
    let (tasks, mut draw) = (Tasks::of_fifty(rows), Draw::new(1));
    for from in (0..rows).step_by(500) {
        let page = (from..rows.min(from + 500)).map(|n| tasks.write(n, draw.below(1_000_000), 1));
        engine.load_rows("task", page.collect());
    }
    engine.load_end("task", ChangeId::default());
    engine
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn p95(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() * 95 / 100]
}

fn steps(
    engine: &mut Engine,
    stamp: &mut u64,
    views: u64,
    (many, per_commit): (usize, u64),
) -> Vec<Duration> {
    let (tasks, mut draw) = (Tasks::of_fifty(rows()), Draw::new(7));
    let lists = tasks.lists;
    (0..many)
        .map(|_| {
            *stamp += 1;
            let stamp = *stamp;
            let change = |_| -> Change {
                let list = draw.below(views);
                let number = list + lists * draw.below(workload::TASKS_PER_LIST);
                tasks.write(number, draw.below(1_000_000), stamp)
            };
            let commit: Vec<Change> = (0..per_commit).map(change).collect();
            let begun = Instant::now();
            let told = engine.apply(commit);
            let took = begun.elapsed();
            assert!(!told.views.is_empty(), "a group changed");
            took
        })
        .collect()
}

fn main() {
    let rows = rows();
    println!("| what ({rows} rows, lists of fifty) | measured |");
    println!("|---|---|");
    let mut engine = loaded(rows);
    let (of_list, mut stamp) = (plan(), 10);
    let register = |engine: &mut Engine, number: u64| {
        let no = ViewNo(u32::try_from(number).expect("few views"));
        let begun = Instant::now();
        engine.register(no, &of_list, workload::watcher(number)).expect("it is accepted");
        begun.elapsed()
    };
    let first = register(&mut engine, 0);
    println!("| the first view of a shape: its circuit is built, and the thread | {first:?} |");
    for views in [1, 100, 1_000.min(rows / 50)] {
        let registered: Vec<Duration> =
            (1..views).map(|number| register(&mut engine, number)).collect();
        let took = steps(&mut engine, &mut stamp, views, (300, 1));
        let (p50, p95) = (median(took.clone()), p95(took));
        println!("| one change, {views} views of the shape: p50, p95 | {p50:?}, {p95:?} |");
        if views > 100 {
            println!("| registration of one more, 50 rows | {:?} |", median(registered));
        }
    }
    let views = 1_000.min(rows / 50);
    let took = median(steps(&mut engine, &mut stamp, views, (30, 1_000)));
    println!("| one commit of 1,000 changes, {views} views | {took:?} |");
    let another = Plan { filter: None, ..of_list.clone() };
    let begun = Instant::now();
    engine.register(ViewNo(u32::MAX), &another, workload::watcher(0)).expect("it is accepted");
    let took = begun.elapsed();
    let rate = rows as f64 / took.as_secs_f64();
    println!("| registration over all rows: time, rows in a second | {took:?}, {rate:.0} |");
    let took = median(steps(&mut engine, &mut stamp, views, (100, 1)));
    println!("| one change of a row that stands in both shapes | {took:?} |");
}
