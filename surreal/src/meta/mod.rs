//! What we keep in the user's database: tables, functions, feeds, and the event of a sign-up.
//!
//! The texts stand in `*.surql`; wire.md §4 and mechanism M10 say what they owe to clients. Each definition carries a
//! comment with our name and [`VERSION`]: by it we know our own, and by it a later version knows what to replace.
//!
//! # Invariants
//! - Nothing foreign is overwritten: a definition under our name without our comment is a conflict, told and left.
//! - Installing twice changes nothing, not even a table's definition (every DELETE reads that under a lock).
//! - All or nothing: one transaction looks, defines and writes down what stands then.
//!
//! # Absent on purpose
//! The users' edge tables: see [`crate::user_table`]. When feeds and events are given: see [`crate::capture`] and `ssp`.

use std::time::Duration;

use protocol::{Code, Problem, limits};
use surrealdb_types::{Object, SurrealValue, ToSql, Value};

pub mod announce;
pub mod feed;
mod inventory;
mod sign_up;
pub(crate) mod text;
mod uninstall;

pub use inventory::{Inventory, Lacking, Owner, database_is_fed, may_install};
pub use sign_up::{event_of_sign_up, take_event_of_sign_up};
pub use uninstall::{Removal, uninstall};

use crate::connection::{Database, Transaction, vars};
use crate::error::Error;
use crate::names::RefMode;
use crate::structure::{parts, text as text_of, whole};

/// The version of the definitions. Raised with every change of a `.surql` file.
pub const VERSION: u32 = 1;

pub(crate) const TABLES: [&str; 5] =
    ["_00_query", "_00_mark", "_00_writer", "_00_capture", "_00_list_ref"];
pub(crate) const FUNCTIONS: [&str; 5] =
    ["query::register", "query::heartbeat", "query::unsubscribe", "query::state", "query::table"];

/// What the definitions depend on.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether each user has an edge table of his own.
    pub ref_mode: RefMode,
    /// How long the feeds are kept.
    pub retention: Duration,
    /// Views that one user may hold.
    pub views_per_user_max: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            ref_mode: RefMode::Dedicated,
            retention: Duration::from_secs(3 * 24 * 3600),
            views_per_user_max: limits::VIEWS_PER_USER_MAX,
        }
    }
}

/// Why something was not installed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstallError {
    /// Somebody else's definition has the name.
    #[error("{kind} `{name}` exists and is not sp00ky's")]
    Foreign {
        /// Table, function, event.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// A later version of us was here.
    #[error("{kind} `{name}` is of version {found}, and this is version {VERSION}")]
    Newer {
        /// Table, function, event.
        kind: &'static str,
        /// Its name.
        name: String,
        /// Its version.
        found: u32,
    },
    /// It was put there and does not work.
    #[error("the definitions do not hold what they promise: {0}")]
    Unfit(String),
    /// An event cannot post to us.
    #[error("events of the database cannot post to this SSP: {0}")]
    Unannounced(String),
    /// The database.
    #[error(transparent)]
    Database(#[from] Error),
}

impl InstallError {
    /// Says what to do about it.
    pub fn problem(&self) -> Problem {
        let hint = match self {
            InstallError::Foreign { .. } => {
                "rename it: names that begin with `_00_`, and `fn::query::…`, are sp00ky's"
            }
            InstallError::Newer { .. } => {
                "run the later version, or take its definitions off with `spky uninstall`"
            }
            InstallError::Unfit(_) => "look for definitions of the application that change ours",
            InstallError::Unannounced(_) => {
                "start the database with `--allow-net` for this SSP's address (SPKY_SSP_ADVERTISE_ADDR), or use \
                 `capture.mode: changefeed`"
            }
            InstallError::Database(Error::Refused { .. }) => {
                "the system user must be an editor or owner of the database"
            }
            InstallError::Database(_) => "see whether the database runs and can be reached",
        };
        let code = match self {
            InstallError::Database(Error::Refused { .. }) => Code::DatabaseRefused,
            InstallError::Database(_) => Code::DatabaseUnreachable,
            InstallError::Unannounced(_) => Code::EventsRefused,
            _ => Code::MetaConflict,
        };
        Problem::new(code, self.to_string()).hint(hint)
    }
}

/// Installs tables and functions, or finds that they stand. Returns whether anything was changed.
pub async fn install(database: &Database, settings: &Settings) -> Result<bool, InstallError> {
    let wanted = text::definitions(settings);
    loop {
        match try_install(database, &wanted).await {
            Err(InstallError::Database(error)) if error.is_repeatable() && !error.is_lost() => {}
            outcome => return outcome,
        }
    }
}

async fn try_install(database: &Database, wanted: &str) -> Result<bool, InstallError> {
    let transaction = database.transaction().await?;
    let before = whole(transaction.query("INFO FOR DB STRUCTURE", vars([])).await?.pop());
    refuse_foreign(&before)?;
    let digest = blake3::hash(wanted.as_bytes()).to_hex().to_string();
    let known = parts(&before, "tables").any(|table| text_of(table, "name") == Some("_00_capture"));
    if known {
        let kept = transaction.query("SELECT * FROM ONLY _00_capture:meta", vars([])).await?;
        let kept = whole(kept.into_iter().next());
        let stands = standing(&transaction, &before).await?;
        if text_of(&kept, "text") == Some(&digest)
            && text_of(&kept, "standing") == stands.as_deref()
        {
            transaction.cancel().await?;
            return Ok(false);
        }
    }
    transaction.query(wanted, vars([])).await?;
    let after = whole(transaction.query("INFO FOR DB STRUCTURE", vars([])).await?.pop());
    let Some(standing) = standing(&transaction, &after).await? else {
        return Err(InstallError::Unfit("a table or function is missing".into()));
    };
    let keep = "UPSERT _00_capture:meta SET version = $version, text = $text, standing = $standing";
    let kept = [
        ("version", i64::from(VERSION).into_value()),
        ("text", digest.into_value()),
        ("standing", standing.into_value()),
    ];
    transaction.query(keep, vars(kept)).await?;
    transaction.commit().await?;
    tracing::info!(version = VERSION, "installed tables and functions");
    Ok(true)
}

/// Refuses a definition under our name that is not ours to replace.
fn refuse_foreign(structure: &Object) -> Result<(), InstallError> {
    let of = |list: &'static str, names: &'static [&'static str]| {
        parts(structure, list)
            .filter(move |one| text_of(one, "name").is_some_and(|n| names.contains(&n)))
    };
    let tables = of("tables", &TABLES).map(|table| ("table", table));
    let functions = of("functions", &FUNCTIONS).map(|function| ("function", function));
    for (kind, one) in tables.chain(functions) {
        ours_to_replace(kind, one)?;
    }
    Ok(())
}

fn ours_to_replace(kind: &'static str, one: &Object) -> Result<(), InstallError> {
    let prefix = if kind == "function" { "fn::" } else { "" };
    let name = format!("{prefix}{}", text_of(one, "name").unwrap_or_default());
    match text::version_of(text_of(one, "comment")) {
        None => Err(InstallError::Foreign { kind, name }),
        Some(found) if found > VERSION => Err(InstallError::Newer { kind, name, found }),
        Some(_) => Ok(()),
    }
}

/// Digests our definitions as the database tells them; `None` when one is missing.
async fn standing(transaction: &Transaction, structure: &Object) -> Result<Option<String>, Error> {
    let mut told = String::new();
    for (list, names) in [("tables", &TABLES), ("functions", &FUNCTIONS)] {
        for name in names {
            let one = parts(structure, list).find(|one| text_of(one, "name") == Some(name));
            let Some(one) = one else { return Ok(None) };
            told += &one.to_sql();
        }
    }
    for table in ["_00_query", "_00_list_ref"] {
        let inner = format!("INFO FOR TABLE {table} STRUCTURE");
        let mut inner = whole(transaction.query(&inner, vars([])).await?.pop());
        inner.remove("lives");
        told += &Value::Object(inner).to_sql();
    }
    Ok(Some(blake3::hash(told.as_bytes()).to_hex().to_string()))
}
