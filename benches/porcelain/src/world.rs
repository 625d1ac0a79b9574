//! What is measured: a database with tasks in lists, a processor, and users who watch a list each.

use std::time::Duration;

use database_server::Running;
use protocol::ViewKey;
use surreal::query_row::{Registration, register};
use surreal::{Database, Options, vars};
use surrealdb_types::{Number, Object, RecordId, Value};
use tests::processor::Processor;
use tests::server::server_at;

/// Requests that are under way at once while a world is made.
const AT_ONCE: usize = 16;

/// Rows that one statement makes.
const ROWS_AT_ONCE: usize = 2_000;

/// The longest that a processor may take to find everything.
const READY_MAX: Duration = Duration::from_secs(600);

/// How large a run is.
pub struct Size {
    /// Lists, each watched by a user of its own.
    pub views: usize,
    /// Tasks in each list: more in all than writes of one rate.
    pub rows_per_view: usize,
    /// Writes in a second, and for how many seconds.
    pub rates: Vec<(u32, u32)>,
    /// Rows of the one INSERT.
    pub bulk: usize,
    /// Writers that write as fast as they can, and for how long; each measurement is done that often.
    pub writers: usize,
    /// How long each of the two is measured.
    pub round: Duration,
    /// How often they take turns.
    pub rounds: usize,
    /// How long an idle database is looked at.
    pub idle: Duration,
    /// Users of the hot row, and how many views of it each has.
    pub hot: (usize, usize),
    /// How many seconds the quiet user writes, with and without the hot row.
    pub hot_seconds: u32,
    /// Users whose views are there when a processor starts, and how many each has.
    pub restart: (usize, usize),
    /// Rows that a processor loads.
    pub load: usize,
    /// How many of the faults are played, and how often each.
    pub harm: (usize, u64),
}

impl Size {
    /// The run that the goals speak of.
    pub fn large() -> Size {
        Size {
            views: 1_000,
            rows_per_view: 20,
            rates: vec![(1, 30), (100, 30), (500, 20), (1_000, 15)],
            bulk: 1_000,
            writers: 8,
            round: Duration::from_secs(4),
            rounds: 3,
            idle: Duration::from_secs(20),
            hot: (20, 500),
            hot_seconds: 20,
            restart: (200, 500),
            load: 1_000_000,
            harm: (7, 3),
        }
    }

    /// A run that takes no time, so that nothing rots.
    pub fn smoke() -> Size {
        Size {
            views: 10,
            rows_per_view: 10,
            rates: vec![(1, 1), (80, 1)],
            bulk: 50,
            writers: 2,
            round: Duration::from_millis(200),
            rounds: 1,
            idle: Duration::from_millis(500),
            hot: (2, 5),
            hot_seconds: 1,
            restart: (3, 4),
            load: 2_000,
            harm: (1, 1),
        }
    }
}

/// Everything that runs.
pub struct World {
    /// The system user's connection.
    pub database: Database,
    /// How it was reached.
    pub options: Options,
    /// The processor, once it was started.
    pub processor: Option<Processor>,
    server: Running,
}

impl World {
    /// Starts a database, without a processor.
    pub async fn empty() -> World {
        let server = Running::start("memory");
        let known = server_at(server.address());
        let (ns, db) = ("bench".to_owned(), "edges".to_owned());
        let options = Options { ws: known.ws, ns, db, user: known.user, pass: known.pass };
        let database = Database::connect(options.clone()).await.unwrap();
        World { database, options, processor: None, server }
    }

    /// Starts a database with lists and a processor; returns when each list's user is shown his view.
    pub async fn of_lists(size: &Size) -> World {
        let mut world = World::empty().await;
        world.fill(size.views, size.rows_per_view).await;
        world.users(size.views).await;
        world.start();
        let mine = |list: usize| (list, format!("list-{list}"), list_of(list));
        world.register((0..size.views).map(mine).collect()).await;
        world.until_ready(size.views).await;
        world
    }

    /// Starts a processor and waits until it is ready.
    pub fn start(&mut self) -> &Processor {
        let mut processor = Processor::start(&self.options);
        processor.wait_until_ready_within(READY_MAX);
        self.processor.insert(processor)
    }

    /// Kills the processor, if there is one.
    pub fn kill(&mut self) {
        if let Some(processor) = self.processor.take() {
            processor.kill();
        }
    }

    /// A number that the processor counts.
    pub fn counted(&self, name: &str) -> f64 {
        self.processor.as_ref().expect("a processor runs").counted(name)
    }

    /// The processor's and the database's process.
    pub fn processes(&self) -> (Option<u32>, u32) {
        (self.processor.as_ref().map(Processor::id), self.server.id())
    }

    /// Makes users.
    pub async fn users(&self, count: usize) {
        let text = "DEFINE TABLE IF NOT EXISTS user SCHEMALESS PERMISSIONS FULL; \
            FOR $n IN 0..$count { CREATE type::record('user', 'u' + <string> $n) SET n = $n }";
        self.database.query(text, vars([("count", int(count))])).await.unwrap();
    }

    /// Makes tasks in lists.
    pub async fn fill(&self, lists: usize, ranks: usize) {
        let define = "DEFINE TABLE task SCHEMALESS PERMISSIONS FULL CHANGEFEED 1h";
        self.database.query(define, vars([])).await.unwrap();
        // In parts, none of which comes near what a request may take.
        let text = "FOR $list IN $from..$upto { FOR $rank IN 0..$ranks { \
            CREATE type::record('task', $list * $ranks + $rank) SET list = $list, rank = $rank } }";
        let part = (ROWS_AT_ONCE / ranks.max(1)).max(1);
        for from in (0..lists).step_by(part) {
            let upto = int((from + part).min(lists));
            let bound = vars([("from", int(from)), ("upto", upto), ("ranks", int(ranks))]);
            self.database.query(text, bound).await.unwrap();
        }
    }

    /// Registers views: each by a user's number, under an id, of a query with parameters.
    pub async fn register(&self, views: Vec<(usize, String, (String, Object))>) {
        let mut running = tokio::task::JoinSet::new();
        for (number, id, (surql, params)) in views {
            if running.len() == AT_ONCE {
                running.join_next().await.unwrap().unwrap();
            }
            let database = self.database.clone();
            running.spawn(Box::pin(async move {
                let registration = Registration {
                    view: ViewKey { auth: Some(user(number)), id },
                    access: None,
                    surql,
                    params,
                    client: "bench".to_owned(),
                    ttl: Some(Duration::from_secs(24 * 3_600)),
                };
                let views_max = protocol::limits::VIEWS_PER_USER_MAX;
                register(&database, &registration, views_max).await.unwrap();
            }));
        }
        while let Some(registered) = running.join_next().await {
            registered.unwrap();
        }
    }

    /// Waits until so many views are ready.
    pub async fn until_ready(&self, views: usize) {
        let ready = "RETURN count(SELECT id FROM _00_query WHERE state = 'ready')";
        while self.database.query_one(ready, vars([])).await.unwrap() != int(views) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// A user's record.
pub fn user(number: usize) -> RecordId {
    RecordId::new("user", format!("u{number}"))
}

/// A user's edge table.
pub fn edge_table(number: usize) -> String {
    surreal::names::edge_table(&user(number)).name
}

/// The query of a list.
pub fn list_of(list: usize) -> (String, Object) {
    let mut params = Object::new();
    params.insert("list", i64::try_from(list).unwrap());
    ("SELECT * FROM task WHERE list = $list ORDER BY rank LIMIT 20".to_owned(), params)
}

/// A whole number as the database has it.
pub fn int(n: usize) -> Value {
    Value::Number(Number::Int(i64::try_from(n).unwrap()))
}
