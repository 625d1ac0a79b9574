//! Rows of registrations say what became of them.
//!
//! A start has a hundred thousand of them to write, and each by itself is a transaction: what waits is said together.
//!
//! # Invariants
//! - Of one view one saying is under way: the coordinator waits for it.
//! - A registration whose row the database refuses to change keeps no other one from being told.

use std::sync::Arc;

use surreal::query_row::{self, QueryRow, Saying, State};
use surreal::{Database, Error};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tracing::{Instrument, info_span};
use view::delta::ViewNo;

use super::rows::patiently;
use crate::core::Input;
use crate::desk::Desk;

/// Rows that one transaction writes.
const ROWS_AT_ONCE: usize = 64;

/// Transactions under way at once.
const WRITES_AT_ONCE: usize = 4;

/// What one view's row is to say.
pub(super) type Told = (ViewNo, Arc<QueryRow>, Saying);

/// Says it.
#[derive(Clone)]
pub(super) struct Telling {
    pub(super) database: Database,
    pub(super) desk: Desk,
}

impl Telling {
    /// Says what comes, until no more does and all is said.
    pub(super) async fn run(self, mut coming: mpsc::UnboundedReceiver<Told>) {
        let mut writes = JoinSet::new();
        let mut some = Vec::new();
        while coming.recv_many(&mut some, ROWS_AT_ONCE).await > 0 {
            while writes.len() >= WRITES_AT_ONCE {
                writes.join_next().await;
            }
            // What came while it waited for its place goes along.
            while some.len() < ROWS_AT_ONCE
                && let Ok(told) = coming.try_recv()
            {
                some.push(told);
            }
            writes.spawn(self.clone().say(std::mem::take(&mut some)));
        }
        while writes.join_next().await.is_some() {}
    }

    async fn say(self, told: Vec<Told>) {
        let is_ready = |(_, _, saying): &&Told| saying.state == State::Ready;
        let ready = told.iter().filter(is_ready).count();
        let span = info_span!("tell", views = told.len(), ready);
        let said = self.write(&told).instrument(span).await;
        if let Err(error) = said {
            self.say_each(&told, error).await;
        }
        let sayings = told.into_iter().map(|(no, _, saying)| (no, saying)).collect();
        self.desk.tell(Input::Told(sayings)).await;
    }

    /// The database refuses to write them together: it may be because of one.
    async fn say_each(&self, told: &[Told], error: Error) {
        if let [(_, row, _)] = told {
            tracing::error!(%error, view = %row.view, "say a view's state");
            return;
        }
        for one in told {
            if let Err(error) = self.write(std::slice::from_ref(one)).await {
                tracing::error!(%error, view = %one.1.view, "say a view's state");
            }
        }
    }

    async fn write(&self, told: &[Told]) -> Result<(), Error> {
        let sayings = || told.iter().map(|(_, row, saying)| (&**row, saying));
        patiently("say views' states", || query_row::say(&self.database, sayings())).await
    }
}
