//! What steps cost, by family: counted here, timed by whoever has a clock.
//!
//! Whoever has one asks for a sample before an input and says afterwards how long it took; the time is shared among the
//! windows that the input stepped. A few of many inputs are enough.
//!
//! # Invariants
//! - Nothing here changes what an input does; an input that is no sample pays one comparison a window.

use std::sync::Arc;

use protocol::limits::COST_WINDOWS_MAX;

use super::Engine;
use crate::plan::Plan;
use crate::shape::{Shape, lift};

/// Above so many steps, older ones count half.
const STEPS_KEPT: u64 = 10_000;

/// Windows of a family whose bytes are counted.
const WINDOWS_WEIGHED: usize = 1_000;

/// What was measured of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The family's number.
    pub family: u64,
    /// Its windows.
    pub windows: usize,
    /// Steps of its windows that were timed.
    pub steps: u64,
    /// What one of them took.
    pub nanos_per_step: Option<u64>,
    /// Bytes of a window, by its own count, divided among its views.
    pub bytes_per_view: usize,
}

/// The windows that an input steps, while it is a sample.
#[derive(Debug, Default)]
pub(super) struct Sample {
    noted: Vec<u32>,
    stepped: u64,
}

/// The timed steps of a family.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timed {
    steps: u64,
    nanos: u64,
}

impl Sample {
    pub(super) fn note(&mut self, window: u32) {
        self.stepped += 1;
        if self.noted.len() < COST_WINDOWS_MAX {
            self.noted.push(window);
        }
    }
}

impl Timed {
    fn add(&mut self, nanos: u64) {
        if self.steps >= STEPS_KEPT {
            *self = Timed { steps: self.steps / 2, nanos: self.nanos / 2 };
        }
        self.steps += 1;
        self.nanos += nanos;
    }
}

impl Engine {
    /// The next input is a sample.
    pub fn sample(&mut self) {
        self.sample = Some(Box::default());
    }

    /// The sample took so long: its windows share it.
    pub fn charge(&mut self, nanos: u64) {
        let Some(sample) = self.sample.take() else { return };
        let Some(share) = nanos.checked_div(sample.stepped) else { return };
        for number in sample.noted {
            let Some(open) = &self.windows[number as usize] else { continue };
            if let Some(known) = self.families.get_mut(&open.window.family.shape) {
                known.timed.add(share);
            }
        }
    }

    /// Tells what was measured of the family that a plan's views belong to, if there is one.
    pub fn measured(&self, plan: &Plan) -> Option<Measured> {
        let shape: Shape = lift(plan).shape;
        let known = self.families.get(&shape)?;
        let its = self.windows.iter().flatten().map(|open| &open.window);
        let its = its.filter(|window| Arc::ptr_eq(&window.family, &known.family));
        let (mut weight, mut views) = (0, 0);
        for window in its.take(WINDOWS_WEIGHED) {
            weight += self.bytes(window.number);
            views += window.views.len();
        }
        let Timed { steps, nanos } = known.timed;
        Some(Measured {
            family: known.family.number,
            windows: known.windows,
            steps,
            nanos_per_step: nanos.checked_div(steps),
            bytes_per_view: weight.checked_div(views).unwrap_or(0),
        })
    }
}
