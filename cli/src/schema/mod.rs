//! A project's `schema/*.surql`, applied to a database.
//!
//! Files are applied in the order of their names, statement by statement, so that a mistake is told by file and line
//! and what stands beside it still works. They are applied again whenever they change: a file should say
//! `DEFINE … OVERWRITE`, or `IF NOT EXISTS`.

mod split;

use std::fmt;
use std::path::{Path, PathBuf};

use surreal::Database;

use crate::failure::{Exit, Failure};

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where it stands, as it is shown.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

/// A statement that the database refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The database's words.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.line, self.message)
    }
}

/// What became of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Statements that the database took.
    pub statements: usize,
    /// Those that it did not take.
    pub mistakes: Vec<Mistake>,
}

/// Reads the files of a directory, in the order of their names. Hidden ones are none: an editor's lock is `.#task.surql`.
pub fn read(directory: &Path) -> Result<Vec<File>, Failure> {
    let unreadable = |path: &Path, error: &std::io::Error| {
        Failure::new(Exit::Config, format!("read schema `{}`: {error}", path.display()))
    };
    let entries = std::fs::read_dir(directory).map_err(|error| unreadable(directory, &error))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "surql"))
        .filter(|path| !is_hidden(path))
        .collect();
    paths.sort();
    let file = |path: PathBuf| match std::fs::read_to_string(&path) {
        Ok(text) => Ok(File { path, text }),
        Err(error) => Err(unreadable(&path, &error)),
    };
    paths.into_iter().map(file).collect()
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// Applies files. A refused statement does not keep the following ones from being applied.
pub async fn apply(database: &Database, files: &[File]) -> Result<Applied, surreal::Error> {
    let mut applied = Applied::default();
    for file in files {
        for part in split::parts(&file.text) {
            match database.query(&in_place(&part), surreal::vars([])).await {
                Ok(_) => applied.statements += 1,
                Err(surreal::Error::Refused { message }) => {
                    applied.mistakes.push(mistake(file, &part, &message));
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(applied)
}

/// Puts blank lines before a part, so that the database counts lines as the file does.
fn in_place(part: &split::Part<'_>) -> String {
    "\n".repeat(part.line - 1) + part.text
}

fn mistake(file: &File, part: &split::Part<'_>, message: &str) -> Mistake {
    let line = line_told(message).unwrap_or(part.line);
    // Further lines show the place; they stand below the file's name.
    let message = message.trim().replace('\n', "\n  ");
    Mistake { path: file.path.clone(), line, hint: hint(&message, part.text), message }
}

/// Reads the line out of a parse error, which says `--> [4:18]`.
fn line_told(message: &str) -> Option<usize> {
    let (_, at) = message.split_once("--> [")?;
    at.split(':').next()?.parse().ok()
}

fn hint(message: &str, text: &str) -> Option<String> {
    if !message.contains("already exists") {
        return None;
    }
    let mut words = text.split_whitespace();
    let (define, kind, name) = (words.next()?, words.next()?, words.next()?);
    let name = name.trim_end_matches(';');
    let defines = define.eq_ignore_ascii_case("define");
    defines.then(|| format!("`DEFINE {kind} OVERWRITE {name} …` can be applied again and again"))
}
