//! Tells when a schema file was saved.
//!
//! Editors write a file in several steps, so a change is told when the directory has been quiet for a moment, and the
//! files' texts decide what changed: not every save does.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::failure::{Exit, Failure};
use crate::schema::{self, File};

const QUIET: Duration = Duration::from_millis(80);

/// How long a file that cannot be read may be one that is just being replaced.
const SETTLED: Duration = Duration::from_millis(300);

/// A watched schema directory.
pub struct Changes {
    directory: PathBuf,
    known: Vec<File>,
    saved: mpsc::Receiver<()>,
    /// Why the files could not be read, as it was told last.
    unreadable: Option<Failure>,
    /// Something was saved and not looked at yet: waiting may be cut off at any moment.
    unseen: bool,
    /// Dropped, nothing is told any more.
    _watcher: RecommendedWatcher,
}

impl Changes {
    /// Watches a directory whose files are known.
    pub fn watch(directory: &Path, known: Vec<File>) -> Result<Changes, Failure> {
        let (tell, saved) = mpsc::channel(1);
        let unwatched = |error: notify::Error| {
            Failure::new(Exit::Config, format!("watch schema `{}`: {error}", directory.display()))
        };
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                let reads = event.is_ok_and(|event| event.kind.is_access());
                if !reads {
                    // A full channel has told already.
                    let _ = tell.try_send(());
                }
            })
            .map_err(unwatched)?;
        watcher.watch(directory, RecursiveMode::NonRecursive).map_err(unwatched)?;
        Ok(Changes {
            directory: directory.to_path_buf(),
            known,
            saved,
            unreadable: None,
            unseen: false,
            _watcher: watcher,
        })
    }

    /// Waits for the next save and returns the files whose text is new; or, once, why they cannot be read.
    pub async fn next(&mut self) -> Result<Vec<File>, Failure> {
        loop {
            if !self.unseen && self.saved.recv().await.is_none() {
                std::future::pending::<()>().await;
            }
            self.unseen = true;
            while timeout(QUIET, self.saved.recv()).await.is_ok() {}
            let files = match schema::read(&self.directory) {
                Ok(files) => files,
                // What is being replaced is there again in a moment, and that is an event.
                Err(_) if timeout(SETTLED, self.saved.recv()).await.is_ok() => continue,
                Err(failure) => {
                    self.unseen = false;
                    if self.unreadable.as_ref() == Some(&failure) {
                        continue;
                    }
                    self.unreadable = Some(failure.clone());
                    return Err(failure);
                }
            };
            (self.unseen, self.unreadable) = (false, None);
            let changed: Vec<File> =
                files.iter().filter(|file| !self.known.contains(file)).cloned().collect();
            self.known = files;
            if !changed.is_empty() {
                return Ok(changed);
            }
        }
    }
}
