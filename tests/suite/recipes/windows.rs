//! Without the recipes of keys and windows: M8, M9.

use super::{VIEW, Without};

const ARMS: &str = "M8: a row in two arms of a disjunction";
const THOUSAND: &str = "M8: a change among a thousand views";
const TOP: &str = "M9: the top row of a window is deleted";

const MEMBERS: &str =
    "engine::tests::reach::of_a_thousand_members_a_change_concerns_those_it_names";
const OWNERS: &str = "engine::tests::reach::of_a_thousand_owners_a_private_row_concerns_its_own";
const LISTS: &str =
    "engine::tests::reach::of_a_thousand_lists_a_change_concerns_those_it_stands_in";
const NEXT: &str = "engine::tests::histories::the_next_row_slides_into_the_window";
const WALKS: &str =
    "engine::tests::histories::a_refill_walks_a_bounded_number_of_entries_at_a_time";

pub const FAULTS: &[Without] = &[
    Without {
        history: ARMS,
        lacks: "the counting of a row once",
        file: "view/src/router/mod.rs",
        with: "first.new |= next.new;",
        without: "",
        target: VIEW,
        test: "engine::tests::histories::a_row_of_two_arms_counts_once_and_stays_while_one_holds",
    },
    Without {
        history: THOUSAND,
        lacks: "the key of CONTAINS: it is evaluated on every row",
        file: "view/src/family/normal.rs",
        with: "(BinaryOp::Inside, false) | (BinaryOp::Contains, true) => (Part::Elements, false),",
        without: "(BinaryOp::Inside, false) => (Part::Elements, false),",
        target: VIEW,
        test: MEMBERS,
    },
    Without {
        history: THOUSAND,
        lacks: "the key of `$p IN column`",
        file: "view/src/family/normal.rs",
        with: "(BinaryOp::Inside, false) | (BinaryOp::Contains, true) => (Part::Elements, false),",
        without: "(BinaryOp::Contains, true) => (Part::Elements, false),",
        target: VIEW,
        test: MEMBERS,
    },
    Without {
        history: THOUSAND,
        lacks: "the arms of a disjunction",
        file: "view/src/family/normal.rs",
        with: "if divisible { disjuncts(part).unwrap_or_else(whole) } else { whole() }",
        without: "if divisible && disjuncts(part).is_none() { whole() } else { whole() }",
        target: VIEW,
        test: OWNERS,
    },
    Without {
        history: THOUSAND,
        lacks: "the key of a column that has to be true",
        file: "view/src/family/normal.rs",
        with: "Expr::Field(path) => return Some(truth(path, true, fallible)),",
        without: "",
        target: VIEW,
        test: OWNERS,
    },
    Without {
        history: THOUSAND,
        lacks: "the deciding of an arm of parameters when a view registers",
        file: "view/src/family/access.rs",
        with: "arm.conditions.iter().all(|slot| value::truthy(of(*slot)));",
        without: "arm.conditions.iter().all(|slot| value::truthy(of(*slot)) || true);",
        target: VIEW,
        test: OWNERS,
    },
    Without {
        history: THOUSAND,
        lacks: "the key of `column IN $p`",
        file: "view/src/family/normal.rs",
        with: "(BinaryOp::Inside, true) => (Part::Whole, true),",
        without: "",
        target: VIEW,
        test: LISTS,
    },
    Without {
        history: THOUSAND,
        lacks: "the key of CONTAINSANY",
        file: "view/src/family/normal.rs",
        with: "(BinaryOp::ContainsAny | BinaryOp::AnyInside, _) => (Part::Elements, true),",
        without: "",
        target: VIEW,
        test: LISTS,
    },
    Without {
        history: THOUSAND,
        lacks: "the looking at texts for every key",
        file: "view/src/index/columns.rs",
        with: "                _ => None,\n            },",
        without: "                _ => Some(Vec::new()),\n            },",
        target: VIEW,
        test: "engine::tests::histories::a_row_that_no_key_finds_makes_a_window_keep_its_own_matches",
    },
    Without {
        history: TOP,
        lacks: "what the slice moves onto",
        file: "view/src/window/positions.rs",
        with: "enter(set.forward(at, usize::from(there)).max(first), behind, &|_| true);",
        without: "let _ = there;",
        target: VIEW,
        test: NEXT,
    },
    Without {
        history: TOP,
        lacks: "the two places in an index: a window keeps its own matches",
        file: "view/src/engine/open.rs",
        with: "None if exact && family.shareable && !window.has_loose(router)",
        without: "None if false && exact && family.shareable && !window.has_loose(router)",
        target: VIEW,
        test: NEXT,
    },
    Without {
        history: TOP,
        lacks: "the refill's bound",
        file: "view/src/window/kept.rs",
        with: "*budget -= 1;",
        without: "*budget = (*budget).max(1);",
        target: VIEW,
        test: WALKS,
    },
    Without {
        history: TOP,
        lacks: "the refill",
        file: "view/src/window/kept.rs",
        with: "!all && self.kept.len() < self.slice.reach()",
        without: "!all && self.kept.len() < self.slice.reach() && false",
        target: VIEW,
        test: WALKS,
    },
    Without {
        history: TOP,
        lacks: "the keeping of twice as many",
        file: "view/src/window/kept.rs",
        with: "self.slice.reach().saturating_mul(2)",
        without: "self.slice.reach()",
        target: VIEW,
        test: "engine::tests::reach::what_is_kept_twice_is_not_looked_for_when_one_goes",
    },
    Without {
        history: TOP,
        lacks: "an index's going with its last window",
        file: "view/src/router/mod.rs",
        with: "if index.is_unused() {",
        without: "if false && index.is_unused() {",
        target: VIEW,
        test: "engine::tests::histories::a_table_has_at_most_so_many_indexes",
    },
];
