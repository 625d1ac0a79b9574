//! What a step did, and how it is printed.
//!
//! # Invariants
//! - A step that could have said something and said nothing prints `nothing`: silence is a claim.
//! - A view's lines come in the order `-`, `~`, `+`, each by id in the database's order; views by name; `ended` last.

use std::collections::BTreeMap;

use protocol::{Code, Problem};
use surrealdb_types::{RecordId, ToSql, Value};
use view::value;

/// What a step did.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Nothing is printed: the step is not asked.
    Quiet,
    /// The database rejected the write.
    Rejected(Code),
    /// A new view's first answer.
    Registered(ViewReport),
    /// The view was not accepted.
    Refused(Problem),
    /// What happened to the views, by name.
    Changed(BTreeMap<String, ViewReport>),
    /// A view's whole answer, in window order.
    Shown(Vec<RecordId>),
}

/// What happened to one view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ViewReport {
    /// Its new state, where that changed.
    pub state: Option<ViewState>,
    /// `-`
    pub left: Vec<RecordId>,
    /// `~`
    pub changed: Vec<RecordId>,
    /// `+`
    pub entered: Vec<RecordId>,
}

/// A view's state.
#[derive(Clone, Debug, PartialEq)]
pub enum ViewState {
    /// Its answer is maintained again.
    Ready,
    /// Its answer stands, because the database's query fails.
    Failed(Code, RecordId),
    /// It is no longer accepted.
    Refused(Problem),
    /// Its user was deleted.
    Ended,
}

impl Outcome {
    /// Prints the lines that stand below the step, without their indent.
    pub fn lines(&self) -> Vec<String> {
        let lines = match self {
            Outcome::Quiet => return Vec::new(),
            Outcome::Rejected(code) => vec![format!("error: {code}")],
            Outcome::Refused(problem) => vec![format!("refused: {problem}")],
            Outcome::Registered(report) => report.lines(""),
            Outcome::Shown(records) => records.iter().map(ToSql::to_sql).collect(),
            Outcome::Changed(reports) => changed(reports),
        };
        if lines.is_empty() { vec!["nothing".to_owned()] } else { lines }
    }
}

fn changed(reports: &BTreeMap<String, ViewReport>) -> Vec<String> {
    let ended = |report: &ViewReport| report.state == Some(ViewState::Ended);
    let living = reports.iter().filter(|(_, report)| !ended(report));
    let mut lines: Vec<String> =
        living.flat_map(|(name, report)| report.lines(&format!("{name} "))).collect();
    let gone = reports.iter().filter(|(_, report)| ended(report));
    lines.extend(gone.map(|(name, _)| format!("{name} ended")));
    lines
}

impl ViewReport {
    fn lines(&self, prefix: &str) -> Vec<String> {
        let mut lines = Vec::new();
        match &self.state {
            None => {}
            Some(ViewState::Ready) => lines.push(format!("{prefix}ready")),
            Some(ViewState::Ended) => lines.push(format!("{prefix}ended")),
            Some(ViewState::Refused(problem)) => lines.push(format!("{prefix}refused: {problem}")),
            Some(ViewState::Failed(code, record)) => {
                lines.push(format!("{prefix}failed: {code}: {}", record.to_sql()));
            }
        }
        for (sign, records) in [('-', &self.left), ('~', &self.changed), ('+', &self.entered)] {
            let mut records = records.clone();
            sort(&mut records);
            lines.extend(records.iter().map(|id| format!("{prefix}{sign} {}", id.to_sql())));
        }
        lines
    }
}

/// Sorts in the database's order.
pub fn sort(records: &mut [RecordId]) {
    let whole = |id: &RecordId| Value::RecordId(id.clone());
    records.sort_by(|a, b| value::compare(&whole(a), &whole(b)));
}

/// Whether a result that happened is the one that was expected: of a refusal, only the code counts.
pub fn agrees(expected: &str, happened: &str) -> bool {
    expected == happened || {
        let code = |line: &str| {
            let (before, after) = line.split_once("refused: ")?;
            let code = after.split_once(": ").map_or(after, |(code, _)| code);
            Some((before.to_owned(), code.to_owned()))
        };
        code(expected).is_some() && code(expected) == code(happened)
    }
}
