//! Events that announce writes (`capture: events`), and the versions by which an announcement is known to be committed.
//!
//! The post runs inside the writer's transaction: it is sent for transactions that roll back, it makes the writer wait,
//! and it fails the write while nobody answers. What it costs: docs/operations.md.
//!
//! # Invariants
//! - `_00_version` stands before the first event does, and goes after the last one.
//! - Before it is put on a table it ran on a table of our own, in a transaction that is cancelled, and reached us: a text
//!   that fails would fail every write.
//! - The bearer in the text opens nothing but announcing, and an announcement makes us read a record, nothing else.

use surrealdb_types::{Object, ToSql, Value};

use super::{InstallError, ours_to_replace, text};
use crate::connection::{Database, vars};
use crate::error::Error;
use crate::names::quoted;
use crate::schema::Announcing;
use crate::structure::{parts, text as text_of, whole};

const NAME: &str = "_00_announce";
const ANNOUNCE: &str = include_str!("announce.surql");

/// The table that an event is tried on: what is announced of it is of nobody.
pub const PROBE: &str = "_00_probe";

/// Which version of a record is committed.
pub const VERSIONS: &str = "_00_version";

/// The event of a table, and its comment, by which the text that stands is known again.
fn definition(table: &str, to: &Announcing) -> (String, String) {
    let literal = |text: &str| Value::String(text.to_owned()).to_sql();
    let mut headers = Object::new();
    headers.insert("content-type", "application/cbor");
    if let Some(bearer) = &to.bearer {
        headers.insert("authorization", format!("Bearer {bearer}"));
    }
    let text = ANNOUNCE
        .replace("{url}", &literal(&to.url))
        .replace("{headers}", &Value::Object(headers).to_sql())
        .replace("{name}", &literal(table))
        .replace("{table}", &quoted(table));
    let digits = blake3::hash(text.as_bytes()).to_hex();
    let comment = format!("{} {}", text::stamp(), &digits[..16]);
    (text.replace("{comment}", &comment), comment)
}

/// The comment that a table's event has to carry.
pub(crate) fn comment(table: &str, to: &Announcing) -> String {
    definition(table, to).1
}

/// The comment of the event of ours that a table has, as `INFO FOR TABLE … STRUCTURE` tells it.
pub(crate) fn comment_of(structure: &Object) -> Option<&str> {
    let event = parts(structure, "events").find(|event| text_of(event, "name") == Some(NAME))?;
    text_of(event, "comment").filter(|comment| text::version_of(Some(comment)).is_some())
}

/// Whether this is our table of versions.
pub(crate) fn is_of_versions(table: &Object) -> bool {
    text_of(table, "name") == Some(VERSIONS)
        && text::version_of(text_of(table, "comment")).is_some()
}

/// Makes the table of versions, or finds that it stands.
pub async fn install_versions(database: &Database) -> Result<(), InstallError> {
    let structure = whole(database.repeat("INFO FOR DB STRUCTURE", vars([])).await?.pop());
    let known = parts(&structure, "tables").find(|table| text_of(table, "name") == Some(VERSIONS));
    if let Some(table) = known {
        return ours_to_replace("table", table);
    }
    database.repeat(&versions(), vars([])).await?;
    Ok(())
}

/// Removes the table of versions, if it is ours.
pub async fn remove_versions(database: &Database) -> Result<(), Error> {
    database.repeat(&format!("REMOVE TABLE IF EXISTS {VERSIONS}"), vars([])).await.map(drop)
}

fn versions() -> String {
    let stamp = text::stamp();
    format!(
        "DEFINE TABLE IF NOT EXISTS {VERSIONS} TYPE NORMAL SCHEMALESS COMMENT '{stamp}' \
         PERMISSIONS NONE"
    )
}

/// Puts the event on a table. It was tried before: [`try_on_probe`].
pub async fn put(database: &Database, table: &str, to: &Announcing) -> Result<(), InstallError> {
    if let Some(event) = standing(database, table).await? {
        ours_to_replace("event", &event)?;
    }
    database.repeat(&definition(table, to).0, vars([])).await?;
    tracing::info!(table, "its writes are announced by an event");
    Ok(())
}

/// Takes the event off a table, if it is there and ours.
pub async fn take(database: &Database, table: &str) -> Result<(), InstallError> {
    if let Some(event) = standing(database, table).await? {
        ours_to_replace("event", &event)?;
        let removal = format!("REMOVE EVENT IF EXISTS {NAME} ON TABLE {}", quoted(table));
        database.repeat(&removal, vars([])).await?;
        tracing::info!(table, "its writes are announced no longer");
    }
    Ok(())
}

async fn standing(database: &Database, table: &str) -> Result<Option<Object>, Error> {
    let asked = format!("INFO FOR TABLE {} STRUCTURE", quoted(table));
    let told = whole(database.repeat(&asked, vars([])).await?.pop());
    Ok(parts(&told, "events").find(|event| text_of(event, "name") == Some(NAME)).cloned())
}

/// Announces a record's life of a table of ours, and looks at what the event did. Leaves nothing behind.
pub async fn try_on_probe(database: &Database, to: &Announcing) -> Result<(), InstallError> {
    let transaction = database.transaction().await?;
    let tried = async {
        transaction.query(&versions(), vars([])).await?;
        transaction.query(&format!("DEFINE TABLE OVERWRITE {PROBE} SCHEMALESS"), vars([])).await?;
        transaction.query(&definition(PROBE, to).0, vars([])).await?;
        let written =
            format!("CREATE {PROBE}:announced SET n = 1; UPDATE {PROBE}:announced SET n = 2");
        transaction.query(&written, vars([])).await?;
        let seen = format!("SELECT VALUE version FROM ONLY {VERSIONS}:[{PROBE}:announced]");
        let version = transaction.query(&seen, vars([])).await?.pop();
        transaction.query(&format!("DELETE {PROBE}:announced"), vars([])).await?;
        let gone = transaction.query(&seen, vars([])).await?.pop();
        Ok::<_, Error>((version, gone))
    }
    .await;
    transaction.cancel().await?;
    match tried {
        Ok((Some(Value::Number(_)), Some(Value::None))) => Ok(()),
        Ok(_) => Err(InstallError::Unfit("the announcing event keeps no version".into())),
        Err(Error::Refused { message }) => Err(InstallError::Unannounced(message)),
        Err(error) => Err(error.into()),
    }
}
