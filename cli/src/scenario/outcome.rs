//! What a step did, and how it is printed.
//!
//! # Invariants
//! - A step that could have said something and said nothing prints `nothing`: silence is a claim.
//! - A view's lines come in the order `-`, `~`, `+`, each by id in the database's order; views by name; `ended` last.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use protocol::{Code, Problem, literal};
use surrealdb_types::{Object, RecordId, ToSql, Value};
use view::delta::Under;
use view::value::address::compare_addresses;
use view::value::compare;

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
    /// A view's whole answer, as it is printed.
    Shown(Vec<String>),
}

/// What a line is about. A group is what it shows: where that changes, one is gone and another is there.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A record.
    Record(RecordId),
    /// A group.
    Group(Object),
    /// A subquery's record.
    Child {
        /// The record.
        record: RecordId,
        /// Under which record of the query around it.
        parent: RecordId,
        /// As what.
        alias: String,
    },
}

impl Subject {
    /// A record, at the top of an answer or where a subquery shows it.
    pub fn of(record: RecordId, under: Option<&Under>) -> Subject {
        match under {
            Some(Under { parent, alias }) => {
                Subject::Child { record, parent: parent.clone(), alias: alias.to_string() }
            }
            None => Subject::Record(record),
        }
    }

    /// Returns the record.
    pub fn record(&self) -> Option<&RecordId> {
        match self {
            Subject::Record(record) | Subject::Child { record, .. } => Some(record),
            Subject::Group(_) => None,
        }
    }

    /// Under what it stands: the record, and the name.
    pub fn under(&self) -> Option<(&RecordId, &str)> {
        match self {
            Subject::Child { parent, alias, .. } => Some((parent, alias)),
            Subject::Record(_) | Subject::Group(_) => None,
        }
    }

    fn compare_shown(&self, other: &Subject) -> Ordering {
        compare(&self.value(), &other.value()).then_with(|| self.text().cmp(&other.text()))
    }

    fn value(&self) -> Value {
        match self {
            Subject::Record(record) | Subject::Child { record, .. } => {
                Value::RecordId(record.clone())
            }
            Subject::Group(shown) => Value::Object(shown.clone()),
        }
    }

    /// Prints it.
    pub fn text(&self) -> String {
        let text = self.value().to_sql();
        match self.under() {
            Some((parent, alias)) => literal::child(&text, &parent.to_sql(), alias),
            None => text,
        }
    }
}

// In the database's order, a record before its appearances as a child, these by parent and name; groups by their text where that does not tell them apart, as numbers of different kinds.

impl Ord for Subject {
    fn cmp(&self, other: &Subject) -> Ordering {
        match (self, other) {
            (Subject::Group(_), _) | (_, Subject::Group(_)) => self.compare_shown(other),
            (a, b) => {
                let records = a.record().zip(b.record());
                let records = records.map_or(Ordering::Equal, |(a, b)| compare_addresses(a, b));
                records.then_with(|| match (a.under(), b.under()) {
                    (Some((a, as_a)), Some((b, as_b))) => {
                        compare_addresses(a, b).then_with(|| as_a.cmp(as_b))
                    }
                    (a, b) => a.is_some().cmp(&b.is_some()),
                })
            }
        }
    }
}

impl PartialOrd for Subject {
    fn partial_cmp(&self, other: &Subject) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Subject {
    fn eq(&self, other: &Subject) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Subject {}

/// What happened to one view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ViewReport {
    /// Its new state, where that changed.
    pub state: Option<ViewState>,
    /// `-`
    pub left: Vec<Subject>,
    /// `~`
    pub changed: Vec<Subject>,
    /// `+`
    pub entered: Vec<Subject>,
}

/// A view's state.
#[derive(Clone, Debug, PartialEq)]
pub enum ViewState {
    /// Its answer is maintained again.
    Ready,
    /// Its answer stands, because the database's query fails.
    /// On a record, unless he may not know which.
    Failed(Code, Option<RecordId>),
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
            Outcome::Shown(shown) => shown.clone(),
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
            Some(ViewState::Failed(code, Some(record))) => {
                lines.push(format!("{prefix}failed: {code}: {}", record.to_sql()));
            }
            Some(ViewState::Failed(code, None)) => lines.push(format!("{prefix}failed: {code}")),
        }
        for (sign, subjects) in [('-', &self.left), ('~', &self.changed), ('+', &self.entered)] {
            let mut subjects = subjects.clone();
            subjects.sort();
            lines.extend(subjects.iter().map(|it| format!("{prefix}{sign} {}", it.text())));
        }
        lines
    }
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
