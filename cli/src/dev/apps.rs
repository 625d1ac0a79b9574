//! The apps' `dev` commands.
//!
//! # Invariants
//! - Each app is a process group of its own: stopping it stops what it started.
//! - A single app has the terminal's output for itself; of several, each line says whose it is.
//!
//! # Absent on purpose
//! No restart: an app's own tooling reloads it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use service::config::App;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::failure::{Exit, Failure};
use crate::screen::{self, DIM};

const STOP_MAX: Duration = Duration::from_secs(5);

/// The running apps.
#[derive(Default)]
pub struct Apps {
    running: JoinSet<(String, Option<ExitStatus>)>,
    groups: BTreeMap<String, Pid>,
}

/// An app that ended by itself.
pub struct Ended {
    /// Its name.
    pub name: String,
    /// How, as far as the system tells.
    pub status: Option<ExitStatus>,
}

impl Ended {
    /// Whether it says that it did what it had to.
    pub fn well(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }
}

impl Apps {
    /// Starts every app that has a `dev` command, in its project's directory.
    pub fn start(
        apps: &BTreeMap<String, App>,
        directory: &Path,
        variables: &[(&'static str, String)],
    ) -> Result<Apps, Failure> {
        let commands: Vec<(&String, &String, &App)> =
            apps.iter().filter_map(|(name, app)| Some((name, app.dev.as_ref()?, app))).collect();
        let alone = commands.len() == 1;
        let mut started = Apps::default();
        for (name, command, app) in commands {
            let mut child = shell(command, directory, alone)
                .envs(variables.iter().map(|(name, value)| (name, value)))
                .envs(&app.env)
                .spawn()
                .map_err(|error| Failure::new(Exit::Unavailable, format!("app {name}: {error}")))?;
            if let Some(pid) = child.id().and_then(|pid| i32::try_from(pid).ok()) {
                started.groups.insert(name.clone(), Pid::from_raw(pid));
            }
            pass_on(name, child.stdout.take());
            pass_on(name, child.stderr.take());
            let name = name.clone();
            started.running.spawn(async move { (name, ended(child).await) });
        }
        Ok(started)
    }

    /// Whether any app runs.
    pub fn any(&self) -> bool {
        !self.running.is_empty()
    }

    /// Waits for the next app that ends by itself; for ever if none runs.
    pub async fn next_ended(&mut self) -> Ended {
        loop {
            match self.running.join_next().await {
                Some(Ok((name, status))) => {
                    self.groups.remove(&name);
                    return Ended { name, status };
                }
                Some(Err(_aborted)) => {}
                None => std::future::pending().await,
            }
        }
    }

    /// Asks all to end, waits, and kills those that do not.
    pub async fn stop(mut self) {
        self.signal(Signal::SIGTERM);
        let all = async { while self.running.join_next().await.is_some() {} };
        if timeout(STOP_MAX, all).await.is_err() {
            self.signal(Signal::SIGKILL);
        }
    }

    fn signal(&self, signal: Signal) {
        for (name, group) in &self.groups {
            if let Err(error) = killpg(*group, signal) {
                tracing::debug!(%error, app = name, "signal an app");
            }
        }
    }
}

fn shell(command: &str, directory: &Path, alone: bool) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).stdin(Stdio::null());
    if !directory.as_os_str().is_empty() {
        shell.current_dir(directory);
    }
    shell.process_group(0).kill_on_drop(true);
    if !alone {
        shell.stdout(Stdio::piped()).stderr(Stdio::piped());
    }
    shell
}

async fn ended(mut child: Child) -> Option<ExitStatus> {
    child.wait().await.ok()
}

/// Prints an app's lines with its name before them.
fn pass_on(name: &str, lines: Option<impl AsyncRead + Unpin + Send + 'static>) {
    let Some(lines) = lines else { return };
    let name = name.to_owned();
    tokio::spawn(async move {
        let mut lines = BufReader::new(lines).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            screen::result(format_args!("{DIM}{name} │{DIM:#} {line}"));
        }
    });
}
