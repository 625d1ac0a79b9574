//! `spky explain`: what would become of a query.

mod definitions;

use std::process::ExitCode;

use protocol::Problem;
use serde_json::json;
use service::config::nearest;
use view::catalog::{Catalog, Principal};
use view::explain::Explanation;
use view::lower;

use crate::args::Explain;
use crate::failure::Failure;
use crate::screen::{self, CYAN, GREEN, RED, YELLOW};
use crate::{caret, parameters};

/// Explains one query.
pub async fn run(args: &Explain) -> Result<ExitCode, Failure> {
    let table = args.auth.as_deref().map(table_of).transpose()?;
    let principal = match &table {
        Some(table) => Principal::User { table },
        None => Principal::System,
    };
    let catalog = Box::pin(definitions::read(args)).await?;
    let verdict = judge(&args.query, catalog.as_ref(), principal);
    if args.json {
        screen::result(verdict.json());
    } else {
        screen::text(verdict.text(&args.query));
    }
    Ok(if verdict.outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The table of `--as`, which names a user or only the table of users.
fn table_of(auth: &str) -> Result<String, Failure> {
    if auth.contains(':') {
        return Ok(parameters::user(auth)?.table.to_string());
    }
    Ok(auth.to_owned())
}

/// What is said of a query.
struct Verdict {
    outcome: Result<Explanation, Problem>,
    warnings: Vec<String>,
}

/// Plans a query; without definitions only the query itself is judged.
fn judge(query: &str, catalog: Option<&Catalog>, principal: Principal<'_>) -> Verdict {
    let nothing = Catalog::default();
    let outcome = lower::plan(query, catalog.unwrap_or(&nothing), principal);
    let warnings = match (&outcome, catalog) {
        (Ok(_), None) => {
            vec!["no definitions are known: permissions are not part of this".to_owned()]
        }
        (Ok(plan), Some(catalog)) => {
            unknown_table(plan.source.table(), catalog).into_iter().collect()
        }
        (Err(_), _) => Vec::new(),
    };
    Verdict { outcome: outcome.map(|plan| view::explain::explain(&plan)), warnings }
}

/// A query over a table that is not there is accepted: its answer fills when the table comes. It may be a slip.
pub fn unknown_table(table: &str, catalog: &Catalog) -> Option<String> {
    if catalog.tables.contains_key(table) {
        return None;
    }
    let near = nearest(table, catalog.tables.keys().map(String::as_str));
    let meant = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
    Some(format!("there is no table `{table}` (yet){meant}"))
}

impl Verdict {
    fn json(&self) -> serde_json::Value {
        match &self.outcome {
            Ok(explanation) => {
                json!({ "accepted": true, "explanation": explanation, "warnings": self.warnings })
            }
            Err(problem) => json!({ "accepted": false, "problem": problem }),
        }
    }

    fn text(&self, query: &str) -> String {
        let mut text = match &self.outcome {
            Ok(explanation) => format!("{GREEN}accepted{GREEN:#}\n{explanation}"),
            Err(problem) => refused(problem, query),
        };
        if !text.ends_with('\n') {
            text.push('\n');
        }
        for warning in &self.warnings {
            text.push_str(&format!("{YELLOW}warning:{YELLOW:#} {warning}\n"));
        }
        text
    }
}

fn refused(problem: &Problem, query: &str) -> String {
    let mut text = format!("{RED}refused:{RED:#} {}", caret::pointed(problem, query));
    if let Some(hint) = &problem.hint {
        text.push_str(&format!(
            "
{CYAN}hint:{CYAN:#} {hint}"
        ));
    }
    text
}
