//! What an engine says, in lines: each with the number of the input that it answers.

use std::fmt::Write as _;

use protocol::Problem;
use surrealdb_types::{ToSql as _, Value};
use view::delta::{ChildDelta, RowDelta, StateChange, Step, Under, ViewDelta};
use view::engine::Engine;
use view::row::Row;

/// Prints one answer; silence prints nothing.
pub fn answer(number: usize, answer: &Result<Step, Problem>, text: &mut String) {
    match answer {
        Ok(step) => step.views.iter().for_each(|delta| view(number, delta, text)),
        Err(problem) => line(text, format_args!("{number} refused: {}", problem.code)),
    }
}

/// Prints what an engine holds in the end.
pub fn tables(engine: &Engine, text: &mut String) {
    for (name, rows, digest) in engine.tables() {
        line(text, format_args!("table {name}: {rows} rows, {digest:?}"));
    }
}

fn view(number: usize, delta: &ViewDelta, text: &mut String) {
    let no = delta.view.0;
    match &delta.state {
        None => {}
        Some(StateChange::Ready) => line(text, format_args!("{number} view {no} ready")),
        Some(StateChange::Refused(problem)) => {
            line(text, format_args!("{number} view {no} refused: {}", problem.code));
        }
        Some(StateChange::Ended) => line(text, format_args!("{number} view {no} ended")),
        // The reason is not compared: each build raises in its own words.
        Some(StateChange::Failed { code, record, .. }) => {
            line(text, format_args!("{number} view {no} failed: {code}: {}", record.to_sql()));
        }
    }
    for row in &delta.rows {
        told(number, no, row, "", text);
    }
    for ChildDelta { under: Under { parent, alias }, row } in &delta.children {
        told(number, no, row, &format!(" under {} as {alias}", parent.to_sql()), text);
    }
}

fn told(number: usize, no: u32, row: &RowDelta, under: &str, text: &mut String) {
    match row {
        RowDelta::Leave { record, revoked } => {
            let why = if *revoked { " revoked" } else { "" };
            line(text, format_args!("{number} view {no} - {}{under}{why}", record.to_sql()));
        }
        RowDelta::Change(row) => {
            line(text, format_args!("{number} view {no} ~ {}{under}", shown(row)));
        }
        RowDelta::Enter(row) => {
            line(text, format_args!("{number} view {no} + {}{under}", shown(row)));
        }
    }
}

fn shown(row: &Row) -> String {
    format!("{} {}", row.version, Value::Object(row.content().object()).to_sql())
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    let _ = writeln!(text, "{line}");
}
