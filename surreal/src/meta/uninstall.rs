//! Takes everything off again.
//!
//! # Invariants
//! - What runs in users' transactions goes first: events, then feeds.
//! - Nothing goes that does not carry our name in its comment.

use surrealdb_types::Object;

use super::{FUNCTIONS, InstallError, feed, sign_up, text};
use crate::connection::{Database, vars};
use crate::names::{OURS, quoted};
use crate::structure::{parts, text as text_of, whole};

/// Removes events, the feeds that we gave, functions and tables. Nobody of ours may be running.
pub async fn uninstall(database: &Database) -> Result<(), InstallError> {
    let structure = whole(database.repeat("INFO FOR DB STRUCTURE", vars([])).await?.pop());
    let named = |list| parts(&structure, list).filter_map(|one| Some((text_of(one, "name")?, one)));
    let ours = |one: &Object| text::version_of(text_of(one, "comment")).is_some();

    let is_installed = named("tables").any(|(name, one)| name == "_00_capture" && ours(one));
    for (table, _) in named("tables").filter(|(name, _)| !name.starts_with(OURS)) {
        sign_up::take_event_of_sign_up(database, table).await?;
    }
    let fed = if is_installed { feed::given(database).await? } else { Default::default() };
    for table in fed {
        feed::take(database, &table).await?;
    }
    let functions = named("functions").filter(|(name, _)| FUNCTIONS.contains(name));
    let functions = functions
        .filter(|(_, one)| ours(one))
        .map(|(name, _)| format!("REMOVE FUNCTION IF EXISTS fn::{name};"));
    let tables = named("tables").filter(|(name, one)| name.starts_with(OURS) && ours(one));
    let tables = tables.map(|(name, _)| format!("REMOVE TABLE IF EXISTS {};", quoted(name)));
    let removals: String = functions.chain(tables).collect();
    if !removals.is_empty() {
        database.repeat(&format!("BEGIN; {removals} COMMIT"), vars([])).await?;
    }
    Ok(())
}
