//! Somebody who takes what capture tells, applies it by M3, and says so if anything went wrong on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use protocol::{Change, ChangeId, RowVersion, Sighting};
use surreal::capture::{self, Captured, Handle, Options};
use surreal::{Database, mark, meta, vars};
use surrealdb_types::{Number, Object, RecordId, ToSql, Value};
use tokio::sync::mpsc;
use tokio::time::timeout;
use view::value::address::Address;

const PATIENCE: Duration = Duration::from_secs(30);

/// What is known of one record.
#[derive(Clone, Debug)]
struct Held {
    id: ChangeId,
    after: Option<Object>,
    version: RowVersion,
    load: u32,
}

/// One table, as told.
#[derive(Debug, Default)]
struct Table {
    records: BTreeMap<Address, Held>,
    load: u32,
    pub caught_up: bool,
    /// What the auditor's pass met.
    met: BTreeSet<Address>,
}

/// A reader with a store behind it.
pub struct Follower {
    pub database: Database,
    pub handle: Handle,
    told: mpsc::Receiver<Captured>,
    tables: BTreeMap<String, Table>,
    /// Everything that was told, but rows and changes, in short.
    pub log: Vec<String>,
    /// The greatest version ever seen.
    pub newest: RowVersion,
    swept: ChangeId,
}

/// Options for tests: a short overlap, small pages.
pub fn options() -> Options {
    Options {
        overlap: Duration::from_millis(600),
        schema_poll: Duration::from_millis(200),
        page_rows: 50,
        ..Options::starting_at(1_700_000_000_000_000)
    }
}

impl Follower {
    /// Installs the meta tables, starts to read and follows `_00_mark` and these tables.
    pub async fn start(database: &Database, options: Options, tables: &[&str]) -> Follower {
        meta::install(database, &meta::Settings::default()).await.unwrap();
        let (teller, told) = mpsc::channel(64);
        let handle = capture::start(database, options, teller).await.unwrap();
        handle.activity(1);
        let mut follower = Follower {
            database: database.clone(),
            handle,
            told,
            tables: BTreeMap::new(),
            log: Vec::new(),
            newest: RowVersion(0),
            swept: ChangeId::default(),
        };
        // Follow only what has its feed.
        while !follower.log.iter().any(|line| line == "definitions") {
            follower.take().await;
        }
        for table in tables.iter().chain(&["_00_mark"]) {
            follower.handle.follow(*table);
        }
        follower
    }

    /// Takes one message.
    pub async fn take(&mut self) {
        let told = timeout(PATIENCE, self.told.recv()).await;
        let told = told.unwrap_or_else(|_| panic!("nothing was told: {:?}", self.log));
        self.apply(told.expect("the reader runs"));
    }

    /// Takes messages until one of the log begins so, counted from a place in it.
    pub async fn until(&mut self, from: usize, line: &str) {
        while !self.log[from..].iter().any(|logged| logged.starts_with(line)) {
            self.take().await;
        }
    }

    /// Takes messages until the tables are loaded and passed.
    pub async fn caught_up(&mut self, tables: &[&str]) {
        while !tables.iter().all(|t| self.tables.get(*t).is_some_and(|t| t.caught_up)) {
            self.take().await;
        }
    }

    /// Raises a mark and takes messages until it is swept: everything acknowledged before was told.
    pub async fn mark(&mut self) {
        let n = mark::raise(&self.database, "test").await.unwrap();
        let record = Address(mark::record("test"));
        loop {
            let met = self.tables.get("_00_mark").and_then(|table| table.records.get(&record));
            let met = met.filter(|held| number(held.after.as_ref(), "n") >= n);
            if met.is_some_and(|held| self.swept >= held.id) {
                return;
            }
            self.take().await;
        }
    }

    /// Takes messages until the mark of this asker, as it was last told, is swept.
    pub async fn swept(&mut self, asker: &str) {
        let record = Address(mark::record(asker));
        let at = self.tables["_00_mark"].records[&record].id;
        while self.swept < at {
            self.take().await;
        }
    }

    /// Compares a table with what the database holds; who calls writes nothing meanwhile.
    pub async fn equals(&self, table: &str) {
        /// A page that fits into a message, whatever the tests write.
        const ROWS: usize = 20_000;
        let mut there: BTreeSet<String> = BTreeSet::new();
        for page in 0.. {
            let text = format!("SELECT * FROM {table} LIMIT {ROWS} START {}", page * ROWS);
            let rows = match self.database.query_one(&text, vars([])).await {
                Ok(Value::Array(rows)) => rows,
                Err(surreal::Error::Refused { message }) if message.contains("not exist") => break,
                other => panic!("{other:?}"),
            };
            there.extend(rows.iter().map(ToSql::to_sql));
            if rows.len() < ROWS {
                break;
            }
        }
        let known = self.rows(table);
        let missing: Vec<_> = there.difference(&known).take(5).collect();
        let surplus: Vec<_> = known.difference(&there).take(5).collect();
        let equal = missing.is_empty() && surplus.is_empty();
        assert!(equal, "missing {missing:?}\nsurplus {surplus:?}\n{:?}", self.log);
    }

    /// The rows that are known of a table, printed.
    pub fn rows(&self, table: &str) -> BTreeSet<String> {
        let held = self.tables.get(table).into_iter().flat_map(|table| table.records.values());
        held.filter_map(|held| held.after.clone()).map(|row| Value::Object(row).to_sql()).collect()
    }

    /// The versions of a table's rows.
    pub fn versions(&self, table: &str) -> BTreeMap<RecordId, RowVersion> {
        let held = self.tables.get(table).into_iter().flat_map(|table| &table.records);
        held.map(|(record, held)| (record.0.clone(), held.version)).collect()
    }

    fn apply(&mut self, told: Captured) {
        match told {
            Captured::Definitions(_) => self.log.push("definitions".into()),
            Captured::LoadBegin { table } => {
                self.log.push(format!("load {table}"));
                let known = self.tables.entry(table).or_default();
                known.load += 1;
                known.caught_up = false;
            }
            Captured::LoadRows { table, rows } => {
                assert!(rows.len() <= 50, "pages are bounded");
                let load = self.tables[&table].load;
                rows.into_iter().for_each(|row| self.change(row, Some(load)));
            }
            Captured::LoadEnd { table, at } => {
                self.log.push(format!("loaded {table}"));
                let known = self.tables.get_mut(&table).expect("a load that begun");
                let load = known.load;
                for held in known.records.values_mut() {
                    if held.load != load && held.id < at && held.after.is_some() {
                        (held.id, held.after) = (at, None);
                    }
                }
            }
            Captured::Changes(changes) => {
                changes.into_iter().for_each(|change| self.change(change, None));
            }
            Captured::CaughtUp { table } => {
                self.log.push(format!("caught up {table}"));
                self.tables.get_mut(&table).expect("a load that ended").caught_up = true;
            }
            Captured::LookedAt { no } => self.log.push(format!("looked at {no}")),
            Captured::Floor(floor) => {
                for table in self.tables.values_mut() {
                    table.records.retain(|_, held| held.after.is_some() || held.id >= floor);
                }
            }
            Captured::AuditBegin { table } => self.tables.get_mut(&table).unwrap().met.clear(),
            Captured::Sighted { table, sightings, expected } => {
                sightings.into_iter().for_each(|it| self.compare(&table, it, expected));
            }
            Captured::AuditEnd { table, pass, since } => {
                let known = &self.tables[&table];
                let unmet = known.records.iter().filter(|(record, held)| {
                    held.after.is_some() && held.id <= since && !known.met.contains(record)
                });
                let records = unmet.map(|(record, _)| record.0.clone()).collect();
                self.handle.unmet(pass, records);
                self.log.push(format!("audited {table}"));
            }
            Captured::Swept { upto } => self.swept = upto,
            Captured::Undone => self.log.push("undone".into()),
            Captured::Behind => self.log.push("behind".into()),
            Captured::Recovered => self.log.push("recovered".into()),
            Captured::Posted { .. } => unreachable!("nobody posts here"),
            Captured::Failed(problem) => self.log.push(format!("failed {problem}")),
        }
    }

    /// Judges what a look found as whoever holds rows has to.
    fn compare(&mut self, table: &str, sighting: Sighting, expected: bool) {
        let Sighting { found, shown } = sighting;
        let known = self.tables.get_mut(table).expect("only followed tables are audited");
        if found.after.is_some() {
            known.met.insert(Address(found.record.clone()));
        }
        let held = known.records.get(&Address(found.record.clone()));
        let judged = match held {
            Some(held) => held.id == found.id || (!shown && held.id < found.id),
            None => !shown,
        };
        if judged && held.and_then(|held| held.after.as_ref()) != found.after.as_ref() {
            let what = if expected { "expected" } else { "missed" };
            self.log.push(format!("{what} {}", found.record.to_sql()));
            let version = held.map_or(found.version, |held| found.version.max(held.version));
            let id = ChangeId { position: u32::MAX, ..found.id };
            self.change(Change { id, version, ..found }, None);
        }
    }

    fn change(&mut self, change: Change, load: Option<u32>) {
        let Change { record, after, id, version } = change;
        let record = Address(record);
        let table =
            self.tables.get_mut(record.table.as_str()).expect("only followed tables are told");
        let known = table.records.get_mut(&record);
        if let Some(held) = known {
            if let Some(load) = load {
                held.load = load;
            }
            if id <= held.id {
                return;
            }
            let same = held.after == after;
            assert!(same || version >= held.version, "a version goes back");
            let version = if same { held.version } else { version.max(held.version.next()) };
            (held.id, held.after, held.version) = (id, after, version);
        } else {
            let load = load.unwrap_or(table.load);
            table.met.insert(record.clone());
            table.records.insert(record, Held { id, after, version, load });
        }
        self.newest = self.newest.max(version);
    }
}

fn number(row: Option<&Object>, field: &str) -> i64 {
    match row.and_then(|row| row.get(field)) {
        Some(Value::Number(Number::Int(n))) => *n,
        _ => 0,
    }
}
