//! Where in a text something stands.
//!
//! The parser's tree has no positions, so a refusal finds the offending words again by a scan that skips texts and
//! comments. It finds the first place that has them; where there is none, the problem has no position.

use protocol::problem::Position;

/// A piece of code: a word, or one other character.
struct Piece<'a> {
    at: usize,
    text: &'a str,
}

/// Finds the first place where the pieces of `wanted` stand one behind the other, whatever the case.
pub(super) fn find(text: &str, wanted: &str) -> Option<Position> {
    let wanted = pieces(wanted);
    if wanted.is_empty() {
        return None;
    }
    let code = pieces(text);
    let same = |window: &[Piece<'_>]| {
        window.iter().zip(&wanted).all(|(a, b)| a.text.eq_ignore_ascii_case(b.text))
    };
    let found = code.windows(wanted.len()).find(|window| same(window))?;
    Some(position(text, found[0].at))
}

/// Turns a byte offset into line and column.
fn position(text: &str, at: usize) -> Position {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    Position {
        line: count(before.matches('\n').count() + 1),
        column: count(text[line_start..at].chars().count() + 1),
    }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = skipped(rest).unwrap_or_else(|| {
            let length = if is_word(first) {
                rest.find(|c| !is_word(c)).unwrap_or(rest.len())
            } else {
                first.len_utf8()
            };
            if !first.is_whitespace() {
                found.push(Piece { at, text: &rest[..length] });
            }
            length
        });
        at += length;
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of the text, quoted name or comment that begins here.
fn skipped(rest: &str) -> Option<usize> {
    let line = || rest.find('\n').unwrap_or(rest.len());
    match rest.as_bytes() {
        [b'\'' | b'"' | b'`', ..] => {
            let quote = rest.as_bytes()[0];
            let mut escaped = false;
            let end = rest.bytes().enumerate().skip(1).find(|(_, byte)| {
                let ends = *byte == quote && !escaped;
                escaped = *byte == b'\\' && !escaped;
                ends
            });
            Some(end.map_or(rest.len(), |(at, _)| at + 1))
        }
        [b'#', ..] | [b'-', b'-', ..] | [b'/', b'/', ..] => Some(line()),
        [b'/', b'*', ..] => Some(rest[2..].find("*/").map_or(rest.len(), |end| end + 4)),
        _ => {
            let quoted = rest.strip_prefix('⟨')?;
            Some(quoted.find('⟩').map_or(rest.len(), |end| end + 2 * '⟨'.len_utf8()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, wanted: &str) -> Option<(u32, u32)> {
        find(text, wanted).map(|position| (position.line, position.column))
    }

    #[test]
    fn texts_and_comments_are_no_code() {
        let text = "SELECT 'GROUP' -- GROUP\nFROM `group` /* group */ GROUP BY x";
        assert_eq!(place(text, "group"), Some((2, 26)));
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(place("SELECT 'größe', ü FROM t", "from"), Some((1, 19)));
    }

    #[test]
    fn pieces_stand_one_behind_the_other() {
        assert_eq!(place("SELECT a - > b, ->c", "->c"), Some((1, 17)));
        assert_eq!(place("SELECT math::sum(rand::int(1, 2))", "rand::int"), Some((1, 18)));
        assert_eq!(place("SELECT $tokens, $token", "$token"), Some((1, 17)));
        assert_eq!(place("SELECT 1", "nothing"), None);
    }
}
