//! The child's side: becoming the database.

use std::process::exit;
use std::time::Duration;
use std::{env, io, thread};

use nix::sys::signal::{Signal, raise};

use super::{EXEC_SURREAL, EXEC_VARIABLE};

/// How long the database may take to end by itself once its parent is gone.
const PATIENCE: Duration = Duration::from_secs(2);

/// Becomes the database if this process was executed to be it; never returns then.
///
/// To be called first in `main`, before a thread is started.
pub fn run_if_asked() {
    if env::var(EXEC_VARIABLE).is_ok_and(|asked| asked == EXEC_SURREAL) {
        end_with_parent();
        exit(i32::from(embedded::run() != std::process::ExitCode::SUCCESS));
    }
}

/// Ends this process when its standard input closes, which it does when the parent is gone, however it went.
fn end_with_parent() {
    thread::spawn(|| {
        let closed = io::copy(&mut io::stdin().lock(), &mut io::sink());
        drop(closed);
        // Twice: the second signal does not wait for the connections that are still open.
        for _ in 0..2 {
            if raise(Signal::SIGTERM).is_err() {
                exit(1);
            }
            thread::sleep(PATIENCE);
        }
        exit(1);
    });
}
