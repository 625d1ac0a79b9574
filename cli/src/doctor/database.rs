//! The connection, and what the server says of itself.

use protocol::Code;
use service::Clock;
use surreal::{Database, Error, meta, query_row};

use super::finding::{Finding, sign};
use crate::failure::Exit;

/// The version that parser and operators are taken from.
const VERSION: &str = "3.3.5";

/// Above it, times that are compared across the two clocks mislead.
const SKEW_MAX_MICROS: u64 = 2_000_000;

/// Why there is no connection.
pub(super) fn refused(at: &str, user: &str, error: &Error) -> Finding {
    match error {
        Error::Refused { message } if message.starts_with("sign in") => {
            let message = format!("{at} does not let `{user}` in: {message}");
            Finding::error(Exit::Unavailable, sign::SIGN_IN_REFUSED, message).advice(
                "set SPKY_DB_USER and SPKY_DB_PASS to a system user of the root, the namespace or \
                 the database",
            )
        }
        Error::Refused { message } => {
            let message = format!("{at} refused: {message}");
            Finding::error(Exit::Unavailable, Code::DatabaseRefused.as_str(), message)
        }
        error => {
            let message = format!("{at}: {error}");
            Finding::error(Exit::Unavailable, Code::DatabaseUnreachable.as_str(), message)
                .advice("see whether it runs, and set SPKY_DB_URL or --db-url to where it listens")
        }
    }
}

/// Judges a server that lets us in.
pub(super) async fn judge(database: &Database) -> Result<Vec<Finding>, Error> {
    let mut found = Vec::new();
    let version = database.version().await?;
    if version != VERSION {
        let message = format!("the server is SurrealDB {version}, and this is made for {VERSION}");
        found.push(
            Finding::warning(sign::VERSION_UNTESTED, message)
                .advice(format!("run SurrealDB {VERSION}: its own operators are built in here")),
        );
    }
    found.extend(skew(database).await?);
    found.extend(role(database).await?);
    found.extend(own_feed(database).await?);
    let message = "how many notifications a client may fall behind cannot be asked from here";
    found.push(Finding::note(sign::LIVE_QUEUE_UNKNOWN, message).advice(
        "start the server with SURREAL_WEBSOCKET_RESPONSE_CHANNEL_SIZE=20000: with its default of \
         100 a burst closes a client's connection",
    ));
    Ok(found)
}

async fn skew(database: &Database) -> Result<Option<Finding>, Error> {
    let clock = Clock::start();
    let before = clock.unix_micros();
    let theirs = query_row::clock(database).await?;
    let after = clock.unix_micros();
    let theirs = u64::try_from(theirs.timestamp_micros()).unwrap_or(0);
    let (apart, side) = match (theirs < before, theirs > after) {
        (true, _) => (before - theirs, "behind"),
        (_, true) => (theirs - after, "ahead of"),
        (false, false) => return Ok(None),
    };
    let seconds = apart / 1_000_000;
    let message = format!("the database's clock is {seconds} s {side} this machine's");
    let advice = "let both machines keep time by NTP: the feed's order is the database's clock";
    Ok((apart > SKEW_MAX_MICROS)
        .then(|| Finding::warning(sign::CLOCK_SKEW, message).advice(advice)))
}

/// Whether the system user may define what we need.
async fn role(database: &Database) -> Result<Option<Finding>, Error> {
    match meta::may_install(database).await {
        Ok(()) => Ok(None),
        Err(Error::Refused { message }) => {
            let user = &database.options().user;
            let message = format!("`{user}` may not define tables: {message}");
            let advice = "give it the role EDITOR or OWNER: DEFINE USER … ROLES EDITOR";
            Ok(Some(Finding::error(Exit::Difference, sign::ROLE_TOO_LOW, message).advice(advice)))
        }
        Err(error) => Err(error),
    }
}

/// A feed of the whole database takes in our edge tables, too.
async fn own_feed(database: &Database) -> Result<Option<Finding>, Error> {
    match meta::database_is_fed(database).await {
        Ok(false) => Ok(None),
        Ok(true) => {
            let message = "the database itself has a CHANGEFEED: every edge that we write goes \
                into it too";
            Ok(Some(
                Finding::warning(sign::DATABASE_FEED, message).advice(
                    "give the feed to the tables instead; ours need none of the database's",
                ),
            ))
        }
        // Who knows the database only may not ask the namespace.
        Err(Error::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
