//! The database's server as a program of its own, for tests that start, stop and kill it.

use std::process::ExitCode;

fn main() -> ExitCode {
    embedded::run()
}
