//! A database's server for tests: a process of its own that can be killed, started again, and given another clock.
//!
//! # Invariants
//! - The server ends with whoever started it, however that ends: a shell stands between them that waits for the end of
//!   a pipe to close.

mod start;

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Child;
use std::time::{Duration, Instant};

pub use start::{BINARY_VARIABLE, binary, built};

/// The system's user of every server here, and his password.
pub const ROOT: &str = "root";

const READY_MAX: Duration = Duration::from_secs(60);

/// What `spky dev` gives its own server.
const LIVE_QUEUE: u32 = 20_000;

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// `memory` or `surrealkv://DIR`.
    pub storage: String,
    /// LIVE notifications that may wait for one client before its connection is closed.
    pub queue: u32,
    /// A clock of its own, as libfaketime wants it (`-1h`), or the true one.
    pub clock: Option<String>,
}

impl Options {
    /// With the true clock, and a queue that no test fills.
    pub fn of(storage: &str) -> Options {
        Options { storage: storage.to_owned(), queue: LIVE_QUEUE, clock: None }
    }
}

/// A server that ends when this is dropped.
#[derive(Debug)]
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

    /// Starts a server on a free port, and waits until it answers.
    pub fn start_as(options: Options) -> Running {
        let address = free_address();
        let (shell, id) = start::spawn(address, &options);
        let running = Running { shell, id, address, options };
        running.wait_until_ready();
        running
    }

    /// Kills it: SIGKILL, nothing is synced.
    pub fn kill(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }

    /// Starts one that was killed again, where it was, on what it has stored, and waits until it answers.
    pub fn restart(&mut self) {
        self.begin_again();
        self.wait_until_ready();
    }

    /// Starts one that was killed again, with another clock or the true one, and waits until it answers.
    pub fn restart_at(&mut self, clock: Option<&str>) {
        self.options.clock = clock.map(str::to_owned);
        self.restart();
    }

    /// Starts one that was killed again, and waits for nothing.
    pub fn begin_again(&mut self) {
        (self.shell, self.id) = start::spawn(self.address, &self.options);
    }

    /// Whether it answers.
    pub fn is_ready(&self) -> bool {
        http_get(self.address, "/ready").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
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
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
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

/// A port that was free a moment ago.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("a bound socket has an address")
}
