//! `spky watch` beside a running project.

use std::path::Path;
use std::time::Duration;

use expect_test::{Expect, expect};
use surreal::{Database, vars};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::support::{self, SPKY, directory, free_port};

/// A running project of one table, and a connection to its database.
struct Project {
    dev: Child,
    directory: std::path::PathBuf,
    database: Database,
    url: String,
    ssp: String,
}

impl Project {
    async fn run(name: &str) -> Project {
        let directory = directory(name);
        std::fs::create_dir(directory.join("schema")).expect("a directory can be made");
        let schema = "DEFINE TABLE task PERMISSIONS FOR select WHERE owner = $auth.id;
            DEFINE TABLE user PERMISSIONS FULL;
            DEFINE ACCESS account ON DATABASE TYPE RECORD;
            CREATE user:ann; CREATE user:bob;
            CREATE task:1 SET owner = user:ann, rank = 1;
            CREATE task:2 SET owner = user:bob, rank = 2;";
        std::fs::write(directory.join("schema/10.surql"), schema).expect("it is written");
        let yml = "surrealdb: { namespace: n, database: d }\n";
        std::fs::write(directory.join("sp00ky.yml"), yml).expect("it is written");
        let (port, ssp) = (free_port(), free_port());
        let mut dev = Command::new(SPKY)
            .args(["dev", "--port", &port.to_string(), "--ssp-port", &ssp.to_string()])
            .current_dir(&directory)
            .stderr(std::process::Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("spky is executed");
        let mut said = BufReader::new(dev.stderr.take().expect("it is piped")).lines();
        while let Some(line) = said.next_line().await.expect("it prints text") {
            if line.contains("Ctrl-C stops") {
                break;
            }
        }
        tokio::spawn(async move { while let Ok(Some(_)) = said.next_line().await {} });
        let database = Database::connect(surreal::Options {
            ws: format!("ws://127.0.0.1:{port}/rpc"),
            ns: "n".to_owned(),
            db: "d".to_owned(),
            user: "root".to_owned(),
            pass: "root".to_owned(),
        });
        let database = database.await.expect("the database is connected");
        let (url, ssp) = (format!("http://127.0.0.1:{port}"), format!("127.0.0.1:{ssp}"));
        // Where nothing says which database is meant, the SSP does.
        let directory = support::directory("elsewhere");
        Project { dev, directory, database, url, ssp }
    }

    fn args<'a>(&'a self, args: &[&'a str]) -> Vec<&'a str> {
        [&["watch", "--db-url", &self.url, "--ssp", &self.ssp], args].concat()
    }

    fn once(&self, args: &[&str], expected: Expect) {
        let args = [&["--once"], args].concat();
        expected.assert_eq(&support::spky(&self.directory, &self.args(&args)).shown());
    }

    fn follow(&self, args: &[&str]) -> (Child, Lines<BufReader<ChildStdout>>) {
        let mut child = Command::new(SPKY)
            .args(self.args(args))
            .current_dir(Path::new(&self.directory))
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("spky is executed");
        let out = child.stdout.take().expect("it is piped");
        (child, BufReader::new(out).lines())
    }

    async fn write(&self, statement: &str) {
        self.database.query(statement, vars([])).await.expect("it is committed");
    }

    async fn registrations(&self) -> usize {
        let read = self.database.query_one("SELECT VALUE id FROM _00_query", vars([])).await;
        read.expect("it is read").into_array().map_or(0, |rows| rows.len())
    }
}

#[tokio::test]
async fn a_watched_query_shows_its_users_answer_and_leaves_nothing_behind() {
    let mut project = Project::run("watch").await;
    let query = "SELECT * FROM task WHERE rank < $max ORDER BY rank";
    project.once(
        &[query, "--param", "max=9"],
        expect![[r#"
        exit 0
        + task:1 { owner: user:ann, rank: 1 }
        + task:2 { owner: user:bob, rank: 2 }
    "#]],
    );
    project.once(
        &[query, "--param", "max=9", "--as", "user:ann"],
        expect![[r#"
        exit 0
        + task:1 { owner: user:ann, rank: 1 }
    "#]],
    );
    project.once(
        &[query, "--param", "max=9", "--as", "user:ann", "--json"],
        expect![[r#"
        exit 0
        {"content":{"id":"task:1","owner":"user:ann","rank":1},"mark":"+","record":"task:1"}
    "#]],
    );
    project.once(
        &["SELECT * FROM task WHERE rank IS"],
        expect![[r#"
            exit 1
            error: SYNTAX_ERROR at 1:32
              SELECT * FROM task WHERE rank IS
                                             ^
            Unexpected end of file, expected an expression
        "#]],
    );
    project.once(
        &["SELECT * FROM task", "--as", "user:nobody"],
        expect![[r#"
        exit 1
        error: NO_SUCH_USER: the user has no record
    "#]],
    );

    project.once(
        &["SELECT * FROM tsak"],
        expect![[r#"
        exit 0
        as the system: the answer is empty so far
        warning: there is no table `tsak` (yet)
    "#]],
    );

    let (mut child, mut lines) = project.follow(&[query, "--param", "max=9", "--as", "user:ann"]);
    let mut next = async || {
        let line = tokio::time::timeout(Duration::from_secs(20), lines.next_line()).await;
        line.expect("it is told in time").expect("it is text").unwrap_or_default()
    };
    assert_eq!(next().await, "+ task:1 { owner: user:ann, rank: 1 }");
    project.write("UPDATE task:2 SET owner = user:ann").await;
    assert_eq!(next().await, "+ task:2 { owner: user:ann, rank: 2 }");
    project.write("UPDATE task:1 SET rank = 3").await;
    assert_eq!(next().await, "~ task:1 { owner: user:ann, rank: 3 }");
    project.write("UPDATE task:1 SET owner = user:bob").await;
    assert_eq!(next().await, "- task:1");

    let pid = i32::try_from(child.id().expect("it runs")).expect("a pid");
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::SIGINT)
        .expect("it is interrupted");
    assert!(child.wait().await.expect("it ends").success());
    assert_eq!(project.registrations().await, 0, "a registration stayed behind");
    project.dev.kill().await.expect("it ends");
}
