//! The binary: its configuration, its end, and its death.

use std::process::{Child, Command, Stdio};

use crate::support::{SCHEMA, World, answer, new_database, until};

fn ssp(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ssp"));
    command.args(arguments).env_clear().envs(variables.iter().copied());
    command.current_dir(std::env::temp_dir()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn a_wrong_configuration_is_told_whole_and_starts_nothing() {
    let variables = [
        ("SPKY_SSP_QUERY_UPDATE_THROTTLE_MS", "abc"),
        ("SPKY_SCHEDULER_URL", "http://scheduler:9667"),
    ];
    let output = ssp(&["--set", "ssp.bootstrap_page_size=0"], &variables).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{said}");
    assert!(said.contains("2 errors"), "{said}");
    assert!(said.contains("SPKY_SSP_QUERY_UPDATE_THROTTLE_MS=abc: not a number"), "{said}");
    assert!(said.contains("--set ssp.bootstrap_page_size=0: not a number above 0"), "{said}");
    let output = ssp(&[], &[variables[1]]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{said}");
    assert!(said.contains("this version has no pool"), "{said}");
}

#[test]
fn what_is_in_force_can_be_checked() {
    let output = ssp(&["--check"], &[("SPKY_AUTH_SECRET", "s3cret")]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(said.contains("ssp.auth_secret = ***  (SPKY_AUTH_SECRET)"), "{said}");
    assert!(said.contains("ssp.listen_addr = 0.0.0.0:8667  (default)"), "{said}");
}

/// A process beside the world's database; it dies with this.
struct Process(Child);

impl Process {
    fn start(world: &World, port: u16) -> Process {
        let listen = format!("127.0.0.1:{port}");
        let options = &world.options;
        let variables = [
            ("SPKY_SSP_LISTEN_ADDR", listen.as_str()),
            ("SPKY_DB_WS", &options.ws),
            ("SPKY_DB_NS", &options.ns),
            ("SPKY_DB_NAME", &options.db),
        ];
        let mut command = ssp(&["--set", "capture.overlap_ms=200"], &variables);
        Process::spawn(&mut command)
    }

    fn spawn(command: &mut Command) -> Process {
        Process(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    database_server::free_address().port()
}

async fn is_ready(port: u16) -> bool {
    match reqwest::get(format!("http://127.0.0.1:{port}/health/ready")).await {
        Ok(asked) => answer(asked).await.0 == 200,
        Err(_) => false,
    }
}

/// The three variables of a single processor's development environment, with addresses of this machine.
#[tokio::test(flavor = "multi_thread")]
async fn a_single_processors_environment_as_it_is_documented_starts_one() {
    let server = database_server::Running::start("memory");
    let world = World::on(new_database(server.address(), "test".into()).await, SCHEMA).await;
    let port = free_port();
    let variables = [
        ("SPKY_DB_URL", format!("http://{}", server.address())),
        ("SPKY_SSP_LISTEN_ADDR", format!("127.0.0.1:{port}")),
        ("SPKY_SSP_REF_MODE", "dedicated".to_owned()),
    ];
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let _process = Process::spawn(&mut ssp(&[], &variables));
    until("it is ready", || is_ready(port)).await;
    world.sign_up("ann").await.register("v", "SELECT * FROM task", "{}").await;
    world.run("CREATE task:1 SET owner = user:ann").await;
    world.settle().await;
    let edges = world.rows("SELECT VALUE out FROM _00_list_ref_user_ann").await;
    assert_eq!(edges, ["task:1"]);
}

/// The log of a process without a database, after clients' lines.
async fn logged(lines: &[serde_json::Value]) -> String {
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    let nowhere = format!("ws://{}", database_server::free_address());
    let variables = [("SPKY_SSP_LISTEN_ADDR", listen.as_str()), ("SPKY_DB_WS", &nowhere)];
    let mut child = ssp(&[], &variables).stdout(Stdio::null()).spawn().unwrap();
    let mut said = child.stderr.take().unwrap();
    let process = Process(child);
    until("it listens", || async {
        reqwest::get(format!("http://{listen}/version")).await.is_ok()
    })
    .await;
    for line in lines {
        let sent = reqwest::Client::new().post(format!("http://{listen}/log")).json(line);
        let (status, told) = answer(sent.send().await.unwrap()).await;
        assert_eq!(status, 200, "{told}");
    }
    drop(process);
    let mut log = String::new();
    std::io::Read::read_to_string(&mut said, &mut log).unwrap();
    log
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_writes_one_line_into_the_log_whatever_it_says() {
    let forged = "2026-01-01T00:00:00Z ERROR the database is gone";
    let message = format!("a\n{forged}\r\u{1b}[31m\u{2028}b ä");
    let data = serde_json::json!({ "k": format!("\u{85}{forged}\u{7f}") });
    let log =
        logged(&[serde_json::json!({ "message": message, "level": "warn", "data": data })]).await;
    let lines: Vec<&str> = log.lines().filter(|line| line.contains(forged)).collect();
    let [line] = lines[..] else { panic!("one line: {log}") };
    assert!(line.contains("WARN"), "{line}");
    let escaped = format!("client: a\\n{forged}\\r\\u{{1b}}[31m\\u{{2028}}b ä");
    assert!(line.contains(&escaped), "{line}");
    assert!(!line.contains(char::is_control), "{line:?}");
}

#[test]
fn a_wrong_password_ends_it_as_something_that_is_not_to_be_had() {
    let server = database_server::Running::start("memory");
    let url = format!("http://{}", server.address());
    let variables = [
        ("SPKY_DB_URL", url.as_str()),
        ("SPKY_DB_PASS", "wrong"),
        ("SPKY_SSP_LISTEN_ADDR", "127.0.0.1:0"),
    ];
    let output = ssp(&[], &variables).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(69), "{said}");
    assert!(said.contains("DATABASE_REFUSED"), "{said}");
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_it_loses_time_and_no_change() {
    let world = World::without_ssp(SCHEMA).await;
    let port = free_port();
    let ready = || is_ready(port);
    let mut process = Process::start(&world, port);
    until("it is ready", ready).await;
    let ann = world.sign_up("ann").await;
    ann.register("odd", "SELECT * FROM task WHERE n % 2 = 1", "{}").await;
    for n in 0..120 {
        world.run(&format!("CREATE task:{n} SET owner = user:ann, n = {n}")).await;
        if n % 3 == 0 {
            world.run(&format!("DELETE task:{}", n / 2)).await;
        }
        if n % 40 == 39 {
            drop(process);
            process = Process::start(&world, port);
        }
    }
    until("it is ready again", ready).await;
    world.settle().await;
    let mut expected = world.rows("SELECT VALUE id FROM task WHERE n % 2 = 1").await;
    expected.iter_mut().for_each(|id| *id = format!("odd {id}"));
    expected.sort();
    assert_eq!(ann.edges().await, expected);
}
