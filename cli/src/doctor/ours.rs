//! What stands in the database under our names, and what would stand there.

use protocol::Code;
use surreal::meta::{Inventory, VERSION};

use super::finding::{Finding, sign};
use crate::failure::Exit;

/// Above so many tables deletes and our reading of the definitions are felt.
const TABLES_MANY: usize = 1_000;

/// What a deleted row costs the database for each table, in microseconds (docs/limits.md).
const DELETE_MICROS_PER_TABLE: usize = 2;

/// What one reading of the definitions takes for each table, in microseconds (docs/limits.md).
const POLL_MICROS_PER_TABLE: usize = 10;

/// Judges what is there.
pub(super) fn judge(inventory: &Inventory) -> Vec<Finding> {
    let conflict =
        |message: String| Finding::error(Exit::Difference, Code::MetaConflict.as_str(), message);
    let mut found = Vec::new();
    let lacking = inventory.lacking();
    for name in &lacking.foreign {
        found.push(
            conflict(format!("`{name}` exists and is not sp00ky's")).advice(
                "rename it: names that begin with `_00_`, and `fn::query::…`, are sp00ky's",
            ),
        );
    }
    for (name, version) in &lacking.newer {
        let message = format!("`{name}` is of version {version}, and this is version {VERSION}");
        found.push(conflict(message).advice("run the later version of sp00ky"));
    }
    for ((table, event), _) in inventory.events.iter().filter(|(_, owner)| !owner.is_ours()) {
        let message = format!("event `{event}` on `{table}` exists and is not sp00ky's");
        found.push(conflict(message).advice("rename it"));
    }
    let needed = |name: &str| lacking.foreign.iter().any(|foreign| foreign == name);
    for name in inventory.foreign_tables().filter(|name| !needed(name)) {
        let message = format!("table `{name}` is not sp00ky's, and not captured for its name");
        found.push(Finding::warning(sign::FOREIGN_NAME, message).advice("rename it"));
    }
    if let Some((name, version)) = lacking.older.first() {
        let message = format!(
            "{} definitions are of an older version (`{name}` of {version}), and would be replaced \
             by version {VERSION}",
            lacking.older.len()
        );
        found.push(Finding::note(sign::DEFINITIONS_OLD, message));
    }
    found
}

/// Judges how many tables there are, and will be once each user has one.
pub(super) fn tables(present: usize, coming: usize) -> Option<Finding> {
    let all = present + coming;
    if all <= TABLES_MANY {
        return None;
    }
    let delete_ms = all * DELETE_MICROS_PER_TABLE / 1_000;
    let poll_ms = all * POLL_MICROS_PER_TABLE / 1_000;
    let more = if coming > 0 { format!(", {coming} of them for users") } else { String::new() };
    let message = format!(
        "with {all} tables{more} a deleted row costs the database about {delete_ms} ms, and one \
         reading of the definitions {poll_ms} ms"
    );
    let advice = "`refMode: single` makes no table for each user";
    Some(Finding::warning(sign::MANY_TABLES, message).advice(advice))
}
