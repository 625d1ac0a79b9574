//! The official JavaScript SDK as the client: `tests/js`.

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use cli::scenario::rig::database::Ground;
use tests::processor::Processor;
use tests::{server, sources};

const SCHEMA: &str = "
DEFINE TABLE user SCHEMALESS PERMISSIONS FOR select WHERE id = $auth;
DEFINE TABLE task SCHEMALESS
    PERMISSIONS FOR select, update, delete WHERE owner = $auth FOR create WHERE owner = $auth;
DEFINE ACCESS account ON DATABASE TYPE RECORD
    SIGNUP (CREATE type::record('user', $name) SET name = $name, pass = crypto::argon2::generate($pass))
    SIGNIN (SELECT * FROM user WHERE name = $name AND crypto::argon2::compare(pass, $pass))
    DURATION FOR TOKEN 1h, FOR SESSION 12h;
";

#[test]
fn the_official_client_sees_its_rows_within_a_second() {
    run("client.mjs");
}

#[test]
fn what_live_tells_adds_up_to_the_table() {
    run("border.mjs");
}

/// Runs a program of `tests/js` on a database with a processor.
fn run(program: &str) {
    let node = Command::new("node").arg("--version").output();
    assert!(
        node.is_ok_and(|answer| answer.status.success()),
        "Node.js is missing: install Node.js 20 and npm to test with the official SDK"
    );
    let place = sources::root().join("tests/js");
    install(&place);
    let server = server::shared();
    let ground = tests::block_on(async {
        let ground = Ground::empty(server).await.expect("a database");
        ground.define(SCHEMA).await.expect("the schema");
        ground
    });
    let database = ground.root.options().clone();
    let mut processor = Processor::start(&database);
    processor.wait_until_ready();
    let ran = Command::new("node")
        .current_dir(&place)
        .args([program, &server.ws, &database.ns, &database.db])
        .output()
        .expect("node runs");
    assert!(
        ran.status.success(),
        "{program}: {}{}",
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr)
    );
}

/// Installs the SDK, unless it is there.
fn install(place: &Path) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    if place.join("node_modules/surrealdb").is_dir() {
        return;
    }
    let npm = Command::new("npm")
        .current_dir(place)
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .output();
    let said = npm.as_ref().map(|npm| String::from_utf8_lossy(&npm.stderr).into_owned());
    assert!(npm.as_ref().is_ok_and(|npm| npm.status.success()), "npm ci in tests/js: {said:?}");
}
