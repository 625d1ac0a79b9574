//! The server's process.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::{Options, ROOT};

/// Names a `surreal` of the right version, or the workspace's `embedded` binary.
pub const BINARY_VARIABLE: &str = "SPKY_TEST_SURREAL";

/// Starts the server behind the shell, says its process id, and waits for our end of a pipe to close.
const BETWEEN: &str = r#""$@" </dev/null >/dev/null & server=$!; echo $server;
    cat >/dev/null; kill -9 $server 2>/dev/null; wait $server"#;

/// Starts a server. Returns the shell before it, and its own process id.
pub(crate) fn spawn(address: SocketAddr, options: &Options) -> (Child, u32) {
    let mut shell = Command::new("sh")
        .args(["-c", BETWEEN, "database", "env"])
        .args(options.clock.as_deref().map(shifted).unwrap_or_default())
        .arg(binary())
        .args(["start", "--no-banner", "--log", "warn", "--user", ROOT, "--pass", ROOT])
        // Events may post to processors of this machine.
        .args(["--allow-net", "127.0.0.1"])
        .args(["--bind", &address.to_string(), &options.storage])
        .env("SURREAL_ONLINE_VERSION_CHECK", "false")
        .env("SURREAL_WEBSOCKET_RESPONSE_CHANNEL_SIZE", options.queue.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell is there");
    let said = BufReader::new(shell.stdout.take().expect("it is piped"));
    let id = said.lines().next().and_then(|line| line.ok()?.parse().ok());
    (shell, id.expect("the shell says a process id"))
}

/// What makes a program see another time of day, and go on measuring lengths of time by the true one.
fn shifted(clock: &str) -> Vec<String> {
    let libraries = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let library = libraries
        .map(|triple| triple.path().join("faketime/libfaketime.so.1"))
        .find(|library| library.exists());
    let library = library.expect("libfaketime is missing: apt-get install faketime");
    vec![
        format!("LD_PRELOAD={}", library.display()),
        format!("FAKETIME={clock}"),
        "FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned(),
    ]
}

/// The server's binary: [`BINARY_VARIABLE`], else `embedded` of this build.
pub fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os(BINARY_VARIABLE) {
        return PathBuf::from(named);
    }
    let built = built("embedded");
    assert!(
        built.exists(),
        "no database to test with: build it with `cargo build --workspace --bins`, or name a `surreal` in {BINARY_VARIABLE}"
    );
    built
}

/// A binary of this build, beside the running test's own.
pub fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a running test is a file");
    let beside = test.parent().expect("a file stands in a directory");
    // Tests stand one directory below the programs.
    let programs = if beside.ends_with("deps") { beside.parent() } else { Some(beside) };
    programs.unwrap_or(beside).join(name)
}
