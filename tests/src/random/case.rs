//! A whole case, in parts.

use rand::Rng;
use rand::rngs::StdRng;

use super::query::{self, Features, Query};
use super::values::{self, TABLE, USERS, pick};

/// Views of a case.
const VIEWS_MAX: usize = 5;
/// Steps of a case.
const STEPS_MAX: usize = 14;

/// A scenario in parts, each of which can be left out.
#[derive(Clone, Debug)]
pub struct Case {
    /// What drew it.
    pub seed: u64,
    /// The table's permissions; `None` leaves it undefined, which is FULL.
    pub permission: Option<String>,
    /// The rows that are there before.
    pub rows: Vec<String>,
    /// The views.
    pub views: Vec<View>,
    /// What happens, each one transaction of some lines.
    pub steps: Vec<Vec<String>>,
}

/// A view of a case.
#[derive(Clone, Debug)]
pub struct View {
    /// Its name.
    pub name: String,
    /// `None` is the system.
    pub user: Option<&'static str>,
    /// What it asks.
    pub query: Query,
    /// Its parameters.
    pub params: Vec<(&'static str, String)>,
}

impl Case {
    /// Draws the case of a seed.
    pub fn draw(seed: u64) -> Case {
        let mut chance = super::chance(seed);
        let features = Features::draw(&mut chance);
        let permission = features.permission.then(|| query::permission(&mut chance));
        let rows = chance.random_range(2..8);
        let views = chance.random_range(1..=VIEWS_MAX);
        let mut case = Case {
            seed,
            permission,
            rows: (0..rows)
                .map(|at| format!("given {TABLE}:{} {}", at + 1, values::content(&mut chance)))
                .collect(),
            views: Vec::new(),
            steps: Vec::new(),
        };
        for at in 0..views {
            let view = View::draw(&mut chance, at, features, &case.views);
            case.views.push(view);
        }
        for _ in 0..chance.random_range(3..=STEPS_MAX) {
            case.steps.push(step(&mut chance, features));
        }
        // What is no write: a changed permission, a death of ours.
        for (often, line) in [(0.3, "define"), (0.3, "restart")] {
            if !chance.random_bool(often) {
                continue;
            }
            let line = match line {
                "define" if !features.permission => continue,
                "define" => {
                    format!(
                        "define ALTER TABLE {TABLE} PERMISSIONS {}",
                        query::permission(&mut chance)
                    )
                }
                line => line.to_owned(),
            };
            let at = chance.random_range(0..=case.steps.len());
            case.steps.insert(at, vec![line]);
        }
        case
    }

    /// Prints it as a scenario without results.
    pub fn print(&self) -> String {
        let mut text = format!("# drawn by seed {}\n", self.seed);
        if let Some(permission) = &self.permission {
            text.push_str(&format!("define DEFINE TABLE {TABLE} PERMISSIONS {permission}\n"));
        }
        text.push_str("given user:ann { level: 1, words: ['a', 1] }\ngiven user:bob { level: 2, admin: true }\n");
        for row in &self.rows {
            text.push_str(row);
            text.push('\n');
        }
        for view in &self.views {
            let user = view.user.map(|user| format!(" as {user}")).unwrap_or_default();
            text.push_str(&format!("view {}{user}: {}\n", view.name, view.query.print()));
            let params: Vec<String> =
                view.params.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            if !params.is_empty() {
                text.push_str(&format!("with {{ {} }}\n", params.join(", ")));
            }
        }
        for step in &self.steps {
            match &step[..] {
                [one] => text.push_str(&format!("{one}\n")),
                many => text.push_str(&format!("begin\n{}\ncommit\n", many.join("\n"))),
            }
        }
        for view in &self.views {
            text.push_str(&format!("show {}\n", view.name));
        }
        text
    }
}

impl View {
    fn draw(chance: &mut StdRng, at: usize, features: Features, others: &[View]) -> View {
        let user = (features.permission && chance.random_bool(0.75)).then(|| pick(chance, USERS));
        // Some views share a shape, some even their text.
        let query = match others {
            [.., last] if chance.random_bool(0.4) => last.query.clone(),
            _ => Query::draw(chance, features),
        };
        let mut params = Vec::new();
        for name in ["p", "q"] {
            if chance.random_bool(0.8) {
                params.push((name, values::any(chance).to_owned()));
            }
        }
        params.push(("list", values::list(chance)));
        params.push(("limit", pick(chance, &["1", "2", "4"]).to_owned()));
        params.push(("start", pick(chance, &["0", "1", "NONE"]).to_owned()));
        View { name: format!("v{at}"), user, query, params }
    }
}

fn step(chance: &mut StdRng, features: Features) -> Vec<String> {
    let writes = if chance.random_bool(0.3) { chance.random_range(2..5) } else { 1 };
    (0..writes).map(|_| write(chance, features)).collect()
}

fn write(chance: &mut StdRng, features: Features) -> String {
    if features.permission && chance.random_bool(0.08) {
        let user = pick(chance, USERS);
        let patch = pick(
            chance,
            &[
                "{ level: 0 }",
                "{ level: 3 }",
                "{ admin: true }",
                "{ admin: false }",
                "{ words: ['b', 2.0] }",
            ],
        );
        return format!("merge {user} {patch}");
    }
    let record = values::record(chance);
    match chance.random_range(0..10) {
        0..3 => format!("merge {record} {}", values::patch(chance)),
        3..6 => format!("update {record} {}", values::content(chance)),
        6..8 => format!("create {record} {}", values::content(chance)),
        _ => format!("delete {record}"),
    }
}
