//! The binary: its configuration, its end, and its death.

use std::process::{Child, Command, Stdio};

use crate::support::{SCHEMA, World, answer, until};

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
        Process(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
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
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port()
    };
    let ready = || async {
        let Ok(asked) = reqwest::get(format!("http://127.0.0.1:{port}/health/ready")).await else {
            return false;
        };
        answer(asked).await.0 == 200
    };
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
