//! What a process's exit code says.

use std::process::ExitCode;

/// The configuration is wrong: the codes of `sysexits.h`, like those below.
pub const USAGE: u8 = 64;
/// What is needed cannot be reached, or lets nobody in (for now).
pub const UNAVAILABLE: u8 = 69;
/// An invariant of ours is broken, or the process cannot go on.
pub const SOFTWARE: u8 = 70;

/// Prints why a process ends, where an operator looks, and returns the code.
pub fn fatal(program: &str, reason: &dyn std::fmt::Display, code: u8) -> ExitCode {
    use std::io::Write;
    // Nobody is left to tell if standard error is closed.
    let _ = writeln!(std::io::stderr(), "{program}: {reason}");
    ExitCode::from(code)
}
