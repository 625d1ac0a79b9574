//! Points at the place in a query that a problem is about.

use protocol::Problem;
use protocol::problem::Position;

/// Prints a problem without its hint: code and place, the place's line, what happened.
pub fn pointed(problem: &Problem, query: &str) -> String {
    let Problem { code, message, position, .. } = problem;
    match position.filter(|_| !query.is_empty()) {
        Some(position) => format!("{code} at {position}\n{}\n{message}", under(query, position)),
        None => format!("{code}: {message}"),
    }
}

/// Returns the place's line with a caret below its column, both indented.
fn under(query: &str, position: Position) -> String {
    let line = query.lines().nth(position.line.saturating_sub(1) as usize).unwrap_or_default();
    let before = line.chars().take(position.column.saturating_sub(1) as usize);
    // A tab stays a tab, or the caret would stand elsewhere.
    let blank: String = before.map(|char| if char == '\t' { '\t' } else { ' ' }).collect();
    format!("  {line}\n  {blank}^")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_below_its_character() {
        let at = |line, column| Position { line, column };
        assert_eq!(under("SELECT * FORM task", at(1, 10)), "  SELECT * FORM task\n           ^");
        assert_eq!(under("SELECT *\n\tFROM ä, b", at(2, 9)), "  \tFROM ä, b\n  \t       ^");
        assert_eq!(under("", at(3, 1)), "  \n  ^");
    }
}
