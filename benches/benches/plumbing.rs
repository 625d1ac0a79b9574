//! One step, one registration: for profiling and for comparing two commits.

use benches::{Scale, workload};
use divan::Bencher;
use view::delta::ViewNo;

fn main() {
    divan::main();
}

fn rows() -> u64 {
    Scale::asked().rows
}

/// A step that changes one view's window.
#[divan::bench]
fn step(bencher: Bencher<'_, '_>) {
    let mut engine = workload::loaded(rows());
    let lists = (rows() / workload::TASKS_PER_LIST).max(1);
    workload::register(&mut engine, &workload::first_of_list(), 0, lists);
    let (mut draw, mut stamp) = (workload::Draw::new(2), 1);
    bencher
        .with_inputs(|| {
            stamp += 1;
            vec![workload::write(draw.below(rows()), draw.below(400_000), stamp, rows())]
        })
        .bench_local_values(|changes| engine.apply(changes));
}

/// A registration into a family that exists.
#[divan::bench]
fn register(bencher: Bencher<'_, '_>) {
    let mut engine = workload::loaded(rows());
    let plan = workload::first_of_list();
    let mut number = 0;
    bencher
        .with_inputs(|| {
            number += 1;
            (ViewNo(number), workload::watcher(u64::from(number)))
        })
        .bench_local_values(|(no, caller)| engine.register(no, &plan, caller));
}
