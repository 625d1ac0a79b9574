//! Every target by its name, and what was kept for it.

use std::path::{Path, PathBuf};

/// A target.
pub struct Target {
    /// Its name, and that of its folders in `corpus` and `regressions`.
    pub name: &'static str,
    /// Takes one input; what must hold is asserted.
    pub run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: [Target; 6] = [
    Target { name: "query", run: crate::query::run },
    Target { name: "answer", run: crate::answer::run },
    Target { name: "scenario", run: crate::scenario::run },
    Target { name: "values", run: crate::values::run },
    Target { name: "wire", run: crate::wire::run },
    Target { name: "cbor", run: crate::cbor::run },
];

impl Target {
    /// Reads what is kept for it below a directory: `corpus` and `regressions`, in the order of their names.
    pub fn kept(&self, fuzz: &Path) -> std::io::Result<Vec<(PathBuf, Vec<u8>)>> {
        let mut kept = Vec::new();
        for of in ["corpus", "regressions"] {
            let directory = fuzz.join(of).join(self.name);
            if !directory.is_dir() {
                continue;
            }
            for entry in std::fs::read_dir(directory)? {
                let path = entry?.path();
                let bytes = std::fs::read(&path)?;
                kept.push((path, bytes));
            }
        }
        kept.sort();
        Ok(kept)
    }
}
