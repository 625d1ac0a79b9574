//! Cuts a file of SurrealQL into what is sent to the database at a time.
//!
//! # Invariants
//! - Nothing is lost: comments stay with the statement that they stand in or before.
//! - What belongs together stays together: a `BEGIN … COMMIT`, and everything behind a `LET`.
//!
//! # Absent on purpose
//! No grammar: whether a statement is right is said by the database.

use std::iter::Peekable;
use std::str::CharIndices;

/// One statement, or several that only work together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// The line of its first word, from 1.
    pub line: usize,
    /// The text, from its first word on.
    pub text: &'a str,
}

/// Cuts a file.
pub fn parts(file: &str) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut open = Open::Nothing;
    for (start, end) in Scanner::new(file).statements() {
        let begins = start + leading(&file[start..end]);
        let text = file[begins..end].trim_end();
        if text.is_empty() {
            continue;
        }
        let word = first_word(text);
        match parts.last_mut().filter(|_| open != Open::Nothing) {
            Some(part) => {
                let from = part.text.as_ptr().addr() - file.as_ptr().addr();
                part.text = file[from..end].trim_end();
            }
            None => {
                let line = file[..begins].matches('\n').count() + 1;
                parts.push(Part { line, text });
            }
        }
        open = match (open, word.as_str()) {
            (Open::Rest, _) | (Open::Nothing, "LET") => Open::Rest,
            (Open::Nothing, "BEGIN") => Open::Transaction,
            (Open::Transaction, "COMMIT" | "CANCEL") => Open::Nothing,
            (open, _) => open,
        };
    }
    parts
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Transaction,
    Rest,
}

fn first_word(text: &str) -> String {
    text.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_ascii_uppercase()
}

/// Returns how many bytes of blanks and comments stand before the first word.
fn leading(text: &str) -> usize {
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start();
        let after = ["--", "//", "#"]
            .iter()
            .any(|mark| trimmed.starts_with(mark))
            .then(|| trimmed.find('\n').map_or("", |end| &trimmed[end..]))
            .or_else(|| {
                let comment = trimmed.strip_prefix("/*")?;
                Some(comment.find("*/").map_or("", |end| &comment[end + 2..]))
            });
        match after {
            Some(after) => rest = after,
            None => return text.len() - trimmed.len(),
        }
    }
}

/// Walks over the text and knows where a semicolon ends a statement.
struct Scanner<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
    depth: usize,
    /// The last character that is no blank: behind an operator a slash begins a regular expression.
    before: char,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Scanner<'a> {
        Scanner { text, chars: text.char_indices().peekable(), depth: 0, before: ';' }
    }

    fn statements(mut self) -> Vec<(usize, usize)> {
        let mut spans = Vec::new();
        let mut start = 0;
        while let Some((at, char)) = self.chars.next() {
            match char {
                '\'' | '"' | '`' => self.skip_to(char),
                '⟨' => self.skip_to('⟩'),
                '#' => self.skip_line(),
                '-' if self.next_is('-') => self.skip_line(),
                '/' if self.next_is('/') => self.skip_line(),
                '/' if self.next_is('*') => self.skip_comment(at),
                '/' if "=~(,[{:!?".contains(self.before) => self.skip_to('/'),
                '{' | '(' | '[' => self.depth += 1,
                '}' | ')' | ']' => self.depth = self.depth.saturating_sub(1),
                ';' if self.depth == 0 => {
                    spans.push((start, at + 1));
                    start = at + 1;
                }
                _ => {}
            }
            if !char.is_whitespace() {
                self.before = char;
            }
        }
        spans.push((start, self.text.len()));
        spans
    }

    fn next_is(&mut self, wanted: char) -> bool {
        self.chars.peek().is_some_and(|(_, char)| *char == wanted)
    }

    fn skip_to(&mut self, end: char) {
        while let Some((_, char)) = self.chars.next() {
            match char {
                '\\' => drop(self.chars.next()),
                char if char == end => return,
                _ => {}
            }
        }
    }

    fn skip_line(&mut self) {
        while self.chars.next_if(|(_, char)| *char != '\n').is_some() {}
    }

    fn skip_comment(&mut self, at: usize) {
        let end = self.text[at + 2..].find("*/").map_or(self.text.len(), |end| at + end + 4);
        while self.chars.next_if(|(index, _)| *index < end).is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, expected: &[(usize, &str)]) {
        let found: Vec<(usize, &str)> = parts(file).iter().map(|p| (p.line, p.text)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_statement_ends_at_its_semicolon() {
        check("A a;\n\nB b; C", &[(1, "A a;"), (3, "B b;"), (3, "C")]);
    }

    #[test]
    fn a_statement_begins_at_its_first_word() {
        check("-- one\n# two\n/* three\n*/ A;\n// four\n", &[(4, "A;")]);
    }

    #[test]
    fn semicolons_inside_strings_blocks_comments_and_regular_expressions_end_nothing() {
        check("A ';' \"\\\";\" `;` ⟨;⟩;", &[(1, "A ';' \"\\\";\" `;` ⟨;⟩;")]);
        check("A { B; C; } (';');\nD;", &[(1, "A { B; C; } (';');"), (2, "D;")]);
        check("A /* ; */ -- ;\n B;", &[(1, "A /* ; */ -- ;\n B;")]);
        check("A = /;'/; B 1 / 2;", &[(1, "A = /;'/;"), (1, "B 1 / 2;")]);
    }

    #[test]
    fn a_transaction_and_what_follows_a_let_stay_together() {
        check("BEGIN; A; COMMIT; B;", &[(1, "BEGIN; A; COMMIT;"), (1, "B;")]);
        check("A;\nLET $x = 1;\nB $x;", &[(1, "A;"), (2, "LET $x = 1;\nB $x;")]);
    }
}
