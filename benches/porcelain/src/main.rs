//! From a commit to its edge, through everything that is real: the database, the `ssp` binary, LIVE.
//!
//! `SPKY_BENCH=large` runs it at full size and prints the rows of the table in `benches/README.md`; without it a few
//! views and writes show that it works, as the suite does.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod delay;
mod world;

use std::time::Duration;

use world::{Size, World};

/// What one rate came to.
struct Measured {
    rate: u32,
    /// Sorted.
    took: Vec<Duration>,
}

impl Measured {
    fn at(&self, share: usize) -> Duration {
        self.took[(self.took.len() - 1) * share / 100]
    }
}

async fn measure(size: &Size) -> Vec<Measured> {
    let world = World::start(size).await;
    let mut measured = Vec::new();
    for (rate, seconds) in &size.rates {
        let mut took = delay::of_writes(&world, size, *rate, rate * seconds).await;
        took.sort();
        measured.push(Measured { rate: *rate, took });
    }
    world.end();
    measured
}

fn main() {
    let large = std::env::var("SPKY_BENCH").is_ok_and(|size| size == "large");
    let size = if large { Size::large() } else { Size::smoke() };
    println!("| writes/s | p50 | p99 | writes |");
    println!("|---|---|---|---|");
    for measured in tests::block_on(measure(&size)) {
        let (p50, p99) = (measured.at(50), measured.at(99));
        println!("| {} | {p50:.1?} | {p99:.1?} | {} |", measured.rate, measured.took.len());
    }
}

#[cfg(test)]
mod tests_of_size {
    use super::{Size, measure};

    #[test]
    fn the_smallest_run_measures_every_rate() {
        let size = Size::smoke();
        let measured = tests::block_on(measure(&size));
        let counts: Vec<usize> = measured.iter().map(|measured| measured.took.len()).collect();
        let wanted: Vec<usize> =
            size.rates.iter().map(|(rate, seconds)| (rate * seconds) as usize).collect();
        assert_eq!(counts, wanted, "every write has an edge");
    }
}
