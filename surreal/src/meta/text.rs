//! The statements that install us, and the stamp that tells our definitions from others'.

use protocol::limits;
use surrealdb_types::{Duration, ToSql};

use super::{Settings, VERSION};
use crate::names::{RefMode, quoted};

const TABLES: &str = include_str!("tables.surql");
const FUNCTIONS: &str = include_str!("functions.surql");
const REGISTER: &str = include_str!("register.surql");
const SIGN_UP: &str = include_str!("sign_up.surql");

/// The ttls that a client may ask for.
const TTLS: &str = "[1m, 5m, 10m, 15m, 20m, 25m, 30m, \
    1h, 2h, 3h, 4h, 5h, 6h, 7h, 8h, 9h, 10h, 11h, 12h, 1d]";

/// What the comment of each of our definitions begins with.
const STAMP: &str = "sp00ky ";

/// The comment of a definition of this version.
pub(crate) fn stamp() -> String {
    format!("{STAMP}{VERSION}")
}

/// The version that a comment tells, if it is the comment of a definition of ours.
pub(super) fn version_of(comment: Option<&str>) -> Option<u32> {
    let rest = comment?.strip_prefix(STAMP)?;
    rest.split(' ').next()?.parse().ok()
}

/// Everything but the events.
pub(super) fn definitions(settings: &Settings) -> String {
    let retention = Duration::from_std(settings.retention).to_sql();
    let functions = FUNCTIONS.replace("{register}", REGISTER);
    let single = settings.ref_mode == RefMode::Single;
    let text = format!("{TABLES}{functions}")
        .replace("{stamp}", &stamp())
        .replace("{retention}", &retention)
        .replace("{single}", if single { "true" } else { "false" });
    limited(&text, settings.views_per_user_max)
}

/// The block that registers a view of `$who`, `$via`, `$config`.
pub(crate) fn register(views_per_user_max: usize) -> String {
    limited(REGISTER, views_per_user_max)
}

/// Fills in what anybody may ask for, and how much of it.
fn limited(text: &str, views_per_user_max: usize) -> String {
    text.replace("{ttls}", TTLS)
        .replace("{views_max}", &views_per_user_max.to_string())
        .replace("{clients_max}", &limits::CLIENTS_PER_VIEW_MAX.to_string())
        .replace("{id_max}", &limits::ID_BYTES_MAX.to_string())
        .replace("{query_max}", &limits::QUERY_BYTES_MAX.to_string())
        .replace("{params_max}", &limits::PARAMS_BYTES_MAX.to_string())
}

/// The event of a table that users sign up to, and its comment, by which the text that stands is known again.
///
/// `plain` is the table whose records' edge tables can be named by the event, if it is this one.
pub(super) fn sign_up(table: &str, plain: Option<&str>) -> (String, String) {
    let text = SIGN_UP
        .replace("{table}", &quoted(table))
        .replace("{plain}", plain.unwrap_or_default())
        .replace("{stamp}", &stamp());
    let digits = blake3::hash(text.as_bytes()).to_hex();
    let comment = format!("{} {}", stamp(), &digits[..16]);
    (text.replace("{comment}", &comment), comment)
}
