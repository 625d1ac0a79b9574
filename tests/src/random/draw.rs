//! Drawing a case: the swarm, and the random tail.

use rand::Rng;
use rand::rngs::StdRng;

use super::case::{Case, Row, Step, View};
use super::condition::{self, permission};
use super::features::Features;
use super::phases::phases;
use super::query::Query;
use super::values::{TABLE, USERS, pick};

/// Views of a case.
const VIEWS_MAX: usize = 6;
/// Random steps of a case, beside its phases.
const STEPS_MAX: usize = 14;

/// Draws the case of a seed. Every eighth has everything.
pub fn draw(seed: u64) -> Case {
    let mut chance = super::chance(seed);
    let features =
        if seed.is_multiple_of(8) { Features::all() } else { Features::draw(&mut chance) };
    let mut case = Case::new(format!("drawn by seed {seed}"));
    if features.permission {
        case.permission = Some(permission(&mut chance));
        if chance.random_bool(0.3) {
            case.user_permission = Some(pick(&mut chance, condition::USER_PERMISSIONS).to_owned());
        }
    }
    let rows = chance.random_range(2..8);
    case.rows = (0..rows)
        .map(|at| Row {
            record: features.pool.nth_record(at),
            content: features.pool.content(&mut chance),
        })
        .collect();
    for at in 0..chance.random_range(1..=VIEWS_MAX) {
        let view = view(&mut chance, format!("v{at}"), features, &case.views);
        case.views.push(view);
    }
    let mut story =
        Story { chance, features, names: case.views.iter().map(|v| v.name.clone()).collect() };
    for _ in 0..story.chance.random_range(3..=STEPS_MAX) {
        story.step(&case.views, &mut case.steps);
    }
    if features.phases {
        let at_once = story.chance.random_range(1..4);
        case.steps.extend(phases(&case.rows, at_once));
    }
    story.scatter(&mut case.steps);
    case
}

fn view(chance: &mut StdRng, name: String, features: Features, others: &[View]) -> View {
    let user = (features.permission && chance.random_bool(0.75)).then(|| pick(chance, USERS));
    // Some views share a shape, some even their text.
    let query = match others {
        [.., last] if chance.random_bool(0.4) => last.query.clone(),
        _ => Query::draw(chance, features),
    };
    let mut params = Vec::new();
    for name in ["p", "q"] {
        if chance.random_bool(0.8) {
            params.push((name, features.pool.any(chance).to_owned()));
        }
    }
    params.push(("list", features.pool.list(chance)));
    params.push(("limit", pick(chance, &["1", "2", "4"]).to_owned()));
    params.push(("start", pick(chance, &["0", "1", "NONE"]).to_owned()));
    View { name, user, query, params }
}

/// What is drawn step by step.
struct Story {
    chance: StdRng,
    features: Features,
    /// The views that stand.
    names: Vec<String>,
}

impl Story {
    fn step(&mut self, views: &[View], steps: &mut Vec<Step>) {
        if self.features.replacing && self.chance.random_bool(0.15) {
            return self.replace(views, steps);
        }
        if self.features.upheaval && self.chance.random_bool(0.12) {
            return self.upheave(steps);
        }
        let many = self.chance.random_bool(0.3);
        let writes = if many { self.chance.random_range(2..5) } else { 1 };
        steps.push(Step::Commit((0..writes).map(|_| self.write()).collect()));
    }

    fn write(&mut self) -> String {
        let (chance, pool) = (&mut self.chance, self.features.pool);
        if self.features.permission && chance.random_bool(0.08) {
            let user = pick(chance, USERS);
            let patches = [
                "{ level: 0 }",
                "{ level: 3 }",
                "{ admin: true }",
                "{ admin: false }",
                "{ words: ['b', 2.0] }",
                "{ words: NONE, level: NONE }",
            ];
            return format!("merge {user} {}", pick(chance, &patches));
        }
        if self.features.departures && chance.random_bool(0.1) {
            let user = pick(chance, USERS);
            return match chance.random_bool(0.5) {
                true => format!("delete {user}"),
                false => format!("create {user} {{ level: 2, words: ['b'] }}"),
            };
        }
        let record = pool.record(chance);
        match chance.random_range(0..10) {
            0..3 => format!("merge {record} {}", pool.patch(chance)),
            3..6 => format!("update {record} {}", pool.content(chance)),
            6..8 => format!("create {record} {}", pool.content(chance)),
            _ => format!("delete {record}"),
        }
    }

    /// A view ends, begins, or asks something else.
    fn replace(&mut self, views: &[View], steps: &mut Vec<Step>) {
        let known = self.chance.random_range(0..views.len());
        let name = views[known].name.clone();
        let stands = self.names.contains(&name);
        match (stands, self.chance.random_bool(0.3)) {
            (true, true) => {
                self.names.retain(|known| *known != name);
                steps.push(Step::Drop(name));
            }
            (true, false) => {
                let other = if self.chance.random_bool(0.3) {
                    // Only the parameters change.
                    let params = view(&mut self.chance, name, self.features, &[]).params;
                    View { params, ..views[known].clone() }
                } else {
                    view(&mut self.chance, name, self.features, views)
                };
                steps.push(Step::Replace(other));
            }
            (false, _) => {
                self.names.push(name.clone());
                let other = view(&mut self.chance, name, self.features, views);
                steps.push(Step::View(other));
            }
        }
    }

    /// What is no write and no view.
    fn upheave(&mut self, steps: &mut Vec<Step>) {
        let chance = &mut self.chance;
        if !self.features.permission || chance.random_bool(0.3) {
            return steps.push(Step::Line("restart".to_owned()));
        }
        let permission = permission(chance);
        match chance.random_range(0..10) {
            0..6 => {
                steps.push(Step::Line(format!(
                    "define ALTER TABLE {TABLE} PERMISSIONS {permission}"
                )));
            }
            6..8 => {
                let permission = pick(chance, condition::USER_PERMISSIONS);
                let line = format!("define DEFINE TABLE OVERWRITE user PERMISSIONS {permission}");
                steps.push(Step::Line(line));
            }
            _ => {
                steps.push(Step::Line(format!("define REMOVE TABLE {TABLE}")));
                let line = format!("define DEFINE TABLE {TABLE} PERMISSIONS {permission}");
                steps.push(Step::Line(line));
            }
        }
    }

    /// Puts deaths of ours anywhere, in the phases too.
    fn scatter(&mut self, steps: &mut Vec<Step>) {
        if !self.features.upheaval {
            return;
        }
        for _ in 0..self.chance.random_range(0..3) {
            let at = self.chance.random_range(0..=steps.len());
            steps.insert(at, Step::Line("restart".to_owned()));
        }
    }
}
