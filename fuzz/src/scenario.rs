//! The text of a scenario: parsed, its definitions applied, its queries planned under them.
//!
//! The language's parser is compiled from where it stands: the crate that holds it brings the database's SDK along,
//! which this one does without.

use std::path::Path;

use view::catalog::{Catalog, Principal};
use view::lower;
use view::lower::define::define;

use crate::world::check;

#[path = "../../cli/src/scenario/parse.rs"]
pub mod parse;
#[path = "../../cli/src/scenario/script.rs"]
pub mod script;
#[path = "../../cli/src/scenario/words.rs"]
pub mod words;

use script::Step;

/// Takes one input.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let script = match parse::parse(Path::new("x.view"), text) {
        Ok(script) => script,
        Err(error) => {
            assert!(error.line >= 1 && error.line <= text.lines().count(), "{error}");
            return;
        }
    };
    let lines: usize =
        script.entries.iter().map(|entry| entry.text.len() + entry.expected.len()).sum();
    assert_eq!(lines, text.lines().count(), "every line is in one entry");
    let mut catalog = Catalog::default();
    for entry in script.entries {
        match entry.step {
            Some(Step::Define(text)) => {
                let _ = define(&text, &mut catalog);
            }
            Some(Step::View(view)) => {
                let table = view.user.as_ref().map(|user| user.table.as_str().to_owned());
                let principal = match &table {
                    Some(table) => Principal::User { table },
                    None => Principal::System,
                };
                if let Err(problem) = lower::plan(&view.query, &catalog, principal) {
                    check(&problem, &view.query);
                }
            }
            _ => {}
        }
    }
}
