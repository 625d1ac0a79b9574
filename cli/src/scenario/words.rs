//! Cuts a line of a scenario where SurrealQL allows it: never inside quotes, brackets or an escaped name.

/// Splits at the first blank that stands outside every quote and bracket; the rest comes trimmed.
pub fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    match outside(text).find(|(_, letter)| letter.is_whitespace()) {
        Some((at, _)) => (&text[..at], text[at..].trim()),
        None => (text.trim_end(), ""),
    }
}

/// Splits at every occurrence of `separator` that stands outside every quote and bracket.
pub fn split<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let mut from = 0;
    for (at, _) in outside(text) {
        if at >= from && text[at..].starts_with(separator) {
            parts.push(text[from..at].trim());
            from = at + separator.len();
        }
    }
    parts.push(text[from..].trim());
    parts
}

/// Finds a keyword, in any case, as a whole word outside every quote and bracket.
pub fn find_keyword(text: &str, keyword: &str) -> Option<usize> {
    let word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    let mut before = ' ';
    for (at, letter) in outside(text) {
        let rest = text.get(at..at + keyword.len());
        let whole = !word(before) && !text[at + letter.len_utf8()..].is_empty();
        if whole && rest.is_some_and(|rest| rest.eq_ignore_ascii_case(keyword)) {
            let after = text[at + keyword.len()..].chars().next().unwrap_or(' ');
            if !word(after) {
                return Some(at);
            }
        }
        before = letter;
    }
    None
}

/// The characters that stand outside every quote and bracket; opening and closing ones count as inside.
fn outside(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let mut depth = 0usize;
    let mut quote: Option<char> = None;
    let mut escaped = false;
    text.char_indices().filter(move |(_, letter)| {
        let letter = *letter;
        if let Some(end) = quote {
            if escaped {
                escaped = false;
            } else if letter == '\\' {
                escaped = true;
            } else if letter == end {
                quote = None;
            }
            return false;
        }
        match letter {
            '\'' | '"' | '`' => quote = Some(letter),
            '⟨' => quote = Some('⟩'),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_ends_outside_of_brackets_and_quotes() {
        assert_eq!(first_word("t:{ a: 1 } { b: 2 }"), ("t:{ a: 1 }", "{ b: 2 }"));
        assert_eq!(first_word("t:⟨a b⟩"), ("t:⟨a b⟩", ""));
        assert_eq!(first_word("t:`a b` x"), ("t:`a b`", "x"));
    }

    #[test]
    fn arrows_in_keys_do_not_separate() {
        assert_eq!(split("a:1->e:['->']->b:2", "->"), ["a:1", "e:['->']", "b:2"]);
    }

    #[test]
    fn a_keyword_is_a_whole_word_outside_of_brackets() {
        let text = "SELECT *, (SELECT x FROM y) AS fromage FROM task";
        assert_eq!(find_keyword(text, "from").map(|at| &text[at..]), Some("FROM task"));
        assert_eq!(find_keyword("SELECT fromage", "FROM"), None);
    }
}
