//! Following a table, as any client does: an ordinary LIVE subscription.
//!
//! # Absent on purpose
//! No capture: LIVE is unordered across commits and can drop what it tells. Changes are captured from the feed
//! (see [`crate::capture`]); this is for whoever looks at edges.

use std::pin::Pin;
use std::sync::Arc;

use futures_util::{Stream, StreamExt};
use surrealdb::types::{Action, Object, Value, Variables};

use super::Database;
use super::link::Link;
use crate::error::Error;

/// What a subscription tells of one row.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// It is new.
    Created(Object),
    /// It changed.
    Updated(Object),
    /// It is gone; this is what it was.
    Deleted(Object),
}

/// A subscription; it ends when this is dropped.
pub struct Live {
    told: Pin<Box<dyn Stream<Item = Result<Told, Error>> + Send>>,
    /// A subscription lives on its socket.
    _link: Arc<Link>,
}

impl Live {
    /// Waits for what is told next; `None` when the subscription has ended.
    pub async fn next(&mut self) -> Option<Result<Told, Error>> {
        self.told.next().await
    }
}

impl Database {
    /// Runs a `LIVE SELECT` and follows it.
    pub async fn live(&self, text: &str, vars: impl Into<Variables>) -> Result<Live, Error> {
        let link = self.link().await?;
        let notifications = link.live(text, vars.into()).await?;
        let told = notifications.filter_map(|notification| async {
            match notification {
                Ok(notification) => told(notification.action, notification.data).map(Ok),
                Err(answer) => Some(Err(Error::sort(&answer))),
            }
        });
        Ok(Live { told: Box::pin(told), _link: link })
    }
}

fn told(action: Action, row: Value) -> Option<Told> {
    let Value::Object(row) = row else { return None };
    match action {
        Action::Create => Some(Told::Created(row)),
        Action::Update => Some(Told::Updated(row)),
        Action::Delete => Some(Told::Deleted(row)),
        _ => None,
    }
}
