//! A query's text, and behind a NUL the select permission of its table → plan → explanation.

use view::catalog::Principal;
use view::explain::explain;
use view::lower;
use view::shape::lift;

use crate::world::{SEPARATOR, catalog, check};

/// Takes one input.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (query, permission) = text.split_once(SEPARATOR).unwrap_or((text, "owner = $auth"));
    let catalog = catalog(permission);
    for principal in [Principal::System, Principal::User { table: "user" }] {
        match lower::plan(query, &catalog, principal) {
            Ok(plan) => {
                let again = lower::plan(query, &catalog, principal);
                // A literal NaN is not itself; everything else is planned in one way.
                assert_eq!(format!("{again:?}"), format!("{:?}", Ok::<_, ()>(&plan)), "{query}");
                let explanation = explain(&plan);
                assert!(!explanation.to_string().is_empty());
                serde_json::to_vec(&explanation).expect("an explanation is JSON");
                assert_eq!(lift(&plan).shape, lift(&plan).shape, "{query}");
            }
            Err(problem) => check(&problem, query),
        }
    }
}
