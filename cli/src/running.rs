//! Whether an SSP is running: told by whether the records of its writer move, not by what they say.

use std::time::{Duration, Instant};

use surreal::Database;
use surreal::meta::Inventory;
use surreal::writer::{self, Other};
use tokio::time::sleep;

use crate::connection::lost;
use crate::failure::{Exit, Failure};
use crate::screen::{self, DIM};

/// Where writers have their records.
const TABLE: &str = "_00_writer";

const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Which writers are open.
pub async fn open(database: &Database, inventory: &Inventory) -> Result<Vec<Other>, Failure> {
    if !inventory.tables.contains_key(TABLE) {
        return Ok(Vec::new());
    }
    writer::others(database).await.map_err(lost)
}

/// Why nobody may be running.
pub struct Refusal {
    /// What would come of it.
    pub because: &'static str,
    /// What to do.
    pub advice: &'static str,
}

/// Refuses if one of the open writers moves within a while; returns at once where all are closed.
pub async fn refuse(
    database: &Database,
    first: &[Other],
    within: Duration,
    refusal: &Refusal,
) -> Result<(), Failure> {
    let began = Instant::now();
    let mut open = first.to_vec();
    if !open.is_empty() {
        let names: Vec<&str> = open.iter().map(|other| other.owner.as_str()).collect();
        let (names, seconds) = (names.join(", "), within.as_secs());
        screen::note(format_args!(
            "{DIM}{names} may be running: watched for up to {seconds} s{DIM:#}"
        ));
    }
    while !open.is_empty() && began.elapsed() < within {
        if let Some(Other { owner, incarnation, .. }) = moved(first, &open) {
            let Refusal { because, advice } = refusal;
            let message = format!("SSP {owner} is running (incarnation {incarnation}): {because}");
            return Err(Failure::new(Exit::Difference, message).hint(*advice));
        }
        sleep(LOOK_EVERY).await;
        open = writer::others(database).await.map_err(lost)?;
    }
    Ok(())
}

/// A writer whose record is another one than before.
fn moved<'a>(first: &[Other], now: &'a [Other]) -> Option<&'a Other> {
    now.iter().find(|writer| !first.contains(writer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writer_moves_when_its_record_changes_or_is_new() {
        let other = |incarnation: &str, at| Other {
            incarnation: incarnation.to_owned(),
            owner: "ssp".to_owned(),
            touched_at: surrealdb_types::Datetime::from_timestamp(at, 0),
        };
        let first = [other("a", 1), other("b", 1)];
        assert_eq!(moved(&first, &first), None);
        assert_eq!(moved(&first, &first[1..]), None, "one that closed does not run");
        assert_eq!(moved(&first, &[other("b", 2)]), Some(&other("b", 2)));
        assert_eq!(moved(&first, &[other("c", 1)]), Some(&other("c", 1)));
    }
}
