//! The engine's thread: one input after the other, and what it wants done.

use std::time::Duration;

use crossbeam_channel::{Receiver, never, select, tick};
use service::Clock;
use surreal::capture::Captured;
use tokio::sync::watch;

use super::together::together;
use super::wanted;
use crate::core::{Core, Input};
use crate::pulse::Pulse;

/// How often the coordinator hears that time passes.
const TICK: Duration = Duration::from_millis(200);

/// How often to look whether effects were begun, while too many were not.
const BEGUN_YET: Duration = Duration::from_millis(1);

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
    pub(super) fn run(
        mut self,
        mut changed: Receiver<Captured>,
        told: Receiver<Input>,
        ended: Receiver<()>,
    ) {
        let (ticks, nothing) = (tick(TICK), never());
        let mut next = None;
        loop {
            if let Some(said) = next.take() {
                if !self.step(Input::Captured(said)) {
                    return;
                }
                continue;
            }
            let crowded = self.wants.are_too_many();
            let changes = if crowded { &nothing } else { &changed };
            let wait = match self.core.is_refilling() {
                _ if crowded => BEGUN_YET,
                true => Duration::ZERO,
                false => TICK,
            };
            let input = select! {
                recv(changes) -> said => match said {
                    Ok(said) => {
                        let (said, behind) = together(&self.core, said, changed.try_iter());
                        next = behind;
                        Input::Captured(said)
                    }
                    Err(_) => {
                        changed = never();
                        continue;
                    }
                },
                recv(told) -> input => match input {
                    Ok(input) => input,
                    Err(_) => return,
                },
                recv(ticks) -> _ => Input::Tick,
                recv(ended) -> _ => return,
                default(wait) => match crowded {
                    true => continue,
                    false => Input::Tick,
                },
            };
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
