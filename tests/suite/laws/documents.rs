//! What the documents must keep to: they are checked like code.

use tests::sources::{files, root};

const TEXTS: &[&str] = &[
    ".rs", ".md", ".toml", ".yml", ".example", ".view", ".surql", ".sh", ".js", ".json",
    "Makefile", "run",
];

#[test]
fn every_code_says_what_happened_and_what_to_do() {
    let path = root().join("docs/errors.md");
    let text = std::fs::read_to_string(&path).expect("docs/errors.md");
    let told = |code: &protocol::Code| text.lines().any(|line| line == format!("### {code}"));
    let missing: Vec<_> =
        protocol::Code::ALL.iter().filter(|code| !told(code)).map(|code| code.as_str()).collect();
    assert!(
        missing.is_empty(),
        "docs/errors.md does not say what happened, what to do: {missing:?}"
    );
}

#[test]
fn nothing_depends_on_one_machine() {
    let elsewhere = ["/root/", "/home/", "/work/", "/Users/"];
    let mut broken = Vec::new();
    for file in files(TEXTS) {
        if file.path.ends_with("laws/documents.rs") || file.path.ends_with("Cargo.lock") {
            continue;
        }
        for (at, line) in file.text.lines().enumerate() {
            for path in elsewhere {
                let absolute = line.match_indices(path).any(|(from, _)| {
                    !line[..from]
                        .ends_with(|letter: char| letter.is_alphanumeric() || letter == '.')
                });
                if absolute {
                    broken.push(format!("{}:{}: {line}", file.path.display(), at + 1));
                }
            }
        }
    }
    assert!(broken.is_empty(), "paths of one machine:\n{}", broken.join("\n"));
}
