//! The official JavaScript SDK as the client: `tests/js`.

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use cli::scenario::Server;
use cli::scenario::rig::database::Ground;
use database_server::Running;
use tests::processor::Processor;
use tests::server::{self, server_at};
use tests::sources;

const SCHEMA: &str = "
DEFINE TABLE user SCHEMALESS PERMISSIONS FOR select WHERE id = $auth;
DEFINE TABLE task SCHEMALESS
    PERMISSIONS FOR select, update, delete WHERE owner = $auth FOR create WHERE owner = $auth;
DEFINE ACCESS account ON DATABASE TYPE RECORD
    SIGNUP (CREATE type::record('user', $name) SET name = $name, pass = crypto::argon2::generate($pass))
    SIGNIN (SELECT * FROM user WHERE name = $name AND crypto::argon2::compare(pass, $pass))
    DURATION FOR TOKEN 1h, FOR SESSION 12h;
";

/// The database's own default.
const SHORT_LIVE_QUEUE: u32 = 100;

#[test]
fn the_official_client_sees_its_rows_within_a_second() {
    run("client.mjs", &[], server::shared(), &[]);
}

#[test]
fn with_one_table_for_all_the_official_client_sees_the_same() {
    run("client.mjs", &[], server::shared(), &[("SPKY_SSP_REF_MODE", "single")]);
}

#[test]
fn with_events_the_official_client_sees_the_same() {
    let file = std::env::temp_dir().join(format!("sp00ky-events-{}.yml", std::process::id()));
    std::fs::write(&file, "capture: { mode: events }\n").expect("a file");
    let named = file.to_str().expect("a path that is a text");
    run("client.mjs", &[], server::shared(), &[("SPKY_CONFIG", named)]);
    std::fs::remove_file(&file).expect("it is there");
}

#[test]
fn what_live_tells_adds_up_to_the_table() {
    run("border.mjs", &[], server::shared(), &[]);
}

#[test]
fn a_large_transaction_adds_up_to_the_table() {
    let said = run("bulk.mjs", &["10000"], server::shared(), &[]);
    assert_eq!(said.trim(), "connected again 0 times");
}

#[test]
fn who_reads_slowly_is_cut_off_and_begins_again_with_the_table() {
    let running = Running::start_with("memory", SHORT_LIVE_QUEUE);
    let said = run("bulk.mjs", &["10000", "rests"], &server_at(running.address()), &[]);
    assert_ne!(said.trim(), "connected again 0 times", "the server's queue was never full");
}

/// Runs a program of `tests/js` on a database with a processor. What it said.
fn run(program: &str, arguments: &[&str], server: &Server, settings: &[(&str, &str)]) -> String {
    let node = Command::new("node").arg("--version").output();
    assert!(
        node.is_ok_and(|answer| answer.status.success()),
        "Node.js is missing: install Node.js 20 and npm to test with the official SDK"
    );
    let place = sources::root().join("tests/js");
    install(&place);
    let ground = tests::block_on(async {
        let ground = Ground::empty(server).await.expect("a database");
        ground.define(SCHEMA).await.expect("the schema");
        ground
    });
    let database = ground.root.options().clone();
    let mut processor = Processor::start_with(&database, settings);
    processor.wait_until_ready();
    let ran = Command::new("node")
        .current_dir(&place)
        .args([program, &server.ws, &database.ns, &database.db])
        .args(arguments)
        .output()
        .expect("node runs");
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{program}: {said}{complaint}");
    said
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
