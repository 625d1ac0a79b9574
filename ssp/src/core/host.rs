//! The engine, and what happens when it panics.
//!
//! # Invariants
//! - After a panic nothing of the engine is used again: it is replaced by an empty one, every table is loaded again and
//!   every view registered anew, its edges by difference.
//! - A view whose registration panics is not registered again before its text changes; so a row that makes a view
//!   panic ends with that view refused, because its hydration meets the same row.

use std::panic::{AssertUnwindSafe, catch_unwind};

use service::Moment;
use view::engine::Engine;

/// Times that the engine may be rebuilt within [`REBUILDS_WITHIN`] before the process gives up.
const REBUILDS_MAX: usize = 5;
const REBUILDS_WITHIN: std::time::Duration = std::time::Duration::from_secs(60);

pub(crate) struct Host {
    engine: Engine,
    rebuilt: Vec<Moment>,
}

/// The engine panicked, and is empty now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Panicked(pub(crate) String);

impl Host {
    pub(crate) fn new() -> Host {
        Host { engine: crate::engine(), rebuilt: Vec::new() }
    }

    /// Runs one input; the panic's words are what is left of it if it panics.
    pub(crate) fn run<T>(&mut self, input: impl FnOnce(&mut Engine) -> T) -> Result<T, Panicked> {
        // Nothing that the input touched is looked at after a panic.
        catch_unwind(AssertUnwindSafe(|| input(&mut self.engine))).map_err(|panic| {
            self.engine = crate::engine();
            Panicked(words(panic.as_ref()))
        })
    }

    /// Forgets every row and view.
    pub(crate) fn empty(&mut self) {
        self.engine = crate::engine();
    }

    /// Reads.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The next input's time is told by [`Host::charge`].
    pub(crate) fn sample(&mut self) {
        self.engine.sample();
    }

    /// Tells what the sampled input took.
    pub(crate) fn charge(&mut self, nanos: u64) {
        self.engine.charge(nanos);
    }

    /// Notes that the engine is rebuilt; `false` when that happened too often.
    pub(crate) fn may_rebuild(&mut self, now: Moment) -> bool {
        self.rebuilt.retain(|then| now.since(*then) < REBUILDS_WITHIN);
        self.rebuilt.push(now);
        self.rebuilt.len() <= REBUILDS_MAX
    }
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without words".to_owned())
}
