//! The way of an operator who has a database with data already: look, install, watch, upgrade, and take it off again.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::time::Duration;

use cli::server::{Embedded, Storage};
use serde_json::Value as Json;
use surreal::{Database, vars};
use surrealdb_types::{ToSql, Value};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

use crate::support::{Run, SPKY, connect, directory, free_port, server, spky};

/// What an application had before anybody thought of us.
const APPLICATION: &str = "
    DEFINE TABLE user SCHEMALESS PERMISSIONS FOR select WHERE id = $auth.id;
    DEFINE ACCESS account ON DATABASE TYPE RECORD
        SIGNUP (CREATE type::record('user', $key)) SIGNIN (SELECT * FROM type::record('user', $key));
    DEFINE TABLE task SCHEMAFULL PERMISSIONS FOR select WHERE owner = $auth FOR update FULL;
    DEFINE FIELD owner ON task TYPE record<user>;
    DEFINE FIELD rank ON task TYPE int DEFAULT 0;
    DEFINE INDEX by_rank ON task FIELDS rank;
    DEFINE EVENT told ON task WHEN $event = 'CREATE' THEN (CREATE audit SET of = $after.id);
    DEFINE TABLE audit SCHEMALESS CHANGEFEED 1h;
    DEFINE TABLE total SCHEMALESS PERMISSIONS FULL;
    DEFINE FIELD twice ON total COMPUTED n * 2;
    DEFINE TABLE by_owner AS SELECT count() AS n, owner FROM task GROUP BY owner;
    DEFINE TABLE likes TYPE RELATION IN user OUT task PERMISSIONS FULL;
    DEFINE FUNCTION fn::rank($task: any) { RETURN $task.rank };
    DEFINE PARAM $page VALUE 20;
    CREATE user:ann, user:bob, user:`not plain`;
    FOR $n IN 0..50 { CREATE type::record('task', $n) SET owner = user:ann, rank = $n };
    FOR $n IN 50..60 { CREATE type::record('task', $n) SET owner = user:bob, rank = $n };
    CREATE total:1 SET n = 4;
    RELATE user:ann->likes->task:3;";

pub struct Operator {
    pub server: Embedded,
    pub database: Database,
    here: PathBuf,
    ssp: String,
}

/// `spky dev --db`, running.
pub struct Dev {
    child: Child,
    said: Lines<BufReader<ChildStderr>>,
}

impl Operator {
    pub async fn of(name: &str) -> Operator {
        let server = server(Storage::Memory).await;
        let database = connect(&server).await;
        let ground = "DEFINE NAMESPACE IF NOT EXISTS test; DEFINE DATABASE IF NOT EXISTS test";
        database.query(ground, vars([])).await.expect("a database is made");
        database.query(APPLICATION, vars([])).await.expect("the application is there");
        let here = directory(name);
        // An auditor in no hurry: it mends by itself what is broken on purpose.
        let yml = "surrealdb: { namespace: test, database: test }\n\
            capture: { audit_rows_per_second: 1 }\n";
        std::fs::write(here.join("sp00ky.yml"), yml).expect("a file can be written");
        let ssp = format!("127.0.0.1:{}", free_port());
        Operator { server, database, here, ssp }
    }

    pub fn types(&self, command: &str, args: &[&str]) -> Run {
        let url = self.server.http();
        let site = [command, "--db-url", url.as_str(), "--ssp", self.ssp.as_str()];
        spky(&self.here, &[&site, args].concat())
    }

    fn asks(&self, command: &str, code: i32) -> Json {
        let run = self.types(command, &["--json"]);
        assert_eq!(run.code, Some(code), "{}", run.shown());
        serde_json::from_str(&run.out).expect("it prints JSON")
    }

    /// Starts an SSP on the database, and waits until it says that everything is up.
    pub async fn installs(&self) -> (Dev, String) {
        let port = self.ssp.rsplit(':').next().expect("an address has a port");
        let child = Command::new(SPKY)
            .args(["dev", "--db", &self.server.http(), "--ssp-port", port])
            .current_dir(&self.here)
            .stderr(std::process::Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let mut child = child.expect("spky is executed");
        let said = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let mut dev = Dev { child, said };
        let waited = tokio::time::timeout(Duration::from_secs(120), dev.is_up()).await;
        (dev, waited.expect("it comes up"))
    }

    /// Runs statements and prints the last one's result.
    pub async fn ask(&self, text: &str) -> String {
        let answers = self.database.query(text, vars([])).await;
        let answers = answers.unwrap_or_else(|error| panic!("{text}: {error}"));
        answers.last().map(ToSql::to_sql).unwrap_or_default()
    }

    /// Posts to the SSP.
    pub async fn posts(&self, route: &str, body: Json) {
        let request =
            reqwest::Client::new().post(format!("http://{}{route}", self.ssp)).json(&body);
        let answer = request.send().await.expect("the SSP answers");
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    }

    /// All definitions, as the database tells them.
    async fn definitions(&self) -> String {
        let mut told = Vec::new();
        for text in ["INFO FOR DB", "INFO FOR DB STRUCTURE"] {
            told.push(self.ask(text).await);
        }
        for table in self.tables().await {
            told.push(self.ask(&format!("INFO FOR TABLE `{table}`")).await);
        }
        told.join("\n")
    }

    /// The digest of all rows of the application.
    async fn rows(&self) -> String {
        let mut hasher = DefaultHasher::new();
        for table in self.tables().await.iter().filter(|table| !table.starts_with("_00_")) {
            self.ask(&format!("SELECT * FROM `{table}`")).await.hash(&mut hasher);
        }
        format!("{:x}", hasher.finish())
    }

    async fn tables(&self) -> Vec<String> {
        let text = "RETURN (INFO FOR DB STRUCTURE).tables.name";
        let names = self.database.query_one(text, vars([])).await.expect("it is told");
        let Value::Array(names) = names else { panic!("{names:?}") };
        names.iter().map(|name| name.clone().into_string().expect("a name is text")).collect()
    }
}

impl Dev {
    async fn is_up(&mut self) -> String {
        let mut all = String::new();
        while let Some(line) = self.said.next_line().await.expect("it prints text") {
            all += &format!("{line}\n");
            if line.contains("Ctrl-C stops") {
                return all;
            }
        }
        panic!("it ended:\n{all}");
    }

    pub async fn stops(mut self) {
        let pid = i32::try_from(self.child.id().expect("it runs")).expect("a pid");
        let pid = nix::unistd::Pid::from_raw(pid);
        nix::sys::signal::kill(pid, nix::sys::signal::SIGINT).expect("it is interrupted");
        while let Ok(Some(_)) = self.said.next_line().await {}
        let ended = tokio::time::timeout(Duration::from_secs(60), self.child.wait()).await;
        assert!(ended.expect("it ends").expect("it is waited for").success());
    }

    async fn is_killed(mut self) {
        self.child.kill().await.expect("it is killed");
    }
}

fn list(of: &Json) -> Vec<&str> {
    of.as_array().map(|list| list.iter().filter_map(Json::as_str).collect()).unwrap_or_default()
}

fn codes(report: &Json) -> Vec<&str> {
    let found = report["findings"].as_array().expect("findings");
    found.iter().filter_map(|finding| finding["code"].as_str()).collect()
}

#[tokio::test]
async fn a_new_operator_looks_installs_watches_upgrades_and_leaves_nothing_behind() {
    let operator = Operator::of("operator").await;
    let (definitions, rows) = (operator.definitions().await, operator.rows().await);

    // Look: nothing is changed by it.
    let report = operator.asks("doctor", 0);
    assert_eq!(list(&report["wouldAdd"]["feeds"]), ["likes", "task", "user"]);
    assert_eq!(list(&report["wouldAdd"]["events"]), ["user"]);
    assert_eq!(report["wouldAdd"]["edgeTables"]["user"], 2);
    assert_eq!(list(&report["wouldAdd"]["definitions"]).len(), 10, "{report}");
    for code in ["NOT_CAPTURED", "TABLE_VIEW", "NO_PERMISSIONS", "SSP_SILENT"] {
        assert!(codes(&report).contains(&code), "{code} in {report}");
    }
    assert_eq!(operator.definitions().await, definitions, "doctor changes nothing");
    assert_eq!(operator.asks("status", 69)["ready"], false);

    // Install: what is said to be added is what doctor said.
    let (dev, said) = operator.installs().await;
    assert!(said.contains("of likes, task, user"), "{said}");
    assert!(said.contains("_00_sign_up on user"), "{said}");
    let watched = operator.types(
        "watch",
        &["SELECT * FROM task WHERE rank > 57 ORDER BY rank", "--as", "user:bob", "--once"],
    );
    assert_eq!(watched.code, Some(0), "{}", watched.shown());
    assert_eq!(
        watched.out,
        "+ task:58 { owner: user:bob, rank: 58 }\n+ task:59 { owner: user:bob, rank: 59 }\n"
    );
    let refused = operator.types("watch", &["SELECT * FROM total", "--once"]);
    assert_eq!(refused.code, Some(1), "{}", refused.shown());
    assert!(refused.err.contains("NOT_CAPTURED"), "{}", refused.shown());
    let status = operator.asks("status", 0);
    assert_eq!(
        (status["ready"].as_bool(), &status["users"]["edgeTables"]),
        (Some(true), &2.into())
    );
    let nowhere = ["status", "--db-url", "http://127.0.0.1:1", "--ssp", &operator.ssp];
    let silent = spky(&operator.here, &nowhere);
    assert_eq!(silent.code, Some(69), "a database that does not answer: {}", silent.shown());
    let report = operator.asks("doctor", 0);
    assert_eq!(list(&report["wouldAdd"]["feeds"]), <[&str; 0]>::default());
    assert!(!codes(&report).contains(&"SSP_SILENT"), "{report}");

    // Not while it runs.
    let early = operator.types("uninstall", &[]);
    assert_eq!(early.code, Some(1), "{}", early.shown());
    assert!(early.err.contains("is running"), "{}", early.shown());
    let second = spky(
        &operator.here,
        &[
            "dev",
            "--db",
            &operator.server.http(),
            "--no-apps",
            "--ssp-port",
            &free_port().to_string(),
        ],
    );
    assert_eq!(second.code, Some(1), "{}", second.shown());
    assert!(second.err.contains("would supersede it"), "{}", second.shown());
    dev.stops().await;

    // Upgrade: definitions of an older version are replaced.
    operator
        .ask("DEFINE TABLE OVERWRITE _00_mark SCHEMALESS COMMENT 'sp00ky 0' PERMISSIONS FULL")
        .await;
    let function = "DEFINE FUNCTION OVERWRITE fn::query::state($id: any) { RETURN 'old' } \
        COMMENT 'sp00ky 0'";
    operator.ask(function).await;
    let report = operator.asks("doctor", 0);
    assert!(codes(&report).contains(&"DEFINITIONS_OLD"), "{report}");
    let (dev, said) = operator.installs().await;
    assert!(said.contains("fn::query::state"), "{said}");
    let mark = "RETURN (INFO FOR DB).tables._00_mark";
    assert!(operator.ask(mark).await.contains("PERMISSIONS NONE"), "the older one is replaced");
    dev.is_killed().await;

    // Take it off.
    let dry = operator.types("uninstall", &["--dry-run"]);
    assert_eq!(dry.code, Some(0), "{}", dry.shown());
    assert!(dry.out.contains("_00_list_ref_user_ann"), "{}", dry.shown());
    assert!(operator.tables().await.iter().any(|table| table == "_00_query"), "nothing went");
    let gone = operator.types("uninstall", &["--force"]);
    assert_eq!(gone.code, Some(0), "{}", gone.shown());
    assert_eq!(operator.definitions().await, definitions);
    assert_eq!(operator.rows().await, rows);
    let again = operator.types("uninstall", &[]);
    assert_eq!(again.code, Some(0), "{}", again.shown());
    assert!(again.err.contains("nothing of sp00ky's"), "{}", again.shown());
    operator.server.stop().await;
}

#[tokio::test]
async fn a_feed_that_the_application_defined_since_stays() {
    let operator = Operator::of("redefined").await;
    let (dev, _) = operator.installs().await;
    operator.ask("ALTER TABLE likes CHANGEFEED 5h").await;
    dev.stops().await;
    let gone = operator.types("uninstall", &[]);
    assert_eq!(gone.code, Some(0), "{}", gone.shown());
    let fed = "RETURN (INFO FOR DB STRUCTURE).tables[WHERE changefeed != NONE].name";
    assert_eq!(operator.ask(fed).await, "['audit', 'likes']");
    operator.server.stop().await;
}

#[tokio::test]
async fn somebody_elses_database_must_be_there() {
    let here = directory("not-there");
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let port = free_port().to_string();
    let run = spky(&here, &["dev", "--db", &nobody, "--ssp-port", &port]);
    assert_eq!(run.code, Some(69), "{}", run.shown());
    assert!(run.err.contains("connect to ws://127.0.0.1"), "{}", run.shown());

    let server = server(Storage::Memory).await;
    let run = spky(&here, &["dev", "--db", &server.http(), "--ssp-port", &port]);
    assert_eq!(run.code, Some(69), "{}", run.shown());
    assert!(run.err.contains("SPKY_DB_NS"), "{}", run.shown());
    let root = connect(&server).await;
    let namespaces = "RETURN (INFO FOR ROOT STRUCTURE).namespaces.name";
    let namespaces = root.query_one(namespaces, vars([])).await.expect("it is told");
    // The last connection made it: what only looked did not.
    assert_eq!(namespaces.to_sql(), "['main', 'test']");
    server.stop().await;
}
