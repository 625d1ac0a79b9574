//! The laws of the code: each test fails with a sentence.

mod arrows;
mod documents;
mod source_rules;
