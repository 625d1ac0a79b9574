//! What users and operators wait for, through everything that is real: the database, the `ssp` binary, LIVE.
//!
//! `porcelain [RUN…]` measures the named runs, or all; `SPKY_BENCH=large` at full size, else so small that the suite
//! does it. Each prints rows for the tables of `benches/README.md`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod bulk;
mod cost;
mod delay;
mod edges;
mod harm;
mod hot;
mod load;
mod restart;
mod subscribers;
mod world;

use std::time::Duration;

use world::Size;

/// The runs by their names, in the order in which they are measured.
const RUNS: [&str; 7] = ["edges", "bulk", "cost", "hot", "restart", "load", "harm"];

/// Measures one run; the rows that it prints.
async fn measure(run: &str, size: &Size) -> Vec<String> {
    match run {
        "edges" => Box::pin(edges::measure(size)).await,
        "bulk" => Box::pin(bulk::measure(size)).await,
        "cost" => Box::pin(cost::measure(size)).await,
        "hot" => Box::pin(hot::measure(size)).await,
        "restart" => Box::pin(restart::measure(size)).await,
        "load" => Box::pin(load::measure(size)).await,
        "harm" => Box::pin(harm::measure(size)).await,
        other => panic!("`{other}` is no run: {}", RUNS.join(", ")),
    }
}

/// That many hundredths of what was measured are at most this.
fn at(times: &[Duration], share: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len().saturating_sub(1) * share / 100).copied().unwrap_or_default()
}

/// p50 and p99, as a table has them.
fn spread(times: &[Duration]) -> String {
    format!("{:.1?}, {:.1?}", at(times, 50), at(times, 99))
}

fn main() {
    let large = std::env::var("SPKY_BENCH").is_ok_and(|size| size == "large");
    let size = if large { Size::large() } else { Size::smoke() };
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let asked = if asked.is_empty() { RUNS.map(str::to_owned).to_vec() } else { asked };
    for run in asked {
        let begun = std::time::Instant::now();
        println!("\n## {run}\n");
        tests::block_on(measure(&run, &size)).iter().for_each(|row| println!("{row}"));
        println!("\n({run}: {:.0?})", begun.elapsed());
    }
}

#[cfg(test)]
mod tests_of_size {
    use super::{RUNS, Size, measure};

    #[test]
    fn the_smallest_run_measures_everything() {
        for run in RUNS {
            let rows = tests::block_on(measure(run, &Size::smoke()));
            let figure = |row: &&String| row.starts_with('|') && !row.contains("---");
            assert!(rows.iter().filter(figure).count() > 1, "{run}: {rows:?}");
        }
    }
}
