//! The tasks of one process (or of one instance in a process), and their common end.
//!
//! # Invariants
//! - A task that ends before it was told to ends its group: [`Tasks::failed`] says which, and why.
//! - Everybody hears [`Shutdown`]; nobody is aborted before the deadline of [`Tasks::stop`] has passed.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

/// Tells tasks that they should end. Cheap to clone; dropping the [`Trigger`] is telling.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<bool>);

/// Tells everybody who holds the [`Shutdown`].
#[derive(Debug)]
pub struct Trigger(watch::Sender<bool>);

/// Makes a shutdown and what sets it off.
pub fn shutdown() -> (Trigger, Shutdown) {
    let (sender, receiver) = watch::channel(false);
    (Trigger(sender), Shutdown(receiver))
}

impl Trigger {
    /// Tells.
    pub fn fire(&self) {
        self.0.send_replace(true);
    }
}

impl Shutdown {
    /// Whether it was told.
    pub fn is_told(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Waits until it is told.
    pub async fn told(&mut self) {
        // An error is a trigger that was dropped, which tells as well.
        let _ = self.0.wait_for(|told| *told).await;
    }
}

/// Why a task ended.
pub type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// A task ended out of turn.
#[derive(Debug, thiserror::Error)]
pub struct Ended {
    /// The task's name.
    pub task: &'static str,
    /// What it ended with.
    #[source]
    pub reason: Box<dyn std::error::Error + Send + Sync>,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task `{}` ended", self.task)
    }
}

/// A group of tasks that live and end together.
#[derive(Debug, Default)]
pub struct Tasks(JoinSet<(&'static str, Outcome)>);

impl Tasks {
    /// Starts a task.
    pub fn spawn(
        &mut self,
        name: &'static str,
        task: impl Future<Output = Outcome> + Send + 'static,
    ) {
        self.0.spawn(async move { (name, task.await) });
    }

    /// Waits for the first task that ends with an error or a panic; `None` when all have ended well.
    pub async fn failed(&mut self) -> Option<Ended> {
        while let Some(joined) = self.0.join_next().await {
            if let Some(ended) = ended(joined) {
                return Some(ended);
            }
        }
        None
    }

    /// Waits for all to end, at most until the deadline, then aborts what is left; returns the first error.
    pub async fn stop(mut self, deadline: Duration) -> Result<(), Ended> {
        let mut first = None;
        let all = async {
            while let Some(joined) = self.0.join_next().await {
                if let Some(ended) = ended(joined) {
                    first.get_or_insert(ended);
                }
            }
        };
        if tokio::time::timeout(deadline, all).await.is_err() {
            tracing::warn!(left = self.0.len(), "shutdown deadline passed, aborting tasks");
            self.0.abort_all();
        }
        first.map_or(Ok(()), Err)
    }
}

fn ended(joined: Result<(&'static str, Outcome), JoinError>) -> Option<Ended> {
    match joined {
        Ok((_, Ok(()))) => None,
        Ok((task, Err(reason))) => Some(Ended { task, reason }),
        Err(error) if error.is_cancelled() => None,
        Err(error) => Some(Ended { task: "a panicked one", reason: Box::new(error) }),
    }
}

/// The signal that ends a process: interrupt or, on Unix, terminate.
///
/// It is listened for from the call on, not from the first poll: what comes in between is not lost, and does not
/// end the process at once.
///
/// # Panics
/// Outside of a runtime.
pub fn interrupted() -> impl Future<Output = ()> + Send {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{Signal, SignalKind, signal};
        let listen = |kind| signal(kind).ok();
        let (interrupt, terminate) =
            (listen(SignalKind::interrupt()), listen(SignalKind::terminate()));
        async fn first(signal: Option<Signal>) {
            match signal {
                Some(mut signal) => _ = signal.recv().await,
                None => std::future::pending().await,
            }
        }
        async move {
            tokio::select! { () = first(interrupt) => {} () = first(terminate) => {} }
        }
    }
    #[cfg(not(unix))]
    async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Tasks, shutdown};

    #[tokio::test]
    async fn a_group_ends_together_and_says_who_ended_it() {
        let (trigger, shutdown) = shutdown();
        let mut tasks = Tasks::default();
        let mut told = shutdown.clone();
        tasks.spawn("patient", async move {
            told.told().await;
            Ok(())
        });
        tasks.spawn("broken", async { Err("the disk is full".into()) });
        let ended = tasks.failed().await.expect("one task is broken");
        assert_eq!(ended.task, "broken");
        assert_eq!(ended.reason.to_string(), "the disk is full");
        trigger.fire();
        assert!(shutdown.is_told());
        assert!(tasks.stop(Duration::from_secs(5)).await.is_ok());
    }
}
