//! From SurrealQL text to deltas.
//!
//! A query's text is lowered to a [`plan::Plan`], lifted to a [`shape::Shape`], and maintained by [`engine::Engine`]
//! against the rows of its store. [`mod@reference`] is the slow, obvious evaluator that defines what is right.
//!
//! # Absent on purpose
//! No I/O, no clock, no thread. The database's parser is named only in [`lower`], its operators and functions only in
//! [`native`]; both are behind the feature `surrealql`, which the browser's build leaves off.

pub mod caller;
pub mod catalog;
pub mod delta;
pub mod digest;
pub mod engine;
pub mod eval;
pub mod explain;
mod family;
pub mod fault;
mod few;
pub mod group;
mod index;
#[cfg(feature = "surrealql")]
pub mod lower;
pub mod native;
pub mod plan;
pub mod reference;
mod router;
pub mod row;
pub mod shape;
mod store;
pub mod value;
mod window;
