//! Prints the goals and what was measured, as rows of the table in `benches/README.md`.
#![allow(clippy::print_stdout)]

use benches::{Scale, measure};

fn main() {
    let only = std::env::var("SPKY_GOAL").ok().and_then(|only| only.parse::<usize>().ok());
    let goals = [
        measure::one_view,
        measure::flat,
        measure::registration,
        measure::bytes_per_view,
        measure::load,
        measure::bytes_per_row,
    ];
    println!("| what | measured | goal | speed of light |");
    println!("|---|---|---|---|");
    for (number, goal) in goals.iter().enumerate() {
        if only.is_some_and(|only| only != number) {
            continue;
        }
        let goal = goal(Scale::asked());
        let light = goal.light.unwrap_or_default();
        println!("| {} | {} | {} | {light} |", goal.what, goal.measured, goal.wanted);
    }
}
