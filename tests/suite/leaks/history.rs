//! Drawn histories: rows, rights and users that come and go.

use std::fmt;

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

/// Who may come in.
pub const USERS: [&str; 4] = ["ann", "bob", "cid", "dot"];

/// What a user may select, one at a time.
pub const PERMISSIONS: [&str; 5] = [
    "WHERE owner = $auth.id OR public = true",
    "WHERE owner = $auth.id",
    "WHERE owner = $auth.id OR public = true OR $auth.admin = true",
    "WHERE team = $auth.team OR $auth.admin = true",
    "NONE",
];

/// The views that a user may have, by name.
pub const VIEWS: [(&str, &str); 5] = [
    ("all", "SELECT * FROM task"),
    ("top", "SELECT * FROM task ORDER BY rank, id LIMIT 3"),
    ("public", "SELECT * FROM task WHERE public = true"),
    (
        "mates",
        "SELECT *, (SELECT * FROM task WHERE team = $parent.team ORDER BY rank, id LIMIT 2) AS mates \
         FROM task WHERE rank < 3",
    ),
    (
        "deep",
        "SELECT *, (SELECT *, (SELECT * FROM task WHERE rank = $parent.rank) AS equals FROM task \
         WHERE owner = $parent.owner) AS others FROM task WHERE public = true",
    ),
];

/// One thing that somebody does.
#[derive(Clone, Debug)]
pub enum Step {
    /// The system runs a statement, in a transaction of its own.
    Run(String),
    /// The system changes who may select tasks.
    Permit(&'static str),
    /// A user signs up, who is not there.
    SignUp(&'static str),
    /// A user is deleted; the same id may sign up again.
    Leave(&'static str),
    /// A user registers a view.
    Register(&'static str, &'static str, &'static str),
    /// Everybody waits until the processor has acted upon all that.
    Settle,
}

impl Step {
    /// Draws one, where these users are there.
    pub fn draw(chance: &mut StdRng, there: &[&'static str]) -> Step {
        let user = *USERS.choose(chance).expect("users");
        let known = there.contains(&user);
        match chance.random_range(0..100) {
            0..45 => Step::Run(row(chance)),
            45..60 => Step::Run(right(chance, user)),
            60..64 => Step::Permit(PERMISSIONS.choose(chance).expect("permissions")),
            64..72 if known => Step::Leave(user),
            64..88 if !known => Step::SignUp(user),
            64..88 => {
                let (name, text) = VIEWS.choose(chance).expect("views");
                Step::Register(user, name, text)
            }
            _ => Step::Settle,
        }
    }
}

fn row(chance: &mut StdRng) -> String {
    let id = chance.random_range(0..12);
    if chance.random_bool(0.2) {
        return format!("DELETE task:{id}");
    }
    let owner = USERS.choose(chance).expect("users");
    let (public, rank) = (chance.random_bool(0.3), chance.random_range(0..6));
    let team = ["a", "b"].choose(chance).expect("teams");
    format!(
        "UPSERT task:{id} SET owner = user:{owner}, public = {public}, rank = {rank}, team = '{team}'"
    )
}

/// A grant or a revocation, of whoever is there.
fn right(chance: &mut StdRng, user: &str) -> String {
    match chance.random_bool(0.5) {
        true => format!("UPDATE user:{user} SET admin = {}", chance.random_bool(0.4)),
        false => {
            let team = ["a", "b", "none"].choose(chance).expect("teams");
            format!("UPDATE user:{user} SET team = '{team}'")
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Run(text) => f.write_str(text),
            Step::Permit(rule) => write!(f, "ALTER TABLE task PERMISSIONS FOR select {rule}"),
            Step::SignUp(user) => write!(f, "-- {user} signs up"),
            Step::Leave(user) => write!(f, "DELETE user:{user}"),
            Step::Register(user, name, text) => write!(f, "-- {user} registers {name}: {text}"),
            Step::Settle => f.write_str("-- a mark"),
        }
    }
}
