//! What is printed: writes, and below them what came over LIVE, in the notation of the scenarios.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use surrealdb::types::{Object, RecordId, ToSql, Value};

const DIM: Style = Style::new().dimmed();

/// Fields that say enough of a row on one line.
const SHOWN: [&str; 4] = ["public", "text", "title", "votes"];

fn print(line: &str) {
    // Nobody is left to be told that nobody reads.
    let _ = writeln!(anstream::stdout(), "{line}");
}

/// Prints what happens beside the deltas.
pub fn note(text: &str) {
    print(&format!("{DIM}{text}{DIM:#}"));
}

/// Prints a statement that somebody runs.
pub fn written(who: &str, statement: &str) {
    print(&format!("\n{DIM}{who:<5} writes{DIM:#}  {statement}"));
}

/// Prints what happened to a record in a view: `ann    top + thread:7 { … }`.
pub fn delta(who: &str, view: &str, mark: char, record: &RecordId, body: Option<&Object>) {
    let colour = match mark {
        '+' => AnsiColor::Green,
        '~' => AnsiColor::Yellow,
        _ => AnsiColor::Red,
    }
    .on_default();
    let body = body.map(|body| format!(" {DIM}{}{DIM:#}", short(body))).unwrap_or_default();
    let record = record.to_sql();
    print(&format!("  {who:<5} {view:>5} {colour}{mark} {record}{colour:#}{body}"));
}

fn short(body: &Object) -> String {
    let shown = body.iter().filter(|(name, _)| SHOWN.contains(&name.as_str()));
    Value::Object(shown.map(|(name, value)| (name.clone(), value.clone())).collect()).to_sql()
}

/// Measures how long it takes from sending a write to hearing of it.
#[derive(Clone, Default)]
pub struct Clock(Arc<Mutex<Times>>);

#[derive(Default)]
struct Times {
    wrote: Option<Instant>,
    deltas: usize,
    took: Vec<Duration>,
}

impl Clock {
    /// A statement is sent.
    pub fn wrote(&self) {
        self.times(|times| times.wrote = Some(Instant::now()));
    }

    /// A delta arrived.
    pub fn told(&self) {
        self.times(|times| {
            times.deltas += 1;
            if let Some(wrote) = times.wrote {
                times.took.push(wrote.elapsed());
            }
        });
    }

    /// Says how it went.
    pub fn summary(&self) -> String {
        self.times(|times| {
            times.took.sort();
            let median = times.took.get(times.took.len() / 2).copied().unwrap_or_default();
            format!(
                "\n{} deltas over LIVE; from sending a write to its delta at the client: {:.0} ms (median)",
                times.deltas,
                median.as_secs_f64() * 1_000.0
            )
        })
    }

    fn times<T>(&self, of: impl FnOnce(&mut Times) -> T) -> T {
        of(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
