//! What the engine's thread is told next.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, never, select, tick};
use surreal::capture::Captured;

use super::together::together;
use super::wanted;
use crate::core::{Core, Input};

/// How often the coordinator hears that time passes.
const TICK: Duration = Duration::from_millis(200);

/// How often to look whether effects were begun, while too many were not.
const BEGUN_YET: Duration = Duration::from_millis(1);

/// Everything that leads to the thread.
pub(super) struct Inputs {
    changed: Receiver<Captured>,
    told: Receiver<Input>,
    ended: Receiver<()>,
    ticks: Receiver<Instant>,
    /// What was taken out behind commits that were taken together.
    behind: Option<Captured>,
}

impl Inputs {
    pub(super) fn new(
        changed: Receiver<Captured>,
        told: Receiver<Input>,
        ended: Receiver<()>,
    ) -> Inputs {
        Inputs { changed, told, ended, ticks: tick(TICK), behind: None }
    }

    /// Waits for the next one; `None` when nobody tells anything any more.
    pub(super) fn next(&mut self, core: &Core, wants: &wanted::Sender) -> Option<Input> {
        if let Some(said) = self.behind.take() {
            return Some(Input::Captured(said));
        }
        let nothing = never();
        loop {
            let crowded = wants.are_too_many();
            let changes = if crowded { &nothing } else { &self.changed };
            let wait = match core.is_refilling() {
                _ if crowded => BEGUN_YET,
                true => Duration::ZERO,
                false => TICK,
            };
            select! {
                recv(changes) -> said => match said {
                    Ok(said) => {
                        let (said, behind) = together(core, said, &self.changed);
                        self.behind = behind;
                        return Some(Input::Captured(said));
                    }
                    Err(_) => self.changed = never(),
                },
                recv(self.told) -> input => return input.ok(),
                recv(self.ticks) -> _ => return Some(Input::Tick),
                recv(self.ended) -> _ => return None,
                default(wait) => {
                    if !crowded {
                        return Some(Input::Tick);
                    }
                }
            }
        }
    }
}
