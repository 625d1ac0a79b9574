//! The database inside: started, stopped, killed.

use std::time::Duration;

use cli::server::{Embedded, Error, Options, Program, Storage};
use surreal::vars;
use surrealdb_types::ToSql;
use tokio::net::TcpStream;

use crate::support::{SPKY, connect, directory, server};

#[tokio::test]
async fn a_started_server_answers_until_it_is_stopped() {
    let server = server(Storage::Memory).await;
    let address = server.address();
    let database = connect(&server).await;
    let answer = database.query_one("RETURN 1 + 1", vars([])).await.expect("it answers");
    assert_eq!(answer.to_sql(), "2");
    drop(database);
    server.stop().await;
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn rows_in_a_directory_outlive_a_crash() {
    let storage = Storage::Directory(directory("rows"));
    let first = server(storage.clone()).await;
    let database = connect(&first).await;
    database.query("CREATE task:1 SET n = 7", vars([])).await.expect("it is committed");
    first.kill().await;
    let second = server(storage).await;
    let database = connect(&second).await;
    let read = database.query_one("SELECT VALUE n FROM ONLY task:1", vars([])).await;
    assert_eq!(read.expect("it is there").to_sql(), "7");
    drop(database);
    second.stop().await;
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    let options = Options { program: Program::At(SPKY.into()), storage: Storage::Memory, port };
    let error = Embedded::start(&options).await.expect_err("somebody listens there");
    assert!(matches!(error, Error::PortTaken { port: taken } if taken == port), "{error}");
}

#[tokio::test]
async fn what_the_server_said_last_is_quoted() {
    let file = directory("no-directory").join("file");
    std::fs::write(&file, "not a database").expect("a file can be written");
    let storage = Storage::Directory(file);
    let options = Options { program: Program::At(SPKY.into()), storage, port: 0 };
    let error = Embedded::start(&options).await.expect_err("a file is no directory");
    assert!(error.to_string().contains('\n'), "it quotes nothing: {error}");
}

/// The lifeline: closed by dropping the handle's process, as a killed parent's would be.
#[tokio::test]
async fn the_server_ends_when_its_parent_is_killed() {
    let port = crate::support::free_port();
    let project = directory("orphan");
    let mut parent = tokio::process::Command::new(SPKY)
        .args(["dev", "--no-apps", "--port", &port.to_string()])
        .args(["--ssp-port", &crate::support::free_port().to_string()])
        .current_dir(project)
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("spky is executed");
    let listens = async || TcpStream::connect(("127.0.0.1", port)).await.is_ok();
    until(async || listens().await, "the database never listened").await;
    parent.kill().await.expect("it is killed");
    until(async || !listens().await, "the database outlived its parent").await;
}

async fn until(holds: impl AsyncFn() -> bool, otherwise: &str) {
    let waited = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waited).await.expect(otherwise);
}
