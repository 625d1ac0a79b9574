//! What lowering knows while it walks: the text, the definitions, who asks, and how much may still come.

use protocol::limits::{EXPRESSION_DEPTH_MAX, EXPRESSION_NODES_MAX};
use protocol::{Code, Problem};

use super::locate;
use crate::catalog::{Catalog, Principal};

/// What is being lowered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// A client's query.
    Query,
    /// A table's select permission.
    Permission,
}

/// The state of one lowering.
pub(super) struct Scope<'a> {
    pub(super) text: &'a str,
    pub(super) catalog: &'a Catalog,
    pub(super) principal: Principal<'a>,
    pub(super) reading: Reading,
    /// In a child subquery, the table of the query around it.
    pub(super) parent: Option<String>,
    depth: usize,
    nodes: usize,
}

impl<'a> Scope<'a> {
    pub(super) fn new(
        text: &'a str,
        catalog: &'a Catalog,
        principal: Principal<'a>,
        reading: Reading,
    ) -> Scope<'a> {
        Scope { text, catalog, principal, reading, parent: None, depth: 0, nodes: 0 }
    }

    /// Goes one level down, and counts the node that stands there.
    pub(super) fn deeper<T>(
        &mut self,
        lower: impl FnOnce(&mut Self) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        self.count(1)?;
        if self.depth == EXPRESSION_DEPTH_MAX {
            let message = format!("the expression is deeper than {EXPRESSION_DEPTH_MAX}");
            return Err(Problem::new(Code::LimitExceeded, message));
        }
        self.depth += 1;
        let lowered = lower(self);
        self.depth -= 1;
        lowered
    }

    /// Counts nodes.
    pub(super) fn count(&mut self, nodes: usize) -> Result<(), Problem> {
        self.nodes += nodes;
        if self.nodes > EXPRESSION_NODES_MAX {
            let message = format!("the query has more than {EXPRESSION_NODES_MAX} parts");
            return Err(Problem::new(Code::LimitExceeded, message));
        }
        Ok(())
    }

    /// Makes a problem, at the first place of `near` in the text.
    pub(super) fn refuse(&self, code: Code, near: &str, message: impl Into<String>) -> Problem {
        let problem = Problem::new(code, message);
        match locate::find(self.text, near) {
            Some(position) => problem.at(position),
            None => problem,
        }
    }

    /// Refuses what is not understood.
    pub(super) fn unsupported(&self, near: &str, message: impl Into<String>) -> Problem {
        self.refuse(Code::Unsupported, near, message)
    }
}
