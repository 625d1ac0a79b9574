//! Running the binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cli::server::{Embedded, Options, PASS, Program, Storage, USER};
use surreal::Database;

/// The binary.
pub const SPKY: &str = env!("CARGO_BIN_EXE_spky");

/// What a run came to: its exit code and all that it printed, results first.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Run {
    /// The exit code and everything printed, as a transcript.
    pub fn shown(&self) -> String {
        let code = self.code.map_or_else(|| "signal".to_owned(), |code| code.to_string());
        format!("exit {code}\n{}{}", self.out, self.err)
    }
}

/// Runs the binary in a directory, without any variable of ours.
pub fn spky(directory: &Path, args: &[&str]) -> Run {
    let mut command = Command::new(SPKY);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SPKY_")) {
        command.env_remove(name);
    }
    let output = command.args(args).current_dir(directory).output().expect("spky is executed");
    let Output { status, stdout, stderr } = output;
    let text = |bytes| String::from_utf8(bytes).expect("spky prints text");
    Run { code: status.code(), out: text(stdout), err: text(stderr) }
}

/// Makes an empty directory of this name for one test.
pub fn directory(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        std::fs::remove_dir_all(&path).expect("an old directory can be removed");
    }
    std::fs::create_dir_all(&path).expect("a directory can be made");
    path
}

/// Returns a port that nobody listens on now.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    listener.local_addr().expect("a bound socket has an address").port()
}

/// Starts a server that is this binary.
pub async fn server(storage: Storage) -> Embedded {
    let options = Options { program: Program::At(SPKY.into()), storage, port: 0 };
    Embedded::start(&options).await.expect("the database starts")
}

/// Connects to a server.
pub async fn connect(server: &Embedded) -> Database {
    let options = surreal::Options {
        ws: server.ws(),
        ns: "test".to_owned(),
        db: "test".to_owned(),
        user: USER.to_owned(),
        pass: PASS.to_owned(),
    };
    Database::connect(options).await.expect("the database is connected")
}
