//! From a commit to its edge, through everything that is real: the database, the `ssp` binary, LIVE.
//!
//! `SPKY_BENCH=large` runs it at full size and prints the rows of the table in `benches/README.md`; without it a few
//! views and writes show that it works, as the suite does.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod delay;
mod world;

use std::time::Duration;

use delay::Delays;
use world::{Size, World};

/// What one rate came to.
struct Measured {
    rate: u32,
    delays: Delays,
}

fn at(delays: &mut [Duration], share: usize) -> Duration {
    delays.sort_unstable();
    delays[(delays.len() - 1) * share / 100]
}

async fn measure(size: &Size) -> Vec<Measured> {
    let world = World::start(size).await;
    let mut measured = Vec::new();
    for (rate, seconds) in &size.rates {
        let delays = delay::of_writes(&world, size, *rate, rate * seconds).await;
        measured.push(Measured { rate: *rate, delays });
    }
    world.end();
    measured
}

fn main() {
    let large = std::env::var("SPKY_BENCH").is_ok_and(|size| size == "large");
    let size = if large { Size::large() } else { Size::smoke() };
    println!("| writes/s | p50 | p99 | the database's own LIVE on the table: p50, p99 | writes |");
    println!("|---|---|---|---|---|");
    for Measured { rate, delays } in tests::block_on(measure(&size)) {
        let Delays { mut edge, mut row } = delays;
        let (p50, p99) = (at(&mut edge, 50), at(&mut edge, 99));
        let (own50, own99) = (at(&mut row, 50), at(&mut row, 99));
        println!("| {rate} | {p50:.1?} | {p99:.1?} | {own50:.1?}, {own99:.1?} | {} |", edge.len());
    }
}

#[cfg(test)]
mod tests_of_size {
    use super::{Size, measure};

    #[test]
    fn the_smallest_run_measures_every_rate() {
        let size = Size::smoke();
        let measured = tests::block_on(measure(&size));
        let counts: Vec<usize> =
            measured.iter().map(|measured| measured.delays.edge.len()).collect();
        let wanted: Vec<usize> =
            size.rates.iter().map(|(rate, seconds)| (rate * seconds) as usize).collect();
        assert_eq!(counts, wanted, "every write has an edge");
    }
}
