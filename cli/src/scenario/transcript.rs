//! A script with what really happened.

use std::fmt::Write as _;

use super::outcome::agrees;
use super::script::{Entry, Script};

/// A scenario that was run.
#[derive(Clone, Debug)]
pub struct Transcript {
    /// What was run.
    pub script: Script,
    /// The lines that stand below each of its entries.
    pub happened: Vec<Vec<String>>,
}

impl Transcript {
    /// Prints the whole text, with what happened.
    ///
    /// A refusal stays as the text has it where the code agrees, so that its wording can change without touching files.
    pub fn print(&self) -> String {
        let mut text = String::new();
        for (entry, happened) in self.entries() {
            for line in &entry.text {
                let _ = writeln!(text, "{line}");
            }
            let kept = if same(&entry.expected, happened) { &entry.expected } else { happened };
            for line in kept {
                let _ = writeln!(text, "  {line}");
            }
        }
        text
    }

    /// Prints where it happened otherwise than the text says; empty if nowhere.
    pub fn differences(&self) -> String {
        let mut text = String::new();
        for (entry, happened) in self.entries() {
            if same(&entry.expected, happened) {
                continue;
            }
            let place = format!("{}:{}", self.script.path.display(), entry.line);
            let _ = writeln!(text, "{place}: {}", entry.text.join("\n  "));
            for (title, lines) in [("expected", &entry.expected), ("happened", happened)] {
                let _ = writeln!(text, "  {title}");
                if lines.is_empty() {
                    let _ = writeln!(text, "    (no result)");
                }
                for line in lines {
                    let _ = writeln!(text, "    {line}");
                }
            }
        }
        text
    }

    fn entries(&self) -> impl Iterator<Item = (&Entry, &Vec<String>)> {
        self.script.entries.iter().zip(&self.happened)
    }
}

fn same(expected: &[String], happened: &[String]) -> bool {
    expected.len() == happened.len()
        && expected.iter().zip(happened).all(|(expected, happened)| agrees(expected, happened))
}
