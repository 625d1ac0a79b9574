//! One database's server for the whole suite; each test takes a database of its own on it.
//!
//! # Invariants
//! - The server ends with the suite, however that ends: a shell stands between them that waits for the suite's end of
//!   a pipe to close.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use cli::scenario::Server;

/// Names a `surreal` of the right version, or the workspace's `embedded` binary.
pub const BINARY_VARIABLE: &str = "SPKY_TEST_SURREAL";

const READY_MAX: Duration = Duration::from_secs(60);

/// What `spky dev` gives its own server.
const LIVE_QUEUE: u32 = 20_000;

/// Starts the server behind the shell, says its process id, and waits for our end of a pipe to close.
const BETWEEN: &str = r#""$@" </dev/null >/dev/null & server=$!; echo $server;
    cat >/dev/null; kill -9 $server 2>/dev/null; wait $server"#;

/// The suite's own server, started by the first test that needs it.
pub fn shared() -> &'static Server {
    static SHARED: OnceLock<(Running, Server)> = OnceLock::new();
    let (_, server) = SHARED.get_or_init(|| {
        let running = Running::start("memory");
        let server = running.server();
        (running, server)
    });
    server
}

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// `memory` or `surrealkv://DIR`.
    pub storage: String,
    /// LIVE notifications that may wait for one client before its connection is closed.
    pub queue: u32,
    /// A clock of its own, as libfaketime wants it: `-1h`.
    pub clock: Option<String>,
}

impl Options {
    /// With the true clock, and a queue that no test fills.
    pub fn of(storage: &str) -> Options {
        Options { storage: storage.to_owned(), queue: LIVE_QUEUE, clock: None }
    }
}

/// A server that ends when this is dropped.
pub struct Running {
    /// The shell between us.
    shell: Child,
    id: u32,
    address: SocketAddr,
    options: Options,
}

impl Running {
    /// Starts a server on a free port, with `memory` or `surrealkv://DIR` below it.
    pub fn start(storage: &str) -> Running {
        Running::start_as(Options::of(storage))
    }

    /// Starts one whose clients may be so many LIVE notifications behind.
    pub fn start_with(storage: &str, queue: u32) -> Running {
        Running::start_as(Options { queue, ..Options::of(storage) })
    }

    /// Starts a server on a free port.
    pub fn start_as(options: Options) -> Running {
        let address = free_address();
        let (shell, id) = spawn(address, &options);
        let running = Running { shell, id, address, options };
        running.wait_until_ready();
        running
    }

    /// Kills it: SIGKILL, nothing is synced.
    pub fn kill(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }

    /// Starts one that was killed again, where it was, on what it has stored.
    pub fn restart(&mut self) {
        (self.shell, self.id) = spawn(self.address, &self.options);
        self.wait_until_ready();
    }

    /// Starts one that was killed again, with another clock.
    pub fn restart_at(&mut self, clock: &str) {
        self.options.clock = Some(clock.to_owned());
        self.restart();
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it is, for whoever connects.
    pub fn server(&self) -> Server {
        server_at(self.address)
    }

    /// The number of the server's own process, behind the shell.
    pub fn id(&self) -> u32 {
        self.id
    }

    fn wait_until_ready(&self) {
        let began = Instant::now();
        while !self.is_ready() {
            assert!(
                began.elapsed() < READY_MAX,
                "the database does not answer on {} after {READY_MAX:?}",
                self.address
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn is_ready(&self) -> bool {
        http_get(self.address, "/ready").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
    }
}

/// The whole answer to a GET, head and body.
pub fn http_get(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A server at an address, or whatever stands before it.
pub fn server_at(address: SocketAddr) -> Server {
    Server { ws: format!("ws://{address}/rpc"), user: "root".to_owned(), pass: "root".to_owned() }
}

fn spawn(address: SocketAddr, options: &Options) -> (Child, u32) {
    let mut shell = Command::new("sh")
        .args(["-c", BETWEEN, "database", "env"])
        .args(options.clock.as_deref().map(shifted).unwrap_or_default())
        .arg(binary())
        .args(["start", "--no-banner", "--log", "warn", "--user", "root", "--pass", "root"])
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

/// A port that was free a moment ago.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("a bound socket has an address")
}

/// The server's binary: [`BINARY_VARIABLE`], else `embedded` of this build.
fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os(BINARY_VARIABLE) {
        return PathBuf::from(named);
    }
    let built = built("embedded");
    assert!(
        built.exists(),
        "no database to test with: build it with `cargo build -p embedded`, or name a `surreal` in {BINARY_VARIABLE}"
    );
    built
}

/// A binary of this build, beside the suite's own.
pub fn built(name: &str) -> PathBuf {
    let suite = std::env::current_exe().expect("the suite is a file");
    let beside = suite.parent().expect("a file stands in a directory");
    // Tests stand one directory below the programs.
    let programs = if beside.ends_with("deps") { beside.parent() } else { Some(beside) };
    programs.unwrap_or(beside).join(name)
}
