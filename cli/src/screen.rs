//! The one place that prints.
//!
//! Results go to standard output, everything else to standard error, so that a pipe gets results only. Colours go
//! where a terminal is, and nowhere with `NO_COLOR`.

use std::fmt::Display;
use std::io::Write;
use std::process::exit;

use anstyle::{AnsiColor, Style};

use crate::failure::Failure;

/// What stands beside the point.
pub const DIM: Style = Style::new().dimmed();
/// What is looked for.
pub const BOLD: Style = Style::new().bold();
/// What enters a view, and what is well.
pub const GREEN: Style = AnsiColor::Green.on_default();
/// What stays with new content.
pub const YELLOW: Style = AnsiColor::Yellow.on_default();
/// What leaves a view, and what failed.
pub const RED: Style = AnsiColor::Red.on_default();
/// What can be typed or opened.
pub const CYAN: Style = AnsiColor::Cyan.on_default();

/// Prints a line of the result.
pub fn result(line: impl Display) {
    if writeln!(anstream::stdout(), "{line}").is_err() {
        // The reader of the pipe has seen enough.
        exit(0);
    }
}

/// Prints text of the result as it is.
pub fn text(text: impl Display) {
    if write!(anstream::stdout(), "{text}").is_err() {
        exit(0);
    }
}

/// Prints a line for the person at the terminal.
pub fn note(line: impl Display) {
    // Nobody is left to be told that nobody reads.
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Prints why a command failed.
pub fn failure(failure: &Failure) {
    note(format_args!("{RED}error:{RED:#} {failure}"));
    if let Some(hint) = &failure.hint {
        note(format_args!(" {CYAN}hint:{CYAN:#} {hint}"));
    }
}

/// Returns the colour of `+`, `~` and `-`.
pub fn of_mark(mark: char) -> Style {
    match mark {
        '+' => GREEN,
        '~' => YELLOW,
        '-' => RED,
        _ => DIM,
    }
}
