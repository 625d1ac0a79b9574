//! Text to [`Script`].
//!
//! # Invariants
//! - Every line of the text lands in exactly one entry, as it was written or as an expected result.
//! - An error says the file, the line, and why.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use surrealdb_types::{Object, RecordId};
use view::lower;

use super::script::{Entry, Registration, Script, Step, Write};
use super::words;

/// The access method of a user for whom the file names none.
pub const DEFAULT_ACCESS: &str = "account";

/// A line that is no line of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}:{line}: {reason}", path.display())]
pub struct ParseError {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// Why.
    pub reason: String,
}

/// Parses a scenario; `path` is for messages.
pub fn parse(path: &Path, text: &str) -> Result<Script, ParseError> {
    let mut parser = Parser::default();
    for (at, line) in text.lines().enumerate() {
        let number = at + 1;
        parser.line(number, line).map_err(|reason| ParseError {
            path: path.to_owned(),
            line: number,
            reason,
        })?;
    }
    if let Some((line, _)) = parser.transaction {
        let reason = "`begin` without `commit` or `cancel`".to_owned();
        return Err(ParseError { path: path.to_owned(), line, reason });
    }
    Ok(Script { path: path.to_owned(), entries: parser.entries })
}

#[derive(Default)]
struct Parser {
    entries: Vec<Entry>,
    /// The names of the views that stand.
    views: BTreeSet<String>,
    viewed: bool,
    /// Where an open transaction began, and its writes so far.
    transaction: Option<(usize, Vec<Write>)>,
}

impl Parser {
    fn line(&mut self, number: usize, line: &str) -> Result<(), String> {
        if line.starts_with([' ', '\t']) && !line.trim().is_empty() {
            // What is indented deeper, as children are by `show`, is so in the result.
            let line = line.trim_end();
            return self.result(line.strip_prefix("  ").unwrap_or_else(|| line.trim_start()));
        }
        let (word, rest) = words::first_word(line);
        if word == "with" {
            return self.with(line, rest);
        }
        let step = if word.is_empty() || word.starts_with('#') {
            None
        } else {
            self.instruction(number, word, rest)?
        };
        self.entries.push(Entry {
            line: number,
            text: vec![line.trim_end().to_owned()],
            expected: Vec::new(),
            step,
        });
        Ok(())
    }

    fn result(&mut self, result: &str) -> Result<(), String> {
        match self.entries.last_mut() {
            Some(entry) if !entry.text[0].is_empty() && !entry.text[0].starts_with('#') => {
                entry.expected.push(result.to_owned());
                Ok(())
            }
            _ => {
                Err(format!("`{result}` is indented, hence a result, but no instruction precedes"))
            }
        }
    }

    fn with(&mut self, line: &str, rest: &str) -> Result<(), String> {
        let Some(Entry {
            text, expected, step: Some(Step::View(view) | Step::Replace(view)), ..
        }) = self.entries.last_mut()
        else {
            return Err("`with` stands only below a `view`".to_owned());
        };
        if text.len() > 1 || !expected.is_empty() {
            return Err("`with` stands directly below its `view`, once".to_owned());
        }
        view.params = object(rest)?;
        text.push(line.trim_end().to_owned());
        Ok(())
    }

    fn instruction(
        &mut self,
        number: usize,
        word: &str,
        rest: &str,
    ) -> Result<Option<Step>, String> {
        if let "create" | "update" | "merge" | "delete" | "relate" = word {
            let write = write(word, rest)?;
            return Ok(match &mut self.transaction {
                Some((_, writes)) => {
                    writes.push(write);
                    None
                }
                None => Some(Step::Commit(vec![write])),
            });
        }
        match (word, self.transaction.take()) {
            ("commit", Some((_, writes))) => {
                return bare(rest).map(|()| Some(Step::Commit(writes)));
            }
            ("cancel", Some((_, writes))) => {
                return bare(rest).map(|()| Some(Step::Cancel(writes)));
            }
            ("commit" | "cancel", None) => return Err(format!("`{word}` without `begin`")),
            (_, Some((began, _))) => {
                return Err(format!("`{word}` cannot stand in the transaction of line {began}"));
            }
            ("begin", None) => {
                self.transaction = Some((number, Vec::new()));
                return bare(rest).map(|()| None);
            }
            (_, None) => {}
        }
        self.outside_of_transaction(word, rest).map(Some)
    }

    fn outside_of_transaction(&mut self, word: &str, rest: &str) -> Result<Step, String> {
        match word {
            "define" => {
                let (verb, _) = words::first_word(rest);
                match verb.to_ascii_uppercase().as_str() {
                    "DEFINE" | "ALTER" | "REMOVE" => Ok(Step::Define(rest.to_owned())),
                    _ => Err("`define` takes a DEFINE, ALTER or REMOVE statement".to_owned()),
                }
            }
            "given" if self.viewed => Err("`given` cannot stand after the first `view`".to_owned()),
            "given" => write("create", rest).map(Step::Given),
            "view" => {
                let registration = registration(rest)?;
                if !self.views.insert(registration.name.clone()) {
                    return Err(format!("the view `{}` stands already", registration.name));
                }
                self.viewed = true;
                Ok(Step::View(registration))
            }
            "replace" => {
                let registration = registration(rest)?;
                match self.views.contains(&registration.name) {
                    true => Ok(Step::Replace(registration)),
                    false => Err(format!("no view has the name `{}`", registration.name)),
                }
            }
            "drop" if self.views.remove(rest) => Ok(Step::Drop(rest.to_owned())),
            "show" if self.views.contains(rest) => Ok(Step::Show(rest.to_owned())),
            "drop" | "show" => Err(format!("no view has the name `{rest}`")),
            "restart" => bare(rest).map(|()| Step::Restart),
            _ => Err(format!("`{word}` is no instruction; a result is indented")),
        }
    }
}

fn bare(rest: &str) -> Result<(), String> {
    if rest.is_empty() { Ok(()) } else { Err(format!("`{rest}` is too much here")) }
}

fn write(word: &str, rest: &str) -> Result<Write, String> {
    let (subject, rest) = words::first_word(rest);
    match word {
        "create" => Ok(Write::Create(record(subject)?, object(rest)?)),
        "update" => Ok(Write::Update(record(subject)?, object(rest)?)),
        "merge" => Ok(Write::Merge(record(subject)?, object(rest)?)),
        "delete" => bare(rest).and_then(|()| Ok(Write::Delete(record(subject)?))),
        _ => {
            let [from, edge, to] = words::split(subject, "->")[..] else {
                return Err("`relate` takes FROM->EDGE:KEY->TO".to_owned());
            };
            let content = if rest.is_empty() { Object::new() } else { object(rest)? };
            let (from, edge, to) = (record(from)?, record(edge)?, record(to)?);
            Ok(Write::Relate { from, edge, to, content })
        }
    }
}

/// `NAME[ as USER][ via ACCESS]: QUERY`
fn registration(text: &str) -> Result<Registration, String> {
    let mut rest = text;
    let mut header: Vec<&str> = Vec::new();
    loop {
        let (word, after) = words::first_word(rest);
        rest = after;
        match word.strip_suffix(':') {
            _ if word.is_empty() => return Err("`view` takes NAME: QUERY".to_owned()),
            Some(last) => {
                header.push(last);
                break;
            }
            None => header.push(word),
        }
    }
    let (name, user, access) = match header[..] {
        [name] => (name, None, DEFAULT_ACCESS),
        [name, "as", user] => (name, Some(record(user)?), DEFAULT_ACCESS),
        [name, "as", user, "via", access] => (name, Some(record(user)?), access),
        _ => return Err("`view` takes NAME[ as USER[ via ACCESS]]: QUERY".to_owned()),
    };
    if !name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
        return Err(format!("`{name}` is no name of a view: letters, digits and `_`"));
    }
    if rest.is_empty() {
        return Err("a query is missing".to_owned());
    }
    Ok(Registration {
        name: name.to_owned(),
        user,
        access: access.to_owned(),
        query: rest.to_owned(),
        params: Object::new(),
    })
}

fn record(text: &str) -> Result<RecordId, String> {
    lower::record_id(text).map_err(|problem| format!("`{text}` is no record id: {problem}"))
}

fn object(text: &str) -> Result<Object, String> {
    if text.is_empty() {
        return Err("an object is missing, `{ … }`".to_owned());
    }
    lower::params(text).map_err(|problem| format!("`{text}` is no object: {problem}"))
}
