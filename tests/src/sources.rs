//! The workspace's own files, for tests that read them.

use std::path::PathBuf;

/// A text file of the workspace.
pub struct SourceFile {
    /// From the workspace's root.
    pub path: PathBuf,
    /// What it holds.
    pub text: String,
}

impl SourceFile {
    /// Whether it stands below a directory.
    pub fn is_in(&self, directory: &str) -> bool {
        self.path.starts_with(directory)
    }

    /// The file's name without its ending.
    pub fn stem(&self) -> &str {
        self.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default()
    }

    /// Whether it holds tests only.
    pub fn is_test(&self) -> bool {
        self.is_in("tests")
            || self.stem() == "tests"
            || self.path.components().any(|part| part.as_os_str() == "tests")
    }

    /// The text up to its block of tests.
    pub fn code(&self) -> &str {
        self.text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or(&self.text)
    }
}

/// The workspace's root: of the clone that is tested, which need not be the one that was built, because clones share
/// their builds.
pub fn root() -> PathBuf {
    let here = std::env::current_dir().expect("a process is somewhere");
    let root = here.ancestors().find(|directory| directory.join("Cargo.lock").exists());
    root.expect("tests run inside of the workspace").to_owned()
}

/// Every file with one of these endings, in the order of their paths.
pub fn files(endings: &[&str]) -> Vec<SourceFile> {
    let root = root();
    let mut found = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).expect("a directory of the workspace").flatten()
        {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let hidden = name.starts_with('.') && name != ".ci";
            if hidden || name == "target" || name == "node_modules" {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else if endings.iter().any(|ending| name.ends_with(ending))
                && let Ok(text) = std::fs::read_to_string(&path)
            {
                let path = path.strip_prefix(&root).expect("below the root").to_owned();
                found.push(SourceFile { path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Every Rust file.
pub fn rust_files() -> Vec<SourceFile> {
    files(&[".rs"])
}
