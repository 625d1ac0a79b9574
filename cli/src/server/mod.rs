//! The database inside: this binary, executed again as SurrealDB's server.
//!
//! The child is told by [`EXEC_VARIABLE`] what it is; `main` looks at it before anything else. It has its own stack
//! size and its own signals, and can be killed like any database.
//!
//! # Invariants
//! - A started server answers `/ready`, and listens on this machine only.
//! - It does not outlive its parent: it holds the read end of a pipe that nobody writes, and ends when that closes.
//! - It is in a process group of its own, so that Ctrl-C in a terminal reaches the parent alone, which stops things
//!   in order.
//!
//! # Absent on purpose
//! No restart when it dies: whoever started it decides.

#[cfg(feature = "embedded")]
mod child;

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{env, fmt, io};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use surreal::Database;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::{Instant, sleep, timeout};

#[cfg(feature = "embedded")]
pub use child::run_if_asked;

/// Set to [`EXEC_SURREAL`] in the child.
pub const EXEC_VARIABLE: &str = "SPKY_EXEC";
/// What the child is.
pub const EXEC_SURREAL: &str = "surreal";

/// The system user that the embedded database begins with.
pub const USER: &str = "root";
/// His password: the server listens on this machine only.
pub const PASS: &str = "root";

const READY_MAX: Duration = Duration::from_secs(60);
const STOP_MAX: Duration = Duration::from_secs(5);
/// Lines of the server's own log that a failure quotes.
const LOG_LINES_KEPT: usize = 12;

/// Where the rows are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage {
    /// In memory: gone with the process.
    Memory,
    /// In a directory, by SurrealKV, synced with every commit.
    Directory(PathBuf),
}

impl fmt::Display for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Storage::Memory => f.write_str("memory"),
            Storage::Directory(path) => write!(f, "surrealkv://{}", path.display()),
        }
    }
}

/// What is executed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Program {
    /// This very binary: its `main` must begin with `run_if_asked`.
    #[default]
    Itself,
    /// A binary of crate `embedded`, or a `surreal` of the same version.
    At(PathBuf),
}

/// How to start a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What is executed.
    pub program: Program,
    /// Where the rows are kept.
    pub storage: Storage,
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
}

impl Options {
    /// This binary, in memory, on a free port.
    pub fn memory() -> Options {
        Options { program: Program::Itself, storage: Storage::Memory, port: 0 }
    }
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else listens there.
    #[error("port {port} is taken")]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// The system did not execute the program.
    #[error("execute {program}")]
    NotExecuted {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// The server ended instead of listening.
    #[error("the database ended at its start ({status}){log}")]
    Ended {
        /// How.
        status: ExitStatus,
        /// The end of what it said.
        log: Log,
    },
    /// The server never answered.
    #[error("the database is not ready after {READY_MAX:?}{log}")]
    NotReady {
        /// The end of what it said.
        log: Log,
    },
}

/// The end of what a server said, a line each.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<VecDeque<String>>>);

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

/// A running server. Dropped, it is killed.
#[derive(Debug)]
pub struct Embedded {
    child: Child,
    address: SocketAddr,
    /// What the child's standard input is the other end of. Waiting for a child closes what it still holds itself.
    lifeline: Option<ChildStdin>,
}

impl Embedded {
    /// Starts a server and returns when it answers.
    pub async fn start(options: &Options) -> Result<Embedded, Error> {
        let address = free_address(options.port)?;
        let mut child = spawn(options, address)?;
        let log = Log::default();
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(keep(stdout, log.clone()));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(keep(stderr, log.clone()));
        }
        let lifeline = child.stdin.take();
        let mut server = Embedded { child, address, lifeline };
        server.ready(log).await?;
        Ok(server)
    }

    /// `127.0.0.1:port`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:port`.
    pub fn http(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `ws://127.0.0.1:port/rpc`.
    pub fn ws(&self) -> String {
        format!("ws://{}/rpc", self.address)
    }

    /// Makes a database of that name in it, and connects.
    pub async fn empty_database(&self, name: &str) -> Result<Database, surreal::Error> {
        let (ns, db) = (name.to_owned(), name.to_owned());
        let (user, pass) = (USER.to_owned(), PASS.to_owned());
        let database = Database::connect(surreal::Options { ws: self.ws(), ns, db, user, pass });
        let database = database.await?;
        let name = surreal::names::quoted(name);
        let text =
            format!("DEFINE NAMESPACE IF NOT EXISTS {name}; DEFINE DATABASE IF NOT EXISTS {name}");
        database.query(&text, surreal::vars([])).await?;
        Ok(database)
    }

    /// Its process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until it ends by itself: it should not.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Asks it to end, waits, and kills it when it does not.
    pub async fn stop(mut self) {
        drop(self.lifeline.take());
        // The first signal waits for open connections, the second one does not.
        for _ in 0..2 {
            self.signal(Signal::SIGTERM);
            if timeout(STOP_MAX / 2, self.child.wait()).await.is_ok() {
                return;
            }
        }
        self.kill().await;
    }

    /// Kills it as a crash would.
    pub async fn kill(mut self) {
        if let Err(error) = self.child.kill().await {
            tracing::warn!(%error, "kill the database");
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok());
        if let Some(Err(error)) = pid.map(|pid| kill(Pid::from_raw(pid), signal)) {
            tracing::debug!(%error, "signal the database");
        }
    }

    async fn ready(&mut self, log: Log) -> Result<(), Error> {
        let began = Instant::now();
        let asking = reqwest::Client::new();
        let url = format!("{}/ready", self.http());
        while began.elapsed() < READY_MAX {
            if let Ok(Some(status)) = self.child.try_wait() {
                // What it said last may still be in the pipe.
                sleep(Duration::from_millis(50)).await;
                return Err(Error::Ended { status, log });
            }
            let answer = asking.get(&url).timeout(Duration::from_secs(2)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
        Err(Error::NotReady { log })
    }
}

fn free_address(port: u16) -> Result<SocketAddr, Error> {
    let taken = |_| Error::PortTaken { port };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(taken)?;
    listener.local_addr().map_err(taken)
}

fn spawn(options: &Options, address: SocketAddr) -> Result<Child, Error> {
    let program = match &options.program {
        Program::Itself => env::current_exe(),
        Program::At(path) => Ok(path.clone()),
    };
    let shown =
        program.as_deref().map_or_else(|_| "itself".into(), Path::to_string_lossy).into_owned();
    let not_executed = |source| Error::NotExecuted { program: shown.clone(), source };
    Command::new(program.map_err(not_executed)?)
        .args(["start", "--no-banner", "--log", "warn"])
        .args(["--bind", &address.to_string(), "--user", USER, "--pass", PASS])
        .arg(options.storage.to_string())
        .env(EXEC_VARIABLE, EXEC_SURREAL)
        .env("SURREAL_ONLINE_VERSION_CHECK", "false")
        // The default of 100 closes a LIVE client's socket in a burst of some hundred rows.
        .env("SURREAL_WEBSOCKET_RESPONSE_CHANNEL_SIZE", "20000")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(not_executed)
}

/// Passes the server's log on, and keeps its end.
async fn keep(lines: impl AsyncRead + Unpin, log: Log) {
    let mut lines = BufReader::new(lines).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        tracing::debug!(target: "database", "{line}");
        let mut kept = log.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back(line);
        if kept.len() > LOG_LINES_KEPT {
            kept.pop_front();
        }
    }
}
