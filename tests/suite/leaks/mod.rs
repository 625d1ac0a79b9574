//! No leak: in random histories of rows, rights and users, no edge is ever written into a user's table for a record that
//! he could not select in any state since the last mark, nor for a view that he (and not somebody of his name before
//! him) registered; and at each mark his edges are exactly what the database answers him.
//!
//! `SPKY_LEAK_SEEDS=from..to` draws others than the fixed budget.

mod history;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

use cli::scenario::Server;
use cli::scenario::rig::database::Ground;
use cli::scenario::rig::second_form::{SecondForm, second_form};
use history::Step;
use protocol::literal;
use surreal::{Database, mark, vars};
use surrealdb_types::{Object, ToSql, Value};
use tests::processor::Processor;
use tests::{random, server};
use watch::{Watch, texts};

const SEEDS: Range<u64> = 0..4;
const STEPS: usize = 150;
const MARK_MAX: Duration = Duration::from_secs(60);

const SCHEMA: &str = "
DEFINE TABLE user SCHEMALESS PERMISSIONS FOR select WHERE id = $auth.id;
DEFINE TABLE task SCHEMALESS PERMISSIONS FOR select WHERE owner = $auth.id OR public = true;
DEFINE TABLE written SCHEMALESS;
DEFINE ACCESS account ON DATABASE TYPE RECORD
    SIGNUP (CREATE type::record('user', $name) SET admin = false, team = 'a')
    SIGNIN (SELECT * FROM type::record('user', $name));
";

fn seeds() -> Range<u64> {
    let Ok(named) = std::env::var("SPKY_LEAK_SEEDS") else { return SEEDS };
    let (from, to) = named.split_once("..").expect("SPKY_LEAK_SEEDS=from..to");
    from.parse().expect("a number")..to.parse().expect("a number")
}

#[test]
fn no_edge_is_written_for_a_row_that_its_user_may_not_select() {
    let mut written = 0;
    for seed in seeds() {
        written += tests::block_on(play(server::shared(), seed));
    }
    assert!(
        written > 20 * seeds().count(),
        "only {written} edges were written: nothing was looked at"
    );
}

/// Plays one history; the number of edges that were written in it.
async fn play(server: &Server, seed: u64) -> usize {
    let ground = Ground::empty(server).await.expect("a database");
    ground.define(SCHEMA).await.expect("the schema");
    let mut processor = Processor::start(ground.root.options());
    processor.wait_until_ready();
    let root = ground.root.clone();
    let (users, watch, log, written) = Default::default();
    let mut world = World { seed, root, users, watch, log, written };
    let mut chance = random::chance(seed);
    for _ in 0..STEPS {
        let there: Vec<&'static str> = world.users.keys().copied().collect();
        world.step(Step::draw(&mut chance, &there)).await;
    }
    world.step(Step::Settle).await;
    let rebuilds = processor.counted("spky_ssp_engine_rebuilds_total");
    assert!(rebuilds == 0.0, "the engine panicked: {}", world.story());
    drop(processor);
    ground.remove().await;
    world.written
}

/// A user who is there: his connection, and his views with their texts.
struct User {
    database: Database,
    views: BTreeMap<&'static str, &'static str>,
}

struct World {
    seed: u64,
    root: Database,
    users: BTreeMap<&'static str, User>,
    watch: Watch,
    /// What happened, for whoever has to understand a leak.
    log: Vec<String>,
    written: usize,
}

impl World {
    async fn step(&mut self, step: Step) {
        self.log.push(step.to_string());
        match step {
            Step::Run(text) => self.run(&text).await,
            Step::Permit(_) => {
                self.run(&step.to_string()).await;
                // A definition is known when it was polled, and not before: within that time old rights stand.
                self.note().await;
                return self.settle().await;
            }
            Step::SignUp(name) => self.sign_up(name).await,
            Step::Leave(name) => {
                self.users.remove(name);
                self.run(&step.to_string()).await;
            }
            Step::Register(name, view, text) => self.register(name, view, text).await,
            Step::Settle => return self.settle().await,
        }
        self.note().await;
    }

    async fn run(&self, text: &str) {
        self.root.repeat(text, vars([])).await.expect("a statement");
    }

    /// Notes what everybody can select now.
    async fn note(&mut self) {
        for (name, user) in &self.users {
            self.watch.may(name, &user.database).await;
        }
    }

    async fn sign_up(&mut self, name: &'static str) {
        let mut params = Object::new();
        params.insert("name", name);
        let token = self.root.sign_up("account", params).await.expect("signed up");
        Watch::listen(&self.root, name).await;
        let database = self.root.as_user(&token).await.expect("signed in");
        self.users.insert(name, User { database, views: BTreeMap::new() });
    }

    async fn register(&mut self, name: &'static str, view: &'static str, text: &'static str) {
        let user = self.users.get_mut(name).expect("he is there");
        let mut config = Object::new();
        config.insert("id", view);
        config.insert("surql", text);
        config.insert("params", Object::new());
        config.insert("clientId", "c");
        let config = vars([("config", Value::Object(config))]);
        let call = "RETURN fn::query::register($config)";
        user.database.repeat(call, config).await.expect("registered");
        user.views.insert(view, text);
        self.watch.has(name, view);
    }

    async fn settle(&mut self) {
        let n = mark::raise(&self.root, "leaks").await.expect("a mark");
        let met = mark::wait(&self.root, "leaks", n, MARK_MAX).await.expect("an answer");
        assert!(met, "the mark is not answered: {}", self.story());
        let still = self.users.iter().map(|(name, user)| {
            ((*name).to_owned(), user.views.keys().map(|view| (*view).to_owned()).collect())
        });
        let (count, leaks) = self.watch.leaks(&self.root, still.collect()).await;
        assert!(leaks.is_empty(), "leaked: {leaks:?}{}", self.story());
        self.written += count;
        self.exact().await;
        self.note().await;
        self.log.push("-- (met)".to_owned());
    }

    /// Everybody's edges are what the database answers him.
    async fn exact(&self) {
        for (name, user) in &self.users {
            // The user's table may have been made anew, without its event.
            Watch::listen(&self.root, name).await;
            for (view, text) in &user.views {
                let edges = format!(
                    "SELECT VALUE IF parent = NONE {{ <string>out }} ELSE {{
                        string::concat(<string>out, ' under ', <string>parent, ' as ', parent_rel)
                    }} FROM _00_list_ref_user_{name} WHERE record::id(id)[0] = '{view}'"
                );
                let mut edges = texts(self.root.query_one(&edges, vars([])).await.expect("edges"));
                let second = second_form(text).expect("a SELECT");
                let answer = user.database.query_one(&second.text, vars([])).await;
                let mut answer = members(&second, answer.expect("an answer"));
                edges.sort();
                answer.sort();
                assert_eq!(edges, answer, "{name}'s edges of `{view}`{}", self.story());
            }
        }
    }

    fn story(&self) -> String {
        format!("\nseed {}, the history so far:\n{}", self.seed, self.log.join(";\n"))
    }
}

/// The records of an answer, those of its subqueries with what they are shown under.
fn members(second: &SecondForm, answer: Value) -> Vec<String> {
    let Value::Array(rows) = answer else { return Vec::new() };
    let mut members = BTreeSet::new();
    for split in rows.into_iter().filter_map(|row| second.split(row)) {
        members.insert(split.id.to_sql());
        split.each_below(&mut |parent, alias, record| {
            members.insert(literal::child(&record.to_sql(), &parent.to_sql(), alias));
        });
    }
    members.into_iter().collect()
}
