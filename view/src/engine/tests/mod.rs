#![allow(clippy::unwrap_used, reason = "a test says by panicking what did not hold")]

mod draw;
mod histories;
mod random;
mod reach;
mod rig;
mod subqueries;
