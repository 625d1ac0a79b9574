//! `spky dev`, run to its end and interrupted.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

use crate::support::{SPKY, directory, free_port, spky};

fn project(name: &str, yml: &str) -> std::path::PathBuf {
    let project = directory(name);
    fs::write(project.join("sp00ky.yml"), yml).expect("a file can be written");
    fs::create_dir(project.join("schema")).expect("a directory can be made");
    project
}

#[test]
fn an_app_gets_what_it_needs_to_connect_and_ends_the_project() {
    let project = project(
        "variables",
        "surrealdb: { namespace: n, database: d }\n\
         apps: { web: { dev: 'env | grep ^SPKY_ | sort', env: { SPKY_OWN: mine } } }\n",
    );
    let (port, ssp) = (free_port().to_string(), free_port().to_string());
    let args = ["dev", "--exit-with-apps", "--port", &port, "--ssp-port", &ssp];
    let run = spky(&project, &args);
    assert_eq!(run.code, Some(0), "{}", run.shown());
    let expected = format!(
        "SPKY_DB_NAME=d\nSPKY_DB_NS=n\nSPKY_DB_PASS=root\nSPKY_DB_URL=http://127.0.0.1:{port}\n\
         SPKY_DB_USER=root\nSPKY_DB_WS=ws://127.0.0.1:{port}/rpc\nSPKY_ENV=development\n\
         SPKY_OWN=mine\nSPKY_SCHEDULER_URL=\nSPKY_SSP_ADDR=127.0.0.1:{ssp}\n"
    );
    assert_eq!(run.out, expected);
}

#[test]
fn a_failed_app_fails_the_project_and_several_are_told_apart() {
    let project =
        project("two", "apps: { good: { dev: 'echo fine' }, poor: { dev: 'echo no; exit 3' } }\n");
    let (port, ssp) = (free_port().to_string(), free_port().to_string());
    let args = ["dev", "--exit-with-apps", "--port", &port, "--ssp-port", &ssp];
    let run = spky(&project, &args);
    assert_eq!(run.code, Some(1), "{}", run.shown());
    assert!(run.out.contains("good │ fine") && run.out.contains("poor │ no"), "{}", run.out);
    assert!(run.err.contains("app poor ended: exit status: 3"), "{}", run.err);
}

#[tokio::test]
async fn a_saved_schema_is_applied_again_and_ctrl_c_stops_everything() {
    let project = project("saved", "apps: { web: { dev: 'sleep 60' } }\n");
    let file = project.join("schema/10-task.surql");
    fs::write(&file, "DEFINE TABLE OVERWRITE task;").expect("a file can be written");
    let port = free_port();
    let (mut child, mut said) = dev(&project, port);
    wait_for(&mut said, "sp00ky is up").await;
    fs::write(&file, "DEFINE TABLE OVERWRITE task;\nDEFINE FELD n ON task;").expect("it is saved");
    wait_for(&mut said, "10-task.surql:2: Parse error").await;
    fs::write(&file, "DEFINE TABLE OVERWRITE task;\nDEFINE FIELD OVERWRITE n ON task;")
        .expect("it is saved");
    wait_for(&mut said, "(2 statements)").await;
    let pid = i32::try_from(child.id().expect("it runs")).expect("a pid");
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::SIGINT)
        .expect("it is interrupted");
    let status = tokio::time::timeout(Duration::from_secs(20), child.wait()).await;
    assert!(status.expect("it ends").expect("it is waited for").success());
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err(), "the database is gone");
}

#[tokio::test]
async fn a_schema_file_that_cannot_be_read_is_told_once_and_hidden_ones_are_none() {
    let project = project("unreadable", "apps: { web: { dev: 'sleep 60' } }\n");
    let file = project.join("schema/10-task.surql");
    fs::write(&file, "DEFINE TABLE OVERWRITE task;").expect("a file can be written");
    fs::write(project.join("schema/.hidden.surql"), [0xff, 0xfe, 0]).expect("garbage");
    let nowhere = "nobody@nowhere.1:1";
    std::os::unix::fs::symlink(nowhere, project.join("schema/.#9.surql")).expect("a lock");
    let (_child, mut said) = dev(&project, free_port());
    wait_for(&mut said, "sp00ky is up").await;
    let garbage = project.join("schema/20-garbage.surql");
    fs::write(&garbage, [0xff, 0xfe, 0]).expect("garbage");
    wait_for(&mut said, "20-garbage.surql`: stream did not contain valid UTF-8").await;
    fs::write(&file, "DEFINE TABLE OVERWRITE task;\nDEFINE TABLE OVERWRITE one;").expect("saved");
    tokio::time::sleep(Duration::from_secs(1)).await;
    fs::remove_file(&garbage).expect("it is mended");
    let between = wait_for(&mut said, "(2 statements)").await;
    assert!(!between.contains("20-garbage"), "told once: {between}");
    // Another mistake is told again.
    std::os::unix::fs::symlink(nowhere, project.join("schema/9.surql")).expect("a dangling link");
    wait_for(&mut said, "9.surql`: No such file or directory").await;
}

fn dev(project: &Path, port: u16) -> (Child, Lines<BufReader<ChildStderr>>) {
    let mut child = Command::new(SPKY)
        .args(["dev", "--port", &port.to_string(), "--ssp-port", &free_port().to_string()])
        .current_dir(project)
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("spky is executed");
    let said = child.stderr.take().expect("it is piped");
    (child, BufReader::new(said).lines())
}

/// Returns what was said before it.
async fn wait_for(said: &mut Lines<BufReader<ChildStderr>>, wanted: &str) -> String {
    let waited = async {
        let mut all = String::new();
        while let Some(line) = said.next_line().await.expect("it prints text") {
            if line.contains(wanted) {
                return all;
            }
            all.push_str(&line);
            all.push('\n');
        }
        panic!("`{wanted}` was never said:\n{all}");
    };
    tokio::time::timeout(Duration::from_secs(60), waited).await.expect(wanted)
}
