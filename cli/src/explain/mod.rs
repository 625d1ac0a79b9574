//! `spky explain`: what would become of a query.

mod definitions;

use std::process::ExitCode;

use protocol::Problem;
use protocol::wire::Cost;
use serde_json::json;
use service::config::nearest;
use view::catalog::{Catalog, Principal};
use view::explain::Explanation;
use view::lower;

use crate::args::Explain;
use crate::failure::{Exit, Failure};
use crate::screen::{self, CYAN, GREEN, RED, YELLOW};
use crate::{caret, parameters};

/// Explains one query.
pub async fn run(args: &Explain) -> Result<ExitCode, Failure> {
    let table = args.auth.as_deref().map(table_of).transpose()?;
    let principal = match &table {
        Some(table) => Principal::User { table },
        None => Principal::System,
    };
    let (catalog, ssp) = Box::pin(definitions::read(args)).await?;
    if let (Some(auth), Some(table), Some(catalog)) = (&args.auth, &table, &catalog)
        && let Some(unknown) = unknown_table(table, catalog)
    {
        return Err(Failure::new(Exit::Usage, format!("--as {auth}: {unknown}"))
            .hint("name a user, or a table of users: --as user:ann, --as user"));
    }
    let mut verdict = judge(&args.query, catalog.as_ref(), principal);
    if let Some(ssp) = ssp.filter(|_| verdict.outcome.is_ok()) {
        // Nobody need be there, or let us ask: then nothing is known beside the prediction.
        verdict.measured = ssp.cost(&args.query, table.as_deref()).await.ok().flatten();
    }
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
    /// What an SSP that answers has measured of its family.
    measured: Option<Cost>,
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
            plan.tables().into_iter().filter_map(|table| unknown_table(table, catalog)).collect()
        }
        (Err(_), _) => Vec::new(),
    };
    let outcome = outcome.map(|plan| view::explain::explain(&plan));
    Verdict { outcome, warnings, measured: None }
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
                json!({
                    "accepted": true, "explanation": explanation, "measured": self.measured,
                    "warnings": self.warnings,
                })
            }
            Err(problem) => json!({ "accepted": false, "problem": problem }),
        }
    }

    fn text(&self, query: &str) -> String {
        let mut text = match &self.outcome {
            Ok(explanation) => {
                let measured = self.measured.as_ref().map(measured).unwrap_or_default();
                format!("{GREEN}accepted{GREEN:#}\n{explanation}{measured}")
            }
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

/// What an SSP has measured, below what was predicted.
fn measured(cost: &Cost) -> String {
    let Cost { windows, steps, nanos_per_step, bytes_per_view, .. } = cost;
    let time = match nanos_per_step {
        Some(nanos) => {
            let micros = *nanos as f64 / 1_000.0;
            format!("{micros:.1} µs for a change and a view that it concerns ({steps} timed)")
        }
        None => "no change was timed yet".to_owned(),
    };
    let windows = screen::counted(*windows, "window");
    format!("\nmeasured    {time}; {bytes_per_view} bytes a view; {windows}")
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
