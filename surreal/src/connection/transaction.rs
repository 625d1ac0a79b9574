//! A client transaction: several requests in one snapshot.

use std::sync::Arc;

use surrealdb::engine::remote::ws::Client;
use surrealdb::method;
use surrealdb::types::{Value, Variables};

use super::link::Link;
use crate::error::Error;

/// An open transaction. Dropped, it is cancelled.
pub struct Transaction {
    link: Arc<Link>,
    /// Taken when it ends.
    open: Option<method::Transaction<Client>>,
}

impl Transaction {
    pub(super) async fn begin(link: Arc<Link>) -> Result<Transaction, Error> {
        let open = link.begin().await?;
        Ok(Transaction { link, open: Some(open) })
    }

    /// Runs statements inside it.
    pub async fn query(&self, text: &str, vars: impl Into<Variables>) -> Result<Vec<Value>, Error> {
        let open = self.open.as_ref().expect("a transaction is open until it is consumed");
        self.link.answer(open.query(text).bind(vars.into())).await
    }

    /// Commits; with `Conflict` nothing happened.
    pub async fn commit(mut self) -> Result<(), Error> {
        let open = self.open.take().expect("a transaction is open until it is consumed");
        let session = self.link.outcome(open.commit().into_future()).await?;
        self.link.put_back(session);
        Ok(())
    }

    /// Ends it without a trace.
    pub async fn cancel(mut self) -> Result<(), Error> {
        let open = self.open.take().expect("a transaction is open until it is consumed");
        let session = self.link.outcome(open.cancel().into_future()).await?;
        self.link.put_back(session);
        Ok(())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let Some(open) = self.open.take() else { return };
        let link = Arc::clone(&self.link);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Ok(session) = link.outcome(open.cancel().into_future()).await {
                    link.put_back(session);
                }
            });
        }
    }
}
