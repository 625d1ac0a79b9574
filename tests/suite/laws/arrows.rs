//! Which crate may know which.

use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// A crate, and the crates of the workspace that it may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("protocol", &[]),
    ("view", &["protocol"]),
    ("surreal", &["protocol", "view"]),
    ("service", &["protocol"]),
    ("embedded", &[]),
    ("relational", &["protocol", "view"]),
    ("ssp", &["protocol", "view", "surreal", "service", "relational"]),
    ("cli", &["protocol", "view", "surreal", "service", "ssp", "embedded", "relational"]),
    ("database-server", &[]),
    ("tests", &["protocol", "view", "surreal", "service", "ssp", "cli", "database-server"]),
    ("browser", &["protocol", "view"]),
    ("fuzz", &["protocol", "view"]),
    (
        "benches",
        &["protocol", "view", "surreal", "service", "ssp", "cli", "tests", "database-server"],
    ),
    ("porcelain", &["protocol", "surreal", "tests", "database-server"]),
    ("threads", &[]),
];

/// A crate from outside, and the only ones that may name it.
const DOORS: &[(&str, &[&str])] = &[
    // The example is a user's program: it speaks to the database as every application does.
    ("surrealdb", &["surreal", "threads"]),
    ("surrealdb-syn", &["view"]),
    ("surrealdb-sql", &["view"]),
    ("surrealdb-expr", &["view"]),
    ("surrealdb-runtime", &["view"]),
    ("surrealdb-server", &["embedded"]),
    ("surrealdb-core", &["embedded"]),
    ("dbsp", &["relational"]),
    ("surrealdb-rocksdb", &[]),
];

/// What a crate that does no I/O cannot need.
const IO: &[&str] = &["tokio", "axum", "reqwest", "figment", "notify", "hyper", "rand", "uuid"];

fn packages() -> Vec<Package> {
    let manifest = tests::sources::root().join("Cargo.toml");
    let metadata = MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .other_options(vec!["--offline".to_owned()])
        .exec()
        .expect("cargo metadata");
    metadata.packages
}

fn needs(package: &Package) -> BTreeSet<String> {
    let normal = package.dependencies.iter().filter(|dependency| {
        dependency.kind == DependencyKind::Normal || dependency.kind == DependencyKind::Build
    });
    normal.map(|dependency| dependency.name.clone()).collect()
}

#[test]
fn a_crate_knows_only_those_below_it() {
    let packages = packages();
    let ours: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    for package in &packages {
        let name = package.name.as_str();
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            panic!(
                "crate `{name}` has no place among the arrows: say in laws/arrows.rs what it may know"
            );
        };
        for needed in needs(package).iter().filter(|needed| ours.contains(needed.as_str())) {
            assert!(
                allowed.contains(&needed.as_str()),
                "crate `{name}` may not know `{needed}`: it knows only {allowed:?}"
            );
        }
    }
}

#[test]
fn a_crate_from_outside_has_one_door() {
    for package in packages() {
        let name = package.name.as_str();
        for (outside, doors) in DOORS {
            assert!(
                !needs(&package).contains(*outside) || doors.contains(&name),
                "crate `{name}` names `{outside}`: only {doors:?} may"
            );
        }
    }
}

#[test]
fn protocol_and_view_do_no_io() {
    for package in packages() {
        if !["protocol", "view"].contains(&package.name.as_str()) {
            continue;
        }
        for needed in needs(&package) {
            assert!(
                !IO.contains(&needed.as_str()),
                "crate `{}` does no I/O and reads no clock, so it cannot need `{needed}`",
                package.name
            );
        }
    }
}
