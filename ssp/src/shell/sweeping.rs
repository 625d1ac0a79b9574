//! The sweep: edges of views that no longer exist, tables of users that no longer exist (mechanism M11).
//!
//! It has a lane of its own, so that it stands in nobody's way. A view that is registered while it runs may lose edges
//! to it if an earlier one of its name had left some: the coordinator has such views reconciled afterwards.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use protocol::ViewKey;
use surreal::edge::{Lane, LaneError};
use surreal::names::RefMode;
use surreal::sweep::Sweep;
use surreal::{Database, schema, writer};
use surrealdb_types::RecordId;
use tokio::sync::Mutex;

use super::lanes::Lanes;
use crate::core::Input;
use crate::desk::Desk;

const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Sweeps, one sweep at a time.
#[derive(Clone)]
pub(super) struct Sweeping {
    pub(super) database: Database,
    pub(super) lane: Arc<Mutex<Lane>>,
    pub(super) settings: schema::Settings,
    pub(super) ref_mode: RefMode,
    pub(super) lanes: Lanes,
    pub(super) desk: Desk,
}

impl Sweeping {
    /// Sweeps what is of none of these views, until that is done.
    pub(super) async fn run(self, views: BTreeSet<ViewKey>) {
        let mut lane = self.lane.lock().await;
        loop {
            match self.sweep(&views, &mut lane).await {
                Ok(made) => return self.desk.tell(Input::Swept { made }).await,
                Err(LaneError::Fenced) => return self.desk.tell(Input::Fenced).await,
                Err(LaneError::Database(error)) => {
                    tracing::warn!(%error, "sweep, again in a second");
                    tokio::time::sleep(AGAIN_AFTER).await;
                }
            }
        }
    }

    /// One sweep. The users whose tables were made.
    async fn sweep(
        &self,
        views: &BTreeSet<ViewKey>,
        lane: &mut Lane,
    ) -> Result<BTreeSet<RecordId>, LaneError> {
        let schema = schema::read(&self.database, &self.settings).await?;
        let sweep = Sweep {
            schema: &schema,
            mode: self.ref_mode,
            views,
            began: |view: &ViewKey| self.lanes.knows(view),
        };
        let swept = sweep.run(&self.database, lane).await?;
        writer::remove_old(&self.database).await?;
        tracing::info!(
            views = swept.views,
            dropped = swept.dropped,
            made = swept.made.len(),
            "swept edges and tables of nobody"
        );
        Ok(swept.made)
    }
}
