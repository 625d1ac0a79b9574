//! What whoever posted is told, once his rows are in memory.

use std::sync::{Arc, Mutex, PoisonError};

use protocol::Problem;
use protocol::wire::Ingested;
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

/// Goes with what was posted to whoever applies it, who gives it back.
#[derive(Clone, Debug)]
pub struct Receipt(Arc<Mutex<Option<Reply>>>);

type Reply = oneshot::Sender<Result<Ingested, Problem>>;

impl Receipt {
    /// A receipt, and where it arrives.
    pub fn new() -> (Receipt, oneshot::Receiver<Result<Ingested, Problem>>) {
        let (reply, arrives) = oneshot::channel();
        (Receipt(Arc::new(Mutex::new(Some(reply)))), arrives)
    }

    /// Gives it back, once; whoever waited may have gone.
    pub fn give(&self, ingested: Result<Ingested, Problem>) {
        if let Some(reply) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = reply.send(ingested);
        }
    }
}

impl PartialEq for Receipt {
    fn eq(&self, other: &Receipt) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
