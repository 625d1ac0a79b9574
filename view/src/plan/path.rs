//! The way from a value to a part of it.

use serde::{Deserialize, Serialize};

/// `a.b[0].c`, from the outside in. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Path(pub Vec<Step>);

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Step {
    /// `.name`; on an array, of each element.
    Field(String),
    /// `[n]`.
    Index(i64),
    /// `[*]` and `.*`.
    All,
    /// `[$]`.
    Last,
    /// `.?`: stops with NONE where there is nothing.
    Optional,
}

impl Path {
    /// The path of one field.
    pub fn field(name: impl Into<String>) -> Path {
        Path(vec![Step::Field(name.into())])
    }

    /// Returns the first step's field, which is the row's stored column.
    pub fn column(&self) -> Option<&str> {
        match self.0.first() {
            Some(Step::Field(name)) => Some(name),
            _ => None,
        }
    }
}
