//! The event of a sign-up: the only code of ours that runs inside a user's transaction (mechanism M5).
//!
//! # Invariants
//! - Before it is put on a table it ran on a table of our own, in a transaction that is cancelled: a text that fails
//!   would fail every sign-up.

use surrealdb_types::Object;

use super::{InstallError, Settings, ours_to_replace, text};
use crate::connection::{Database, vars};
use crate::error::Error;
use crate::names::{RefMode, quoted};
use crate::structure::{parts, text as text_of, whole};

const NAME: &str = "_00_sign_up";
const PROBE: &str = "_00_probe";

/// Puts the event on a table that users sign up to, or finds that it stands. Returns whether it was put there.
pub async fn event_of_sign_up(
    database: &Database,
    settings: &Settings,
    table: &str,
) -> Result<bool, InstallError> {
    let dedicated = settings.ref_mode == RefMode::Dedicated;
    let (definition, comment) =
        text::sign_up(table, (dedicated && table == "user").then_some(table));
    if let Some(event) = standing(database, table).await? {
        ours_to_replace("event", &event)?;
        if text_of(&event, "comment") == Some(&comment) {
            return Ok(false);
        }
    }
    try_on_probe(database).await?;
    database.repeat(&definition, vars([])).await?;
    tracing::info!(table, "the sign-up's event is in place");
    Ok(true)
}

/// Takes the event off again, if it is there and ours.
pub async fn take_event_of_sign_up(database: &Database, table: &str) -> Result<(), InstallError> {
    if let Some(event) = standing(database, table).await? {
        ours_to_replace("event", &event)?;
        let removal = format!("REMOVE EVENT IF EXISTS {NAME} ON TABLE {}", quoted(table));
        database.repeat(&removal, vars([])).await?;
    }
    Ok(())
}

async fn standing(database: &Database, table: &str) -> Result<Option<Object>, Error> {
    let asked = format!("INFO FOR TABLE {} STRUCTURE", quoted(table));
    let told = whole(database.repeat(&asked, vars([])).await?.pop());
    Ok(parts(&told, "events").find(|event| text_of(event, "name") == Some(NAME)).cloned())
}

/// Signs a user up to a table of ours and looks at what the event did. Leaves nothing behind.
async fn try_on_probe(database: &Database) -> Result<(), InstallError> {
    let (event, _) = text::sign_up(PROBE, Some(PROBE));
    let transaction = database.transaction().await?;
    let tried = async {
        transaction.query(&format!("DEFINE TABLE OVERWRITE {PROBE} SCHEMALESS"), vars([])).await?;
        transaction.query(&event, vars([])).await?;
        let left = format!("CREATE _00_query:probe SET surql = '', auth_id = {PROBE}:of_sign_up");
        transaction.query(&left, vars([])).await?;
        transaction
            .query(&format!("CREATE {PROBE}:of_sign_up, {PROBE}:`not plain`"), vars([]))
            .await?;
        let seen = "RETURN array::is_empty(SELECT VALUE id FROM _00_query:probe); \
            SELECT VALUE id FROM _00_list_ref_user_of_sign_up";
        transaction.query(seen, vars([])).await
    }
    .await;
    transaction.cancel().await?;
    match tried {
        Ok(seen) if seen.first() == Some(&surrealdb_types::Value::Bool(true)) => Ok(()),
        Ok(_) => Err(InstallError::Unfit("the sign-up's event left a registration".into())),
        Err(Error::Refused { message }) => Err(InstallError::Unfit(message)),
        Err(error) => Err(error.into()),
    }
}
