//! The `ssp` binary as a process that can be killed like any other.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use database_server::{built, free_address, http_get};

/// Names the binary, where it is not beside the suite.
pub const BINARY_VARIABLE: &str = "SPKY_TEST_SSP";

const READY_MAX: Duration = Duration::from_secs(60);

/// A running processor; killed when dropped.
pub struct Processor {
    child: Child,
    address: SocketAddr,
}

impl Processor {
    /// Starts one on a database.
    pub fn start(database: &surreal::Options) -> Processor {
        Processor::start_with(database, &[])
    }

    /// Starts one with more in its environment.
    pub fn start_with(database: &surreal::Options, settings: &[(&str, &str)]) -> Processor {
        let address = free_address();
        let child = Command::new(binary())
            .env("SPKY_SSP_LISTEN_ADDR", address.to_string())
            .env("SPKY_DB_WS", &database.ws)
            .env("SPKY_DB_NS", &database.ns)
            .env("SPKY_DB_NAME", &database.db)
            .env("SPKY_DB_USER", &database.user)
            .env("SPKY_DB_PASS", &database.pass)
            .env("RUST_LOG", std::env::var("SPKY_TEST_LOG").unwrap_or_else(|_| "off".to_owned()))
            .envs(settings.iter().copied())
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("the processor's binary is there");
        Processor { child, address }
    }

    /// Waits until every view is maintained.
    pub fn wait_until_ready(&mut self) {
        self.wait_until_ready_within(READY_MAX);
    }

    /// Waits until every view is maintained, where that may take long.
    pub fn wait_until_ready_within(&mut self, max: Duration) {
        let began = Instant::now();
        loop {
            let answer = self.health();
            if answer.starts_with("HTTP/1.1 200") && answer.contains("\"ready\"") {
                return;
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("the processor ended by itself: {status}");
            }
            assert!(began.elapsed() < max, "not ready after {max:?}: {answer}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it counts under a name, as `/metrics` tells.
    pub fn counted(&self, name: &str) -> f64 {
        let answer = http_get(self.address, "/metrics").expect("the processor answers");
        let told = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let number = told.and_then(|told| told.split_whitespace().next()?.parse().ok());
        number.unwrap_or_else(|| panic!("no number `{name}` in {answer}"))
    }

    /// Stops it where it is: SIGSTOP. It learns nothing of that.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on from where it was stopped: SIGCONT.
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let id = self.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill {signal} {id}");
    }

    /// What `/health` answers, head and body; empty where it does not answer.
    pub fn health(&self) -> String {
        http_get(self.address, "/health").unwrap_or_default()
    }

    /// Kills it: SIGKILL, nothing is flushed.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // One that has ended already cannot be killed, and that is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Processor {
    fn drop(&mut self) {
        self.end();
    }
}

fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os(BINARY_VARIABLE) {
        return PathBuf::from(named);
    }
    let built = built("ssp");
    assert!(built.exists(), "no `ssp` beside the suite: build it with `cargo build -p ssp`");
    built
}
