//! A directory for a database, on a disk that can be full.
//!
//! The disk is a small file system in memory, where mounting one is allowed; elsewhere the server's process is forbidden
//! to write to files (`RLIMIT_FSIZE`), which fails its writes in the same places.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use database_server::Running;

const SMALL: &str = "size=256m";
const BALLAST: &str = "ballast";

/// A directory that is gone when this is dropped.
pub struct Disk {
    directory: PathBuf,
    mounted: bool,
}

impl Disk {
    /// A directory of its own, with all the room there is.
    pub fn new() -> Disk {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("spky-disk-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&directory).expect("a directory");
        Disk { directory, mounted: false }
    }

    /// A small one, if it can be mounted.
    pub fn small() -> Disk {
        let mut disk = Disk::new();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", SMALL, "spky"])
            .arg(&disk.directory)
            .output();
        disk.mounted = mount.is_ok_and(|mount| mount.status.success());
        disk
    }

    /// What a server is started on.
    pub fn storage(&self) -> String {
        format!("surrealkv://{}/database", self.directory.display())
    }

    /// Leaves no room.
    pub fn fill(&self, database: &Running) {
        if !self.mounted {
            return limit(database, "0:unlimited");
        }
        let mut ballast = std::fs::File::create(self.directory.join(BALLAST)).expect("a file");
        for size in [1 << 20, 1 << 12, 1] {
            let piece = vec![0; size];
            while ballast.write_all(&piece).is_ok() {}
        }
    }

    /// There is room again.
    pub fn clear(&self, database: &Running) {
        if self.mounted {
            std::fs::remove_file(self.directory.join(BALLAST)).expect("it was filled");
        } else {
            limit(database, "unlimited:unlimited");
        }
    }
}

impl Default for Disk {
    fn default() -> Disk {
        Disk::new()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted {
            // Lazily: a server that is being killed may still have files open.
            let _ = Command::new("umount").arg("-l").arg(&self.directory).output();
        }
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn limit(database: &Running, bytes: &str) {
    let limited = Command::new("prlimit")
        .args(["--pid", &database.id().to_string(), &format!("--fsize={bytes}")])
        .output()
        .expect("prlimit is there");
    let said = String::from_utf8_lossy(&limited.stderr);
    assert!(limited.status.success(), "{said}");
}
