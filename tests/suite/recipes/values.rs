//! Without the recipes of equality and of rows that fail: M7.

use super::{PROCESSOR, VIEW, Without};

const EQUAL: &str = "M7: `n = 1` finds 1.0 and 1dec";
const FAILS: &str = "M7: a function fails on one row";
const RESTART: &str = "M7: a restart in the middle of a failure";

const KEYS: &str = "value::tests::equal_values_have_equal_keys";
const STANDS: &str =
    "engine::tests::histories::a_failed_view_stands_but_lets_go_of_what_is_deleted_or_forbidden";
const PASSES: &str =
    "engine::tests::histories::a_row_fails_a_view_when_all_that_cannot_fail_lets_it_pass";

pub const FAULTS: &[Without] = &[
    Without {
        history: EQUAL,
        lacks: "a number's key by its integer part: by its bytes",
        file: "view/src/value/key.rs",
        with: "Value::Number(number) => write_number(number, out),",
        without: "Value::Number(_) => super::write_bytes(value, out),",
        target: VIEW,
        test: KEYS,
    },
    Without {
        history: EQUAL,
        lacks: "the comparing of what a number's key has found",
        file: "view/src/value/key.rs",
        with: "Value::Number(_) | Value::Geometry(_) | Value::Range(_) | Value::Regex(_) => false,",
        without: "Value::Number(_) => true,
            Value::Geometry(_) | Value::Range(_) | Value::Regex(_) => false,",
        target: VIEW,
        test: KEYS,
    },
    Without {
        history: EQUAL,
        lacks: "the residual for a regex",
        file: "view/src/value/key.rs",
        with: "Value::Geometry(_) | Value::Range(_) | Value::Regex(_) => return None,",
        without: "Value::Regex(_) => super::write_bytes(value, out),
        Value::Geometry(_) | Value::Range(_) => return None,",
        target: VIEW,
        test: KEYS,
    },
    Without {
        history: FAILS,
        lacks: "the failure: what raises does not hold",
        file: "view/src/family/mod.rs",
        with: "Err(fault) => return Verdict::Fails(fault),",
        without: "Err(_) => return Verdict::Out,",
        target: VIEW,
        test: STANDS,
    },
    Without {
        history: FAILS,
        lacks: "the failure of a permission: what raises does not permit",
        file: "view/src/family/mod.rs",
        with: "return Verdict::Fails(Fault { of_permission: true, ..fault });",
        without: "let _ = fault; return Verdict::Out;",
        target: VIEW,
        test: "engine::tests::histories::a_permission_that_raises_fails_the_view_and_the_row_is_not_told",
    },
    Without {
        history: FAILS,
        lacks: "the order: permission and what cannot fail come first",
        file: "view/src/family/mod.rs",
        with: "        // A permission, then what cannot fail: only a row that is not out by either can make the query fail.",
        without: "        if let Some(Err(fault)) = self.fallible.iter().map(holds).find(Result::is_err) {
            return Verdict::Fails(fault);
        }",
        target: VIEW,
        test: PASSES,
    },
    Without {
        history: FAILS,
        lacks: "the order: what cannot fail comes where it is written",
        file: "view/src/family/mod.rs",
        with: "if conjunct.can_fail() { &mut fallible } else { &mut certain }",
        without: "if conjunct.can_fail() || true { &mut fallible } else { &mut certain }",
        target: VIEW,
        test: PASSES,
    },
    Without {
        history: FAILS,
        lacks: "the leaving of what may no longer be selected",
        file: "view/src/window/trouble.rs",
        with: "stored.is_some_and(|stored| self.family.permits(stored.content(), &self.args))",
        without: "stored.is_some()",
        target: VIEW,
        test: STANDS,
    },
    Without {
        history: FAILS,
        lacks: "the leaving of what is deleted",
        file: "view/src/window/trouble.rs",
        with: "stored.is_some_and(|stored| self.family.permits(stored.content(), &self.args))",
        without: "stored.is_none_or(|stored| self.family.permits(stored.content(), &self.args))",
        target: VIEW,
        test: STANDS,
    },
    Without {
        history: FAILS,
        lacks: "the answer that stands",
        file: "view/src/window/settle.rs",
        with: "self.stand(scene, before);",
        without: "let _ = before;",
        target: VIEW,
        test: STANDS,
    },
    Without {
        history: FAILS,
        lacks: "the mending",
        file: "view/src/window/trouble.rs",
        with: "trouble.failing.note(row, None);",
        without: "let _ = (row, trouble);",
        target: VIEW,
        test: STANDS,
    },
    Without {
        history: RESTART,
        lacks: "the edges as the answer that stood",
        file: "ssp/src/core/hydration.rs",
        with: "self.note_unread(no);",
        without: "",
        target: PROCESSOR,
        test: "restarts::an_answer_that_stood_while_the_view_was_failed_stands_after_a_restart",
    },
];
