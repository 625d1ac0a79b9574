//! Finds out where reading begins (mechanism M1).
//!
//! A floor that was written less than a minute ago is where it goes on. A feed that is short is read from its beginning.
//! Otherwise its last entry is found by bisecting, because stamps bear no arithmetic and nothing else tells it; then
//! loads wait for an overlap, so that no older commit is still under way.

use std::time::Duration;

use protocol::{ChangeId, Stamp, limits};
use surrealdb_types::{Number, RecordId, SurrealValue, Value};
use tokio::time::sleep;

use super::super::core::{Beginning, Input, Lost, Pager};
use super::super::feed::{self, Set};
use super::Desk;
use super::reading::ask;
use crate::connection::{Database, vars};
use crate::error::Error;
use crate::mark;
use crate::structure::whole;

const PAUSE: Duration = Duration::from_millis(500);

/// How often the question for the feed's end may get lost before its answer counts as too large.
const LOST_MAX: usize = 3;

/// What a feed weighs at most that is read from its beginning: each load reads it once more.
const SHORT_BYTES: usize = 4 * limits::FEED_PAGE_BYTES;

/// Above every stamp that the database can name.
const BEYOND: u64 = i64::MAX as u64;

pub(super) async fn run(desk: Desk, database: Database, mark: RecordId, beginning: Beginning) {
    loop {
        let begun = match beginning {
            Beginning::First => begin(&database, &desk.options.reader).await,
            Beginning::Anew { era } => {
                last(&database).await.map(|floor| Input::Begun { era, floor, wait: true })
            }
            Beginning::Beyond { era, since } => {
                let floor = beyond(&database, &mark, since).await;
                floor.map(|floor| Input::Begun { era, floor, wait: true })
            }
        };
        match begun {
            Ok(begun) => {
                desk.bring(begun).await;
                return;
            }
            Err(error) => tracing::warn!(%error, "the feed cannot be begun"),
        }
        if desk.results.is_closed() {
            return;
        }
        sleep(PAUSE).await;
    }
}

/// Writes the resume point.
pub(super) async fn keep(database: &Database, reader: &str, floor: ChangeId) -> Result<(), Error> {
    let text = "UPSERT $at SET era = $era, floor = $floor, at = time::now() RETURN NONE";
    let stamp = i64::try_from(floor.stamp.0).unwrap_or(i64::MAX);
    let named = vars([
        ("at", record(reader).into_value()),
        ("era", i64::from(floor.era).into_value()),
        ("floor", stamp.into_value()),
    ]);
    database.repeat(text, named).await.map(drop)
}

async fn begin(database: &Database, reader: &str) -> Result<Input, Error> {
    // One of the future was written before the database's clock went back; a difference below nothing would be an error.
    let text = "SELECT era, floor, at <= time::now() AND at > time::now() - 1m AS young \
        FROM ONLY $at";
    let kept = database.repeat(text, vars([("at", record(reader).into_value())])).await?.pop();
    let kept = whole(kept);
    let number = |field| match kept.get(field) {
        Some(Value::Number(Number::Int(n))) => u64::try_from(*n).ok(),
        _ => None,
    };
    let era = number("era").and_then(|era| u32::try_from(era).ok());
    if let Some((era, floor)) = era.zip(number("floor"))
        && kept.get("young") == Some(&Value::Bool(true))
    {
        return Ok(Input::Begun { era, floor: Stamp(floor), wait: false });
    }
    let era = era.map_or(0, |era| era + 1);
    if is_short(database).await {
        return Ok(Input::Begun { era, floor: Stamp(0), wait: false });
    }
    Ok(Input::Begun { era, floor: last(database).await?, wait: true })
}

/// Whether the whole feed is so little that it can be read from its beginning: then nothing is older than that.
async fn is_short(database: &Database) -> bool {
    let (mut pager, mut since) = (Pager::default(), Stamp(0));
    let (mut entries, mut weight) = (0, 0);
    while entries < limits::FEED_PAGE_ENTRIES && weight < SHORT_BYTES {
        let Ok(sets) = ask(database, since, pager.limit()).await else { return false };
        let Ok(page) = pager.part(sets) else { return false };
        entries += page.complete.iter().map(|set| set.pairs).sum::<usize>();
        weight += page.complete.iter().map(Set::weight).sum::<usize>();
        match page.rest {
            Some(rest) => since = rest,
            None => return true,
        }
    }
    false
}

/// What stands in the feed from a stamp on.
enum From {
    Nothing,
    First(Stamp),
    /// Something that cannot be carried.
    TooLarge,
}

/// Finds the stamp of the feed's last set; of one that is too large to be read, the one after it.
async fn last(database: &Database) -> Result<Stamp, Error> {
    let (mut there, mut beyond, mut readable) = (0, BEYOND, true);
    while there + 1 < beyond {
        let middle = there + (beyond - there) / 2;
        match first(database, Stamp(middle), LOST_MAX).await? {
            From::Nothing => beyond = middle,
            From::First(stamp) => (there, readable) = (stamp.0, true),
            From::TooLarge => (there, readable) = (middle, false),
        }
    }
    Ok(if readable { Stamp(there) } else { Stamp(there).next() })
}

/// Finds a place behind a set that is too large to be read and stands at `since` or later: where something can be read
/// again, or right behind it. A mark sees to it that there is something, or every other question would be for the set.
async fn beyond(database: &Database, mark: &RecordId, since: Stamp) -> Result<Stamp, Error> {
    mark::beat(database, mark).await?;
    let (mut large, mut beyond) = (since.0, BEYOND);
    while large + 1 < beyond {
        let middle = large + (beyond - large) / 2;
        // One that got lost for another reason leads further on: the loads make up for that.
        match first(database, Stamp(middle), 1).await? {
            From::Nothing => beyond = middle,
            From::First(stamp) => return Ok(stamp),
            From::TooLarge => large = middle,
        }
    }
    Ok(Stamp(large).next())
}

/// Asks what stands first; an answer that got lost so often counts as too large.
async fn first(database: &Database, since: Stamp, lost_max: usize) -> Result<From, Error> {
    let mut lost = 0;
    loop {
        match ask(database, since, 1).await {
            Ok(sets) => {
                return Ok(sets.first().map_or(From::Nothing, |set| From::First(set.stamp)));
            }
            Err(Lost::Answer) if lost + 1 < lost_max => lost += 1,
            Err(Lost::Answer) => return Ok(From::TooLarge),
            Err(Lost::Question) => {
                let reason = format!("asked `{}`", feed::question(since, 1));
                return Err(Error::Unreachable { reason });
            }
        }
    }
}

fn record(reader: &str) -> RecordId {
    RecordId::new("_00_capture", reader)
}
