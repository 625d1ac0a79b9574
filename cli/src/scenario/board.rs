//! Standing answers, and what a new answer changes about them.
//!
//! The rigs that compute whole answers (`reference`, `surrealdb`, `ssp`) say what happened by comparing them here.
//!
//! # Invariants
//! - A failed view's answer stands, except that rows leave which were deleted or are no longer permitted (mechanism
//!   M7); when it is ready again, the difference is to the answer that stood.
//! - What is shown of a row is compared between answers to one question: what another one shows is no news of the row.
//! - It says that it failed once, with the record on which it did, however many more come to fail it.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{Code, Problem};
use surrealdb_types::{Object, RecordId, Value};
use view::value::address::Address;

use super::outcome::{Outcome, Subject, ViewReport, ViewState};
use super::shown::{self, Names};

/// One view's answer at one moment.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The rows, in window order.
    Rows(Vec<Shown>),
    /// The query fails on a record; of the rows that stood, these stay.
    Failed {
        /// `ROW_FAILED`, `LINK_IN_PATH`.
        code: Code,
        /// The record, unless the view's user may not know it.
        record: Option<RecordId>,
        /// Those that stood, exist, and are permitted.
        remaining: Vec<Subject>,
    },
    /// The query is not accepted.
    Refused(Problem),
    /// The user's record is gone.
    Ended,
}

/// A record in an answer, with what counts as its content: its stored row, and what the query shows of it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The record, or the group.
    pub id: Subject,
    /// Its row; a group has none.
    pub stored: Object,
    /// What is shown of it; `None` where that is not to be compared.
    pub shown: Option<Value>,
}

impl Shown {
    /// A group: what it shows is what it is.
    pub fn group(shown: Object) -> Shown {
        Shown { id: Subject::Group(shown), stored: Object::new(), shown: None }
    }

    fn is_as(&self, before: &Shown) -> bool {
        let shows_another = |(shown, before)| shown != before;
        let compared = self.shown.as_ref().zip(before.shown.as_ref());
        self.stored == before.stored && !compared.is_some_and(shows_another)
    }
}

/// What stands of one view.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// Its rows, in window order.
    pub rows: Vec<Shown>,
    /// Whether it fails.
    pub failed: bool,
    /// Whether it says nothing more.
    pub over: bool,
}

impl Standing {
    /// Another question is asked from now on.
    pub fn ask_otherwise(&mut self) {
        self.rows.iter_mut().for_each(|row| row.shown = None);
    }

    /// Takes a new answer and says what it changes.
    pub fn take(&mut self, answer: Answer) -> ViewReport {
        match answer {
            Answer::Rows(rows) => {
                let state = std::mem::take(&mut self.failed).then_some(ViewState::Ready);
                let report = ViewReport { state, ..difference(&self.rows, &rows) };
                self.rows = rows;
                report
            }
            Answer::Failed { code, record, remaining } => {
                let news = !std::mem::replace(&mut self.failed, true);
                let state = news.then_some(ViewState::Failed(code, record));
                // A group that fails does not stand: one of its rows may be gone, or may no longer be seen.
                let mut stay: BTreeSet<Subject> = remaining.into_iter().collect();
                loop {
                    // A row that is gone takes along what was shown under it.
                    let there: BTreeSet<Address> = stay.iter().filter_map(address).collect();
                    let before = stay.len();
                    stay.retain(|it| {
                        it.under()
                            .is_none_or(|(parent, _)| there.contains(&Address(parent.clone())))
                    });
                    if stay.len() == before {
                        break;
                    }
                }
                let left = self.keep(|id| stay.contains(id));
                ViewReport { state, left, ..ViewReport::default() }
            }
            Answer::Refused(problem) => {
                self.over = true;
                let left = self.keep(|_| false);
                ViewReport {
                    state: Some(ViewState::Refused(problem)),
                    left,
                    ..ViewReport::default()
                }
            }
            Answer::Ended => {
                self.over = true;
                self.rows.clear();
                ViewReport { state: Some(ViewState::Ended), ..ViewReport::default() }
            }
        }
    }

    /// What `show` prints.
    pub fn show(&self, names: &Names) -> Outcome {
        Outcome::Shown(shown::lines(self.subjects(), self.failed, names))
    }

    /// What stands, in window order.
    pub fn subjects(&self) -> Vec<Subject> {
        self.rows.iter().map(|shown| shown.id.clone()).collect()
    }

    fn keep(&mut self, stays: impl Fn(&Subject) -> bool) -> Vec<Subject> {
        let rows = std::mem::take(&mut self.rows);
        let (stay, left): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| stays(&row.id));
        self.rows = stay;
        left.into_iter().map(|row| row.id).collect()
    }
}

/// Leaves out what several ways lead to, but for the first.
pub fn once(rows: impl Iterator<Item = Shown>) -> Vec<Shown> {
    let mut known = BTreeSet::new();
    rows.filter(|row| row.id.under().is_none() || known.insert(row.id.clone())).collect()
}

fn address(subject: &Subject) -> Option<Address> {
    subject.record().cloned().map(Address)
}

fn difference(before: &[Shown], after: &[Shown]) -> ViewReport {
    let index = |rows: &[Shown]| -> BTreeMap<Subject, Shown> {
        rows.iter().map(|row| (row.id.clone(), row.clone())).collect()
    };
    let (before, after) = (index(before), index(after));
    let mut report = ViewReport::default();
    report.left.extend(before.keys().filter(|id| !after.contains_key(*id)).cloned());
    for (id, row) in after {
        match before.get(&id) {
            None => report.entered.push(id),
            Some(stood) if !row.is_as(stood) => report.changed.push(id),
            Some(_) => {}
        }
    }
    report
}
