//! What whoever posted is told, once his rows are in memory.

use std::sync::{Arc, Mutex, PoisonError};

use protocol::Problem;
use surrealdb_types::{Object, RecordId};
use tokio::sync::oneshot;

/// A row that somebody posts.
#[derive(Clone, Debug, PartialEq)]
pub struct Post {
    /// Its record.
    pub record: RecordId,
    /// The whole content, `id` included; `None`: it is deleted.
    pub after: Option<Object>,
}

/// What became of a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Changes that were applied.
    pub applied: usize,
    /// Changes of captured tables: capture finds them.
    pub captured: usize,
    /// The number by which whoever applied them is known: rows that were posted to another one are lost.
    pub memory: u64,
}

/// Goes with what was posted to whoever applies it, who gives it back.
#[derive(Clone, Debug)]
pub struct Receipt(Arc<Mutex<Option<Reply>>>);

type Reply = oneshot::Sender<Result<Taken, Problem>>;

impl Receipt {
    /// A receipt, and where it arrives.
    pub fn new() -> (Receipt, oneshot::Receiver<Result<Taken, Problem>>) {
        let (reply, arrives) = oneshot::channel();
        (Receipt(Arc::new(Mutex::new(Some(reply)))), arrives)
    }

    /// Gives it back, once; whoever waited may have gone.
    pub fn give(&self, taken: Result<Taken, Problem>) {
        if let Some(reply) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = reply.send(taken);
        }
    }
}

impl PartialEq for Receipt {
    fn eq(&self, other: &Receipt) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
