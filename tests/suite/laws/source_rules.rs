//! What the sources themselves must keep to.

use tests::sources::{SourceFile, rust_files};

/// Lines of a file, tests excluded.
const LINES_MAX: usize = 600;

/// Names that name nothing.
const BANNED: &[&str] = &[
    "manager", "util", "utils", "helper", "helpers", "common", "misc", "data", "info", "object",
    "process",
];

/// Where a word may stand, tests excluded.
struct Door {
    word: &'static str,
    only_in: &'static [&'static str],
    because: &'static str,
}

const DOORS: &[Door] = &[
    Door {
        word: "surrealdb_syn",
        only_in: &["view/src/lower"],
        because: "one module of `view` names the database's parser",
    },
    Door {
        word: "surrealdb_sql",
        only_in: &["view/src/lower"],
        because: "one module of `view` names the parser's tree",
    },
    Door {
        word: "surrealdb_runtime",
        only_in: &["view/src/native"],
        because: "one module of `view` names the database's operators",
    },
    Door {
        word: "surrealdb_expr",
        only_in: &["view/src/native"],
        because: "one module of `view` names the database's functions",
    },
    Door {
        word: "SystemTime::now",
        only_in: &["service"],
        because: "only `service` reads the clock: time is an argument",
    },
];

/// What neither `protocol` nor `view` may say.
const IO: &[&str] = &[
    "std::fs",
    "std::net",
    "std::thread",
    "std::process",
    "Instant::now",
    "SystemTime",
    "std::env",
    "println!",
];

fn own_files() -> impl Iterator<Item = SourceFile> {
    rust_files().into_iter().filter(|file| !file.is_test() && !file.is_in("benches"))
}

/// Fails with every sentence at once.
fn hold(broken: Vec<String>) {
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn no_file_is_longer_than_its_reader_can_hold() {
    let lengths = own_files().map(|file| (file.code().lines().count(), file));
    let long = lengths.filter(|(lines, _)| *lines > LINES_MAX);
    hold(
        long.map(|(lines, file)| {
            format!("{} has {lines} lines: split it, {LINES_MAX} is the end", file.path.display())
        })
        .collect(),
    );
}

#[test]
fn every_file_begins_with_its_idea() {
    let spoken = |file: &SourceFile| file.text.starts_with("//!");
    // A block of tests that moved to a file of its own speaks through the names of its tests.
    let own = rust_files().into_iter().filter(|file| !file.is_test() || file.is_in("tests"));
    let silent = own.filter(|file| !spoken(file));
    hold(
        silent
            .map(|file| format!("{} has no header: say what its idea is", file.path.display()))
            .collect(),
    );
}

#[test]
fn nothing_has_a_name_that_names_nothing() {
    let mut broken = Vec::new();
    for file in rust_files() {
        let path = file.path.display();
        if BANNED.contains(&file.stem()) {
            broken.push(format!("{path}: `{}` names nothing", file.stem()));
        }
        for line in file.text.lines().map(str::trim_start) {
            let Some(name) = defined_name(line) else { continue };
            if names_nothing(name, &file) {
                broken.push(format!("{path}: `{name}` names nothing"));
            }
        }
    }
    hold(broken);
}

fn names_nothing(name: &str, file: &SourceFile) -> bool {
    let http = file.path.components().any(|part| part.as_os_str() == "http");
    let banned = BANNED.contains(&name.to_lowercase().as_str())
        || name.ends_with("Manager")
        || name.ends_with("Helper")
        || name.starts_with("do_")
        || (name.starts_with("handle_") && !http);
    banned && !is_given(name, file)
}

/// Words that others gave: a value's kind in the database, the documented body of `GET /info`, a method of figment's
/// trait; and the noun, where only the verb names nothing.
fn is_given(name: &str, file: &SourceFile) -> bool {
    let places: &[&str] = match name.to_lowercase().as_str() {
        "process" if name.starts_with('P') => return true,
        "data" => &["service/src/config/layers.rs"],
        "object" => &["protocol/src/literal.rs", "cli/src/scenario", "view/src", "tests"],
        "info" => &["protocol/src/wire", "ssp/src/http"],
        _ => &[],
    };
    places.iter().any(|place| file.is_in(place))
}

fn defined_name(line: &str) -> Option<&str> {
    let line = ["pub(crate) ", "pub(super) ", "pub "]
        .iter()
        .find_map(|shown| line.strip_prefix(shown))
        .unwrap_or(line);
    let line = line.strip_prefix("async ").unwrap_or(line);
    let kinds = ["fn ", "struct ", "enum ", "trait ", "mod ", "type "];
    let rest = kinds.iter().find_map(|kind| line.strip_prefix(kind))?;
    let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    Some(&rest[..end.unwrap_or(rest.len())])
}

#[test]
fn a_word_from_outside_stands_only_behind_its_door() {
    let mut broken = Vec::new();
    for file in own_files() {
        for door in DOORS {
            let inside = door.only_in.iter().any(|place| file.is_in(place));
            if !inside && names(&file, door.word) {
                let path = file.path.display();
                broken.push(format!("{path} says `{}`: {}", door.word, door.because));
            }
        }
    }
    hold(broken);
}

#[test]
fn protocol_and_view_use_nothing_that_a_browser_lacks() {
    let mut broken = Vec::new();
    for file in own_files().filter(|file| file.is_in("protocol") || file.is_in("view")) {
        for word in IO.iter().filter(|word| names(&file, word)) {
            let path = file.path.display();
            broken.push(format!(
                "{path} says `{word}`: `protocol` and `view` do no I/O and read no clock"
            ));
        }
    }
    hold(broken);
}

/// Whether the code says a word; a comment may.
fn names(file: &SourceFile, word: &str) -> bool {
    let code = file.code().lines().filter(|line| !line.trim_start().starts_with("//"));
    code.into_iter().any(|line| line.contains(word))
}

#[test]
fn a_lib_is_a_map() {
    let logic = ["fn ", "pub fn ", "impl ", "struct ", "pub struct ", "enum ", "pub enum "];
    let mut broken = Vec::new();
    // The server is one call, and the suite's ground is no layer of anything.
    let libs =
        own_files().filter(|file| file.path.ends_with("src/lib.rs") && !file.is_in("embedded"));
    for file in libs {
        let path = file.path.display();
        let code =
            file.text.lines().filter(|line| logic.iter().any(|start| line.starts_with(start)));
        broken.extend(code.map(|line| format!("{path} is a map, `{line}` belongs into a module")));
        let used: usize = file
            .text
            .split("pub use ")
            .skip(1)
            .map(|names| names.split(';').next().unwrap_or_default().matches(',').count() + 1)
            .sum();
        if used > 10 {
            broken.push(format!("{path} re-exports {used} names: a map has at most ten"));
        }
    }
    hold(broken);
}
