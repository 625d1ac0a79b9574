//! The engine's thread: one input after the other, and what it wants done.

use service::Clock;
use surreal::capture::Captured;
use tokio::sync::watch;

use super::inputs::Inputs;
use super::wanted;
use crate::core::{Core, Input};
use crate::pulse::Pulse;

/// One step of changes in so many is timed.
const SAMPLE_EVERY: u32 = 4;

pub(super) struct Thread {
    core: Core,
    clock: Clock,
    wants: wanted::Sender,
    pulse: watch::Sender<Pulse>,
    commits: u32,
}

impl Thread {
    pub(super) fn new(
        core: Core,
        clock: Clock,
        wants: wanted::Sender,
        pulse: watch::Sender<Pulse>,
    ) -> Thread {
        Thread { core, clock, wants, pulse, commits: 0 }
    }

    /// Runs until nobody tells anything any more, or nobody takes effects.
    pub(super) fn run(mut self, mut inputs: Inputs) {
        while let Some(input) = inputs.next(&self.core, &self.wants) {
            if !self.step(input) {
                return;
            }
        }
    }

    /// One step, and what it wants; `false` if nobody takes that.
    fn step(&mut self, input: Input) -> bool {
        let mut wanted = Vec::new();
        self.decide(input, &mut wanted);
        let taken = wanted.into_iter().all(|effect| self.wants.send(effect));
        self.publish();
        taken
    }

    /// Of some steps of changes the coordinator is told how long they took.
    fn decide(&mut self, input: Input, wanted: &mut Vec<crate::core::Effect>) {
        let now = self.clock.now();
        if !matches!(input, Input::Captured(Captured::Changes(_))) {
            return self.core.step(now, input, wanted);
        }
        self.commits = self.commits.wrapping_add(1);
        if !self.commits.is_multiple_of(SAMPLE_EVERY) {
            return self.core.step(now, input, wanted);
        }
        self.core.sample();
        self.core.step(now, input, wanted);
        let took = self.clock.now().since(now);
        self.core.charge(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }

    fn publish(&self) {
        let present = self.core.pulse();
        self.pulse.send_if_modified(|shown| {
            // What is over stays over, whatever this thread still thinks.
            let changed = !shown.is_over() && !shown.is_like(&present);
            if changed {
                *shown = present;
            }
            changed
        });
    }
}
