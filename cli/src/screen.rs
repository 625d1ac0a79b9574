//! The one place that prints.
//!
//! Results go to standard output, everything else to standard error, so that a pipe gets results only. Colours go
//! where a terminal is, and nowhere with `NO_COLOR`.

use std::fmt::Display;
use std::io::Write;
use std::process::exit;

use anstyle::{AnsiColor, Style};
use protocol::wire::Audit;

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

/// Lines under names: `tables    task`. A line without a name belongs to the one above.
#[derive(Clone, Debug, Default)]
pub struct Rows(Vec<(&'static str, String)>);

impl Rows {
    /// Adds a line.
    pub fn add(&mut self, name: &'static str, value: String) {
        self.0.push((name, value));
    }
}

impl Display for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|(name, value)| writeln!(f, "{BOLD}{name:<9}{BOLD:#} {value}"))
    }
}

/// Prints a count with its noun: `1 row`, `1,203 rows`.
pub fn counted(count: usize, noun: &str) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let plural = if count == 1 { "" } else { "s" };
    format!("{grouped} {noun}{plural}")
}

/// Prints a length of time in its two greatest units: `3 h 12 min`.
pub fn length(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
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

/// When the auditor was last through with a table, and what it found that the feed had not told of.
pub fn audited(table: &str, audit: Option<&Audit>) -> String {
    let Some(its) = audit.and_then(|audit| audit.tables.iter().find(|it| it.table == table)) else {
        return String::new();
    };
    let age = match its.age_ms {
        Some(age) => format!("audited {} ago", length(age / 1_000)),
        None => "not audited yet".to_owned(),
    };
    match its.missed {
        0 => format!("  {DIM}{age}{DIM:#}"),
        missed => format!("  {DIM}{age}{DIM:#}  {RED}{missed} changes were missed{RED:#}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{counted, length};

    #[test]
    fn counts_are_grouped_and_lengths_have_two_units() {
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(999, "row"), "999 rows");
        assert_eq!(counted(1_234_567, "row"), "1,234,567 rows");
        assert_eq!(length(59), "59 s");
        assert_eq!(length(11_520), "3 h 12 min");
        assert_eq!(length(90_000), "1 d 1 h");
    }
}
