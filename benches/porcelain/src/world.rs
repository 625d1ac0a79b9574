//! What is measured: a database with tasks in lists, a processor, and a view for each list.

use std::time::Duration;

use protocol::ViewKey;
use surreal::query_row::{Registration, register};
use surreal::{Database, Options, vars};
use surrealdb_types::{Number, Object, Value};
use tests::processor::Processor;
use tests::server::Running;

/// How large a run is.
pub struct Size {
    /// Lists, each with its view.
    pub views: usize,
    /// Tasks in each list: more in all than writes of one rate.
    pub rows_per_view: usize,
    /// Writes in a second, and for how many seconds.
    pub rates: Vec<(u32, u32)>,
}

impl Size {
    /// The run that the goals speak of.
    pub fn large() -> Size {
        Size {
            views: 1_000,
            rows_per_view: 20,
            rates: vec![(1, 30), (100, 30), (500, 20), (1_000, 15)],
        }
    }

    /// A run that takes no time, so that nothing rots.
    pub fn smoke() -> Size {
        Size { views: 20, rows_per_view: 10, rates: vec![(1, 2), (100, 1)] }
    }
}

/// Everything that runs.
pub struct World {
    /// The system user's connection.
    pub database: Database,
    /// How it was reached.
    pub options: Options,
    processor: Processor,
    _server: Running,
}

impl World {
    /// Starts a database and a processor; returns when every view is ready.
    pub async fn start(size: &Size) -> World {
        let server = Running::start("memory");
        let known = server.server();
        let (ns, db) = ("bench".to_owned(), "edges".to_owned());
        let options = Options { ws: known.ws, ns, db, user: known.user, pass: known.pass };
        let database = Database::connect(options.clone()).await.unwrap();
        fill(&database, size).await;
        let mut processor = Processor::start(&options);
        processor.wait_until_ready();
        views(&database, size).await;
        World { database, options, processor, _server: server }
    }

    /// Ends the processor, then the database.
    pub fn end(self) {
        self.processor.kill();
    }
}

async fn fill(database: &Database, size: &Size) {
    let text = "DEFINE TABLE task SCHEMALESS PERMISSIONS FULL CHANGEFEED 1h; \
        FOR $list IN 0..$lists { FOR $rank IN 0..$ranks { \
        CREATE type::record('task', $list * $ranks + $rank) SET list = $list, rank = $rank } }";
    let count = |n: usize| Value::Number(Number::Int(i64::try_from(n).unwrap()));
    let sizes = vars([("lists", count(size.views)), ("ranks", count(size.rows_per_view))]);
    database.query(text, sizes).await.unwrap();
}

async fn views(database: &Database, size: &Size) {
    for list in 0..size.views {
        let mut params = Object::new();
        params.insert("list", i64::try_from(list).unwrap());
        let registration = Registration {
            view: ViewKey { auth: None, id: format!("list-{list}") },
            access: None,
            surql: "SELECT * FROM task WHERE list = $list ORDER BY rank LIMIT 20".to_owned(),
            params,
            client: "bench".to_owned(),
            ttl: None,
        };
        register(database, &registration, size.views).await.unwrap();
    }
    let ready = "RETURN count(SELECT id FROM _00_query WHERE state = 'ready')";
    let wanted = i64::try_from(size.views).unwrap();
    loop {
        let count = database.query(ready, vars([])).await.unwrap().pop().unwrap();
        if count == Value::Number(Number::Int(wanted)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
