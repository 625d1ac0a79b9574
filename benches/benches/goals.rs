//! Prints the goals and what was measured, as rows of the table in `benches/README.md`.
//!
//! Each is measured in a process of its own, so that none finds the memory of another.
#![allow(clippy::print_stdout)]

use std::process::Command;

use benches::{Scale, measure};

/// Which goal a process measures.
const GOAL: &str = "SPKY_GOAL";

fn main() {
    let goals = measure::GOALS;
    let only = std::env::var(GOAL).ok().and_then(|only| only.parse::<usize>().ok());
    if let Some(goal) = only.and_then(|only| goals.get(only)) {
        let goal = goal(Scale::asked());
        let light = goal.light.unwrap_or_default();
        println!("| {} | {} | {} | {light} |", goal.what, goal.measured, goal.wanted);
        return;
    }
    println!("| what | measured | goal | speed of light |");
    println!("|---|---|---|---|");
    let this = std::env::current_exe().expect("a program is a file");
    for number in 0..goals.len() {
        let status = Command::new(&this).env(GOAL, number.to_string()).status();
        assert!(status.is_ok_and(|status| status.success()), "goal {number} was not measured");
    }
}
