//! From SurrealQL text to plans.
//!
//! The only module that names the database's parser and its tree. A query is understood whole, or refused with a
//! code, a position and a reason: every struct of the tree is taken apart without `..`, so that a clause which is new
//! there does not compile here before somebody has decided what it means.
//!
//! # Invariants
//! - What a [`Plan`] says is what the database answers; nothing of the text is skipped or guessed.
//! - Depth and size are limited before anything recurses: the parser's own limits first, `protocol::limits` then.
//!
//! # Absent on purpose
//! Subqueries, but those that are shown under a row ([`child`]), graph arrows, record links, SPLIT, FETCH, VERSION, closures, own functions: refused by name.

pub mod define;

mod child;
mod expression;
mod fields;
mod function;
mod group;
mod idiom;
mod literal;
mod locate;
mod named;
mod order;
mod permission;
mod scope;
mod select;
#[cfg(test)]
mod tests;
mod values;

use protocol::Problem;
use protocol::problem::Position;

pub use values::{params, record_id, value};

use crate::catalog::{Catalog, Principal};
use crate::plan::Plan;

/// Finds where a word of a query stands, texts and comments aside.
pub fn position(text: &str, word: &str) -> Option<Position> {
    locate::find(text, word)
}

/// Plans one SELECT under a principal's permissions.
pub fn plan(text: &str, catalog: &Catalog, principal: Principal<'_>) -> Result<Plan, Problem> {
    select::plan(text, catalog, principal)
}
