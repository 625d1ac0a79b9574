//! A scenario, parsed.
//!
//! A [`Script`] keeps every line of the text that is not a result, so that a transcript is the same text with the
//! results that really happened.

use std::path::PathBuf;

use surrealdb_types::{Object, RecordId};

/// One scenario.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// Where the text came from, for messages.
    pub path: PathBuf,
    /// Its lines, results gathered under their instruction.
    pub entries: Vec<Entry>,
}

/// Some lines of the text and what they ask for.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The first line's number, from 1.
    pub line: usize,
    /// The lines as they were written, without the results below them.
    pub text: Vec<String>,
    /// The results that the text expects, without their indent.
    pub expected: Vec<String>,
    /// What happens here; `None` for comments, blank lines, and what a `commit` further down will do.
    pub step: Option<Step>,
}

/// What a rig is asked to do at once.
#[derive(Clone, Debug)]
pub enum Step {
    /// A DEFINE, ALTER or REMOVE.
    Define(String),
    /// A row that is there before what follows.
    Given(Write),
    /// Registers a view.
    View(Registration),
    /// A view asks something else, under its name; one that does not stand begins.
    Replace(Registration),
    /// One transaction.
    Commit(Vec<Write>),
    /// One transaction that does not take place.
    Cancel(Vec<Write>),
    /// Unregisters a view.
    Drop(String),
    /// Asks for a view's whole present answer.
    Show(String),
    /// Our processes are killed and started again.
    Restart,
}

/// A view to be registered.
#[derive(Clone, Debug)]
pub struct Registration {
    /// What the transcript calls it.
    pub name: String,
    /// The user's record; `None` is the system.
    pub user: Option<RecordId>,
    /// The access method that the user came by.
    pub access: String,
    /// The query's text.
    pub query: String,
    /// The parameters.
    pub params: Object,
}

/// A write of one record.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// `CREATE … CONTENT …`
    Create(RecordId, Object),
    /// `UPDATE … CONTENT …`
    Update(RecordId, Object),
    /// `UPDATE … MERGE …`
    Merge(RecordId, Object),
    /// `DELETE …`
    Delete(RecordId),
    /// `RELATE from->edge->to CONTENT …`
    Relate {
        /// `in`
        from: RecordId,
        /// The edge's own record.
        edge: RecordId,
        /// `out`
        to: RecordId,
        /// What else it holds.
        content: Object,
    },
}

impl Write {
    /// Returns the record that is written.
    pub fn record(&self) -> &RecordId {
        match self {
            Write::Create(id, _)
            | Write::Update(id, _)
            | Write::Merge(id, _)
            | Write::Delete(id)
            | Write::Relate { edge: id, .. } => id,
        }
    }
}

impl Script {
    /// Visits every write, wherever it stands.
    pub fn writes(&self) -> impl Iterator<Item = &Write> {
        self.steps().flat_map(|step| match step {
            Step::Given(write) => std::slice::from_ref(write),
            Step::Commit(writes) | Step::Cancel(writes) => writes.as_slice(),
            _ => &[],
        })
    }

    /// Visits every registration.
    pub fn registrations(&self) -> impl Iterator<Item = &Registration> {
        self.steps().filter_map(|step| match step {
            Step::View(registration) | Step::Replace(registration) => Some(registration),
            _ => None,
        })
    }

    /// Visits every definition's text.
    pub fn definitions(&self) -> impl Iterator<Item = &str> {
        self.steps().filter_map(|step| match step {
            Step::Define(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Visits every step, in order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.entries.iter().filter_map(|entry| entry.step.as_ref())
    }
}
