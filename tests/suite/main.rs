//! The suite: one binary, because linking the database's crates once is the budget.

mod browser;
mod javascript;
mod ladder;
mod laws;
mod leaks;
mod lossless;
mod recipes;
mod replay;
mod scenarios;

/// A file that no `mod` names would be a test that nobody runs.
#[test]
fn no_file_of_the_suite_is_forgotten() {
    let sources = tests::sources::rust_files();
    let suite: Vec<_> = sources.iter().filter(|file| file.is_in("tests/suite")).collect();
    for file in suite.iter().filter(|file| !["main", "mod"].contains(&file.stem())) {
        let name = format!("mod {};", file.stem());
        let parent = file.path.parent().expect("a file stands in a directory");
        let named = suite.iter().any(|other| {
            let holds = matches!(other.stem(), "main" | "mod")
                && other.path.parent() == Some(parent)
                || other.path.with_extension("") == parent;
            holds && other.text.lines().any(|line| line.trim_start_matches("pub ") == name)
        });
        assert!(named, "{} is no module of the suite: write `{name}`", file.path.display());
    }
}
