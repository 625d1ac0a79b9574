//! The engine's thread, and how others speak to it.
//!
//! One thread owns the coordinator with its engine. Two bounded channels lead to it: what capture tells, whose order is
//! the order of the world, and everything else. Neither may keep the other waiting for ever, so they are taken in turn.
//!
//! # Invariants
//! - The thread never waits for a writer: effects are handed out and done elsewhere.
//! - What waits is bounded: while too many effects are not begun, no change is taken in; what waits then is taken in
//!   together.
//! - When it ends, everybody who asks is told so.

mod inputs;
mod thread;
mod together;
mod wanted;

use std::time::Duration;

use crossbeam_channel::{Sender, bounded};
use protocol::{Code, Problem};
use service::Clock;
use surreal::capture::Captured;
use tokio::sync::{mpsc, oneshot, watch};

use crate::core::{Core, Input, Question};
use crate::pulse::Pulse;
use inputs::Inputs;
use thread::Thread;
pub(crate) use wanted::{Wanted, wanted};

/// Inputs that wait at most, before whoever brings more has to wait.
const INPUTS_MAX: usize = 1_024;

/// Leads to the engine's thread. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    inputs: Sender<Input>,
    end: Sender<()>,
}

impl Desk {
    /// Ends the thread; what it was not told yet, the next life finds in the database.
    pub(crate) fn end(&self) {
        // One word is enough.
        let _ = self.end.try_send(());
    }

    /// Asks, and waits for the answer.
    pub(crate) async fn ask<T>(
        &self,
        question: impl FnOnce(oneshot::Sender<T>) -> Question,
    ) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        let busy =
            || Problem::new(Code::SspNotReady, "the processor is busy or ending").hint("try again");
        self.inputs.try_send(Input::Asked(question(reply))).map_err(|_| busy())?;
        answer.await.map_err(|_| busy())
    }

    /// Tells what happened. The thread takes inputs far faster than anybody writes to a database, so that a full channel
    /// means that it is in one long step, which is waited for.
    pub(crate) async fn tell(&self, mut input: Input) {
        loop {
            match self.inputs.try_send(input) {
                Ok(()) | Err(crossbeam_channel::TrySendError::Disconnected(_)) => return,
                Err(crossbeam_channel::TrySendError::Full(back)) => input = back,
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// The threads' ends.
pub(crate) struct Threads {
    engine: std::thread::JoinHandle<()>,
    pump: std::thread::JoinHandle<()>,
}

impl Threads {
    /// Waits until both have ended; `false` if one panicked.
    pub(crate) fn join(self) -> bool {
        let pump = self.pump.join().is_ok();
        self.engine.join().is_ok() && pump
    }
}

/// Starts the thread. It ends when `captured` is closed and the last [`Desk`] is dropped, or when nobody takes effects.
pub(crate) fn start(
    core: Core,
    clock: Clock,
    mut captured: mpsc::Receiver<Captured>,
    wants: wanted::Sender,
    pulse: watch::Sender<Pulse>,
) -> std::io::Result<(Desk, Threads)> {
    let (changes, changed) = bounded(INPUTS_MAX);
    let (inputs, told) = bounded(INPUTS_MAX);
    let (end, ended) = bounded(1);
    let pump = std::thread::Builder::new().name("spky-pump".into()).spawn(move || {
        while let Some(said) = captured.blocking_recv() {
            if changes.send(said).is_err() {
                return;
            }
        }
    })?;
    let engine = std::thread::Builder::new().name("spky-engine".into()).spawn(move || {
        Thread::new(core, clock, wants, pulse).run(Inputs::new(changed, told, ended))
    })?;
    Ok((Desk { inputs, end }, Threads { engine, pump }))
}
