//! Servers for tests: one in memory that all share, and private ones that can be killed.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use surreal::{Database, Options};

/// Where the server's binary is: `SPKY_TEST_SURREAL`, else the workspace's `embedded`, built beside this one.
fn binary() -> PathBuf {
    std::env::var_os("SPKY_TEST_SURREAL").map_or_else(built, PathBuf::from)
}

/// `…/debug/embedded`, seen from `…/debug/deps/database-0123`.
fn built() -> PathBuf {
    let this = std::env::current_exe().expect("a running test has a file");
    this.ancestors().nth(2).expect("tests are built two folders deep").join("embedded")
}

/// A running server; it dies with its handle.
pub struct Server {
    child: Child,
    storage: String,
    port: u16,
}

impl Server {
    /// Starts one on a free port: `memory`, or `surrealkv://DIR`.
    pub async fn start(storage: &str) -> Server {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = spawn(storage, port, None);
        let server = Server { child, storage: storage.to_owned(), port };
        server.listening().await;
        server
    }

    /// Kills it as `kill -9` does.
    pub fn kill(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }

    /// Starts it again, where and with what it was.
    pub async fn restart(&mut self) {
        self.child = spawn(&self.storage, self.port, None);
        self.listening().await;
    }

    /// Starts it again with a clock of its own, `-1h`.
    pub async fn restart_at(&mut self, clock: &str) {
        self.child = spawn(&self.storage, self.port, Some(clock));
        self.listening().await;
    }

    /// Says how to reach a database of it.
    pub fn options(&self, db: &str) -> Options {
        options(self.port, db)
    }

    async fn listening(&self) {
        for _ in 0..600 {
            if Database::connect(self.options("none")).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server on port {} does not listen", self.port);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// The server hangs on our standard input: it goes when this process goes, however that ends.
fn spawn(storage: &str, port: u16, clock: Option<&str>) -> Child {
    let script = "\"$@\" <&- & server=$!; read -r _; kill -9 $server; wait $server";
    Command::new("sh")
        .args(["-c", script, "sh", "env"])
        .args(clock.map(shifted).unwrap_or_default())
        .arg(binary())
        .args(["start", "--no-banner", "--log", "warn", "--user", "root", "--pass", "root"])
        .args(["--bind", &format!("127.0.0.1:{port}"), storage])
        .env("SURREAL_ONLINE_VERSION_CHECK", "false")
        .env("SURREAL_WEBSOCKET_RESPONSE_CHANNEL_SIZE", "20000")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell")
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

fn options(port: u16, db: &str) -> Options {
    Options {
        ws: format!("ws://127.0.0.1:{port}"),
        ns: "test".into(),
        db: db.into(),
        user: "root".into(),
        pass: "root".into(),
    }
}

/// Says how to reach a new, empty database of the server that all tests of this binary share.
pub async fn fresh() -> Options {
    static SHARED: tokio::sync::OnceCell<Mutex<Server>> = tokio::sync::OnceCell::const_new();
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let shared = SHARED.get_or_init(|| async { Mutex::new(Server::start("memory").await) }).await;
    let options = shared.lock().unwrap().options(&format!("t{number}_{}", std::process::id()));
    let database = Database::connect(options.clone()).await.unwrap();
    let text = format!(
        "DEFINE NAMESPACE IF NOT EXISTS test; DEFINE DATABASE IF NOT EXISTS {}",
        options.db
    );
    database.query(&text, surreal::vars([])).await.unwrap();
    options
}
