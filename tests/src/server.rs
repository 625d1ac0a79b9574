//! One database's server for the whole suite; each test takes a database of its own on it.
//!
//! # Invariants
//! - The server ends with the suite, however that ends: a shell stands between them that waits for the suite's end of
//!   a pipe to close.

use std::io::{Read as _, Write as _};
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

/// A server that ends when this is dropped.
pub struct Running {
    /// The shell between us.
    shell: Child,
    address: SocketAddr,
}

impl Running {
    /// Starts a server on a free port, with `memory` or `surrealkv://DIR` below it.
    pub fn start(storage: &str) -> Running {
        Running::start_with(storage, LIVE_QUEUE)
    }

    /// Starts one whose clients may be so many LIVE notifications behind.
    pub fn start_with(storage: &str, live_queue: u32) -> Running {
        let binary = binary();
        let address = free_address();
        let between = r#""$@" & server=$!; cat >/dev/null; kill -9 $server 2>/dev/null"#;
        let shell = Command::new("sh")
            .args(["-c", between, "database"])
            .arg(&binary)
            .args(["start", "--no-banner", "--log", "warn", "--user", "root", "--pass", "root"])
            // Events may post to processors of this machine.
            .args(["--allow-net", "127.0.0.1"])
            .args(["--bind", &address.to_string(), storage])
            .env("SURREAL_ONLINE_VERSION_CHECK", "false")
            .env("SURREAL_WEBSOCKET_RESPONSE_CHANNEL_SIZE", live_queue.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell is there");
        let running = Running { shell, address };
        running.wait_until_ready(&binary);
        running
    }

    /// Where it listens.
    pub fn server(&self) -> Server {
        Server {
            ws: format!("ws://{}/rpc", self.address),
            user: "root".to_owned(),
            pass: "root".to_owned(),
        }
    }

    /// The number of the server's own process, behind the shell, where the system tells.
    pub fn id(&self) -> u32 {
        let shell = self.shell.id();
        let path = format!("/proc/{shell}/task/{shell}/children");
        let children = std::fs::read_to_string(path).unwrap_or_default();
        // The shell begins with the server; what it waits with comes behind.
        children.split_whitespace().next().and_then(|id| id.parse().ok()).unwrap_or(shell)
    }

    fn wait_until_ready(&self, binary: &std::path::Path) {
        let began = Instant::now();
        while !self.is_ready() {
            assert!(
                began.elapsed() < READY_MAX,
                "{} does not answer on {} after {READY_MAX:?}",
                binary.display(),
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
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
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
