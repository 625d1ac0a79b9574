//! What every fault meets: a database, views of three users and of the system, and eight writers.

use std::collections::BTreeMap;
use std::time::Duration;

use cli::scenario::Server;
use cli::scenario::rig::database::Ground;
use cli::scenario::script::Registration;
use rand::rngs::StdRng;
use surreal::{Options, vars};
use surrealdb_types::ToSql;

use super::crowd::{Crowd, Errors, Pace, WRITERS, Write};
use super::{compare, register, script, settled, unsubscribe};
use crate::processor::Processor;
use crate::random;

/// Tables, users, and the views that stand from the beginning.
const BEFORE: &str = "\
define DEFINE TABLE task PERMISSIONS FOR select WHERE owner = $auth OR public = true
define DEFINE TABLE user PERMISSIONS FOR select WHERE id = $auth
given user:ann {}
given user:bob {}
given user:cid {}
view all as user:ann: SELECT * FROM task
view top as user:ann: SELECT * FROM task WHERE list = $list ORDER BY rank LIMIT 10
with { list: 'a' }
view named as user:bob: SELECT * FROM task WHERE list IN $lists
with { lists: ['a', 'b'] }
view page as user:bob: SELECT rank FROM task WHERE rank > 20 ORDER BY rank DESC LIMIT 20 START 5
view removed as user:bob: SELECT * FROM task WHERE list = 'b'
view ended as user:cid: SELECT * FROM task
view system: SELECT * FROM task WHERE list = 'c' OR rank < 10
";

/// All writes of a run; `SLOW=1` asks for the many.
const WRITES: usize = 400;
const WRITES_SLOW: usize = 2_000;

/// A database with views that stand: everything but the writers.
pub struct Stage {
    ground: Ground,
    /// How processors reach the database: not always as the writers do.
    reach: Options,
    views: BTreeMap<String, Registration>,
    seed: u64,
}

impl Stage {
    /// Makes the database on a server, which processors reach at `reach`, and registers the views with a first processor.
    pub async fn set(server: &Server, reach: &Server, seed: u64) -> (Stage, Processor) {
        let before = script(BEFORE);
        let mut ground = super::ground(server, &before).await;
        let reach = Options { ws: reach.ws.clone(), ..ground.root.options().clone() };
        let mut processor = Processor::start(&reach);
        processor.wait_until_ready();
        let mut views = BTreeMap::new();
        for view in before.registrations() {
            register(&mut ground, view).await;
            views.insert(view.name.clone(), view.clone());
        }
        settled(&ground).await;
        (Stage { ground, reach, views, seed }, processor)
    }

    /// Lets the writers begin.
    pub async fn begin(self, errors: Errors) -> World {
        let owed = if crate::slow() { WRITES_SLOW } else { WRITES } / WRITERS;
        let pace = Pace { owed, pause_max: Duration::from_millis(100), errors };
        let crowd = Crowd::begin(&self.ground.root, pace, self.seed).await;
        let chance = random::chance(self.seed);
        World { stage: self, crowd, chance }
    }
}

/// A stage, and writers at work.
pub struct World {
    stage: Stage,
    /// The writers.
    pub crowd: Crowd,
    /// What the fault draws from.
    pub chance: StdRng,
}

impl World {
    /// Sets the stage and lets the writers begin.
    pub async fn begin(
        server: &Server,
        reach: &Server,
        errors: Errors,
        seed: u64,
    ) -> (World, Processor) {
        let (stage, processor) = Stage::set(server, reach, seed).await;
        (stage.begin(errors).await, processor)
    }

    /// The database, as the root user.
    pub fn ground(&self) -> &Ground {
        &self.stage.ground
    }

    /// Starts one more processor; whichever is the single one is closed by it.
    pub fn processor(&self) -> Processor {
        Processor::start(&self.stage.reach)
    }

    /// Registers one view more.
    pub async fn register(&mut self, text: &str) {
        let later = script(text);
        let view = later.registrations().next().expect("one view").clone();
        register(&mut self.stage.ground, &view).await;
        self.stage.views.insert(view.name.clone(), view);
    }

    /// Leaves a view as its user does.
    pub async fn unsubscribe(&mut self, name: &str) -> Registration {
        let view = self.expect_no_more(name);
        unsubscribe(&mut self.stage.ground, &view).await;
        view
    }

    /// A view that stood from the beginning and is not expected any more.
    pub fn expect_no_more(&mut self, name: &str) -> Registration {
        self.stage.views.remove(name).expect("it stood")
    }

    /// Forgets the users' tokens: by the database's clock they are not good yet.
    pub fn sign_in_again(&mut self) {
        let Stage { ground, views, .. } = &mut self.stage;
        views.values().filter_map(|view| view.user.as_ref()).for_each(|user| ground.forget(user));
    }

    /// Lets the writers end, where no processor follows.
    pub async fn stop(self) -> (Ground, Vec<Write>) {
        (self.stage.ground, self.crowd.end().await)
    }

    /// Lets the writers end, and compares every view with the database's answer at a mark. The processors have to be
    /// able to go on by now.
    pub async fn end(self) -> (Ground, Vec<Write>) {
        let World { stage: Stage { mut ground, views, .. }, crowd, .. } = self;
        let writes = crowd.end().await;
        settled(&ground).await;
        for view in views.values() {
            compare(&mut ground, view).await;
        }
        let told = "SELECT VALUE [id, state, error] FROM _00_query WHERE state != 'ready'";
        let told = ground.root.query_one(told, vars([])).await.expect("registrations");
        assert_eq!(told.to_sql(), "[]", "every view is ready");
        (ground, writes)
    }
}
