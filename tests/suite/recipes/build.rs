//! Building and running one binary of tests in the copy.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cargo_metadata::Message;

use super::Target;
use super::copy::Copy;

/// Longer than any of the tests waits for anything.
const TEST_MAX: Duration = Duration::from_secs(180);

/// What came of running tests.
pub struct Ran {
    /// Whether they ended well.
    pub passed: bool,
    /// How many were run, if they ended.
    pub count: usize,
    /// What they said.
    pub said: String,
}

/// Builds a binary of tests; the compiler's words where that fails.
pub fn build(copy: &Copy, target: Target) -> Result<PathBuf, String> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Of the whole workspace, always: features are then resolved in one way.
    cargo.args(["test", "--workspace", "--no-run", "--quiet", "--offline"]);
    cargo.arg("--message-format=json-diagnostic-rendered-ansi");
    let name = match target {
        Target::Units(package) => format!("units_of_{package}"),
        Target::Named(_, name) => name.to_owned(),
    };
    cargo.args(["--test", &name]);
    // What cargo tells of the suite's own package would have crates built again whose scripts look at it.
    let of_this_run =
        |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|its| name.starts_with(its));
    for (name, _) in std::env::vars_os().filter(|(name, _)| of_this_run(&name.to_string_lossy())) {
        cargo.env_remove(name);
    }
    cargo.current_dir(&copy.sources).env("CARGO_TARGET_DIR", &copy.target);
    let output = cargo.stderr(Stdio::piped()).output().map_err(|error| error.to_string())?;
    let (mut said, mut built) = (String::new(), None);
    for message in Message::parse_stream(&output.stdout[..]).flatten() {
        match message {
            Message::CompilerMessage(message) => {
                said += message.message.rendered.as_deref().unwrap_or_default();
            }
            Message::CompilerArtifact(made) if made.profile.test && made.target.name == name => {
                built = built.or(made.executable);
            }
            _ => {}
        }
    }
    said += &String::from_utf8_lossy(&output.stderr);
    match built.filter(|_| output.status.success()) {
        Some(binary) => Ok(binary.into_std_path_buf()),
        None => Err(said),
    }
}

/// Runs tests by their exact names. One that does not end has not passed.
pub fn run(copy: &Copy, target: Target, binary: &Path, tests: &[&str], server: &Path) -> Ran {
    let shell = Command::new(binary)
        .args(tests)
        .args(["--exact", "--test-threads=2"])
        .current_dir(copy.sources.join(target.package()))
        .env(database_server::BINARY_VARIABLE, server)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = shell.expect("what was built can be run");
    let said = [read(child.stdout.take()), read(child.stderr.take())];
    let passed = ends_well(&mut child);
    let said: String =
        said.into_iter().map(|reader| reader.join().expect("a reader ends")).collect();
    let count = tests.iter().filter(|test| said.contains(&format!("test {test} ... "))).count();
    Ran { passed, count, said }
}

fn read(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut said = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut said);
        }
        String::from_utf8_lossy(&said).into_owned()
    })
}

fn ends_well(child: &mut Child) -> bool {
    let began = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if began.elapsed() < TEST_MAX => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}
