//! A copy of the sources, in which faults can be put without anybody else's building them.
//!
//! It has a target directory of its own. What is built there of crates from outside is copied from the outer one: they
//! take 20 minutes, and no fault concerns them. Copied, not linked: build scripts write into files that stand.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use tests::sources::root;

use super::Without;

/// The packages whose units are tried.
const UNITS: &[&str] = &["view", "surreal", "ssp"];

/// What this workspace builds.
const OURS: &[&str] = &[
    "protocol",
    "view",
    "surreal",
    "service",
    "embedded",
    "ssp",
    "relational",
    "cli",
    "database_server",
    "tests",
    "fuzz",
    "browser",
    "benches",
    "suite",
    "database",
    "processor",
    "spky",
    "threads",
    "porcelain",
    "goals",
    "plumbing",
];

/// A binary of one package's units: `--lib` would build those of all packages.
fn units(package: &str) -> String {
    format!("\n[[test]]\nname = \"units_of_{package}\"\npath = \"src/lib.rs\"\n")
}

/// The copy.
pub struct Copy {
    /// The sources.
    pub sources: PathBuf,
    /// Where they are built.
    pub target: PathBuf,
}

impl Copy {
    /// Copies every file that git knows, as it stands here.
    pub fn make(outer: &Path) -> io::Result<Copy> {
        let target = outer.join("recipes");
        let sources = target.join("sources");
        if !target.join("debug").exists() {
            take_over(&outer.join("debug"), &target.join("debug"))?;
        }
        let copy = Copy { sources, target };
        let listed = Command::new("git")
            .current_dir(root())
            .args(["ls-files", "--cached", "--others", "--exclude-standard"])
            .output()?;
        for file in String::from_utf8_lossy(&listed.stdout).lines() {
            if root().join(file).is_file() {
                copy.put(file, &fs::read(root().join(file))?)?;
            }
        }
        // Optimizing the engine takes longer than any of these tests.
        let manifest = fs::read_to_string(root().join("Cargo.toml"))?;
        copy.put("Cargo.toml", manifest.replace("opt-level = 2", "opt-level = 0").as_bytes())?;
        for package in UNITS {
            let file = format!("{package}/Cargo.toml");
            let manifest = fs::read_to_string(root().join(&file))?;
            copy.put(&file, format!("{manifest}{}", units(package)).as_bytes())?;
        }
        Ok(copy)
    }

    /// Writes a file, if it is another one.
    fn put(&self, file: &str, content: &[u8]) -> io::Result<()> {
        let path = self.sources.join(file);
        if fs::read(&path).is_ok_and(|there| there == content) {
            return Ok(());
        }
        fs::create_dir_all(path.parent().expect("a file stands in a directory"))?;
        fs::write(path, content)
    }

    /// Puts a fault in.
    pub fn break_by(&self, fault: &Without) -> io::Result<()> {
        let whole = fs::read_to_string(root().join(fault.file))?;
        assert_eq!(whole.matches(fault.with).count(), 1, "{}: {}", fault.file, fault.with);
        self.put(fault.file, whole.replacen(fault.with, fault.without, 1).as_bytes())
    }

    /// Takes it out.
    pub fn mend(&self, fault: &Without) -> io::Result<()> {
        self.put(fault.file, &fs::read(root().join(fault.file))?)
    }
}

/// Copies what was built of crates from outside.
fn take_over(from: &Path, to: &Path) -> io::Result<()> {
    for directory in [".fingerprint", "build", "deps"] {
        if from.join(directory).is_dir() {
            copy_all(&from.join(directory), &to.join(directory), &is_from_outside)?;
        }
    }
    Ok(())
}

fn copy_all(from: &Path, to: &Path, wanted: &dyn Fn(&str) -> bool) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        if !wanted(&entry.file_name().to_string_lossy()) {
            continue;
        }
        if path.is_dir() {
            copy_all(&path, &copied, &|_| true)?;
        } else {
            fs::copy(&path, &copied)?;
            // By the times cargo knows what is older than what it was made from.
            let times = fs::FileTimes::new().set_modified(entry.metadata()?.modified()?);
            fs::File::options().append(true).open(&copied)?.set_times(times)?;
        }
    }
    Ok(())
}

/// Whether a file, `libname-0123.rlib` or `name-0123`, is not of this workspace.
fn is_from_outside(file: &str) -> bool {
    let stem = file.strip_prefix("lib").unwrap_or(file);
    !OURS.iter().any(|name| stem.strip_prefix(name).is_some_and(|rest| rest.starts_with('-')))
}
