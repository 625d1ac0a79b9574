//! Without the recipes of whose a view is: M10.

use super::{DATABASE, PROCESSOR, SSP, SURREAL, VIEW, Without};

const SAME_ID: &str = "M10: two users with one id";
const OLD_TEXT: &str = "M10: the old text's `ready`";
const NEW_ANN: &str = "M10: the new Ann";

const ALIKE: &str = "meta::ann_and_bob_can_have_the_same_id";
const LANDS: &str = "meta::what_is_said_of_an_old_text_does_not_land_on_the_new_one";

pub const FAULTS: &[Without] = &[
    Without {
        history: SAME_ID,
        lacks: "the second form of an id",
        file: "surreal/src/meta/register.surql",
        with: "IF array::is_empty($made) {",
        without: "IF false {",
        target: DATABASE,
        test: ALIKE,
    },
    Without {
        history: SAME_ID,
        lacks: "the look whether the first form is free",
        file: "surreal/src/meta/register.surql",
        with: "LET $free = array::is_empty(SELECT VALUE id FROM $plain);",
        without: "LET $free = true;",
        target: DATABASE,
        test: "meta::with_the_secret_a_view_is_registered_for_a_user_or_the_system",
    },
    Without {
        history: SAME_ID,
        lacks: "the second form's belonging to the user that it names",
        file: "surreal/src/meta/tables.surql",
        with: "AND type::is_string(record::id(id)[0]) AND record::id(id)[1] = $auth.id))",
        without: "AND type::is_string(record::id(id)[0])))",
        target: DATABASE,
        test: ALIKE,
    },
    Without {
        history: SAME_ID,
        lacks: "the user in a view's key",
        file: "surreal/src/query_row/mod.rs",
        with: "view: ViewKey { auth, id },",
        without: "view: ViewKey { auth: auth.filter(|_| false), id },",
        target: PROCESSOR,
        test: "people::two_users_with_one_id_have_two_views",
    },
    Without {
        history: SAME_ID,
        lacks: "the quotes that tell user:`12` from user:12",
        file: "surreal/src/names.rs",
        with: "let literal = literal(user);",
        without: "let literal = literal(user).replace('`', \"\");",
        target: SURREAL,
        test: "names::tests::a_name_is_the_literal_its_digits_or_its_hash",
    },
    Without {
        history: SAME_ID,
        lacks: "a view's clients: the first to leave ends it",
        file: "surreal/src/meta/functions.surql",
        with: "IF array::is_empty($left) { DELETE $row.id }",
        without: "IF true { DELETE $row.id }",
        target: DATABASE,
        test: "meta::a_view_lives_as_long_as_its_last_client",
    },
    Without {
        history: OLD_TEXT,
        lacks: "the condition of what is said",
        file: "surreal/src/query_row/mod.rs",
        with: "WHERE surql = $surql AND (params ?? {}) = $params AND registeredAt = $at RETURN VALUE id",
        without: "RETURN VALUE id",
        target: DATABASE,
        test: LANDS,
    },
    Without {
        history: OLD_TEXT,
        lacks: "the moment that tells A from the A after B",
        file: "surreal/src/query_row/mod.rs",
        with: "AND (params ?? {}) = $params AND registeredAt = $at RETURN VALUE id",
        without: "AND (params ?? {}) = $params RETURN VALUE id",
        target: DATABASE,
        test: LANDS,
    },
    Without {
        history: OLD_TEXT,
        lacks: "the row's deletion and creation when the text is another one",
        file: "surreal/src/meta/register.surql",
        with: "        DELETE $row.id;\n        CREATE $row.id SET",
        without: "        UPDATE $row.id SET",
        target: DATABASE,
        test: "meta::another_text_or_parameter_begins_anew_and_keeps_the_clients",
    },
    Without {
        history: OLD_TEXT,
        lacks: "a view's not being ready while its new answer is on its way",
        file: "ssp/src/core/registrations.rs",
        with: "view.begin_again(self.outstanding.last());",
        without: "",
        target: SSP,
        test: "core::tests::another_text_replaces_the_answer_by_its_difference",
    },
    Without {
        history: NEW_ANN,
        lacks: "the sign-up's end of what the dead one registered",
        file: "surreal/src/meta/sign_up.surql",
        with: "DELETE _00_query WHERE auth_id = $after.id;",
        without: "",
        target: DATABASE,
        test: "meta::a_sign_up_makes_the_plain_table_and_ends_what_the_dead_one_registered",
    },
    Without {
        history: NEW_ANN,
        lacks: "a deletion's effect though the record is back",
        file: "ssp/src/core/users.rs",
        with: "if change.after.is_none() {",
        without: "let back = |it: &Change| it.record == *user && it.after.is_some();
            if change.after.is_none() && !changes.iter().any(back) {",
        target: SSP,
        test: "core::tests::a_deletion_ends_the_views_that_are_older_though_the_user_is_back",
    },
    Without {
        history: NEW_ANN,
        lacks: "the comparing of deletion and registration",
        file: "ssp/src/core/users.rs",
        with: "is_some_and(|view| view.born < change.id)",
        without: "is_some()",
        target: SSP,
        test: "core::tests::a_deletion_that_is_older_than_a_registration_leaves_it_alone",
    },
    Without {
        history: NEW_ANN,
        lacks: "the engine's look at deletions inside a commit",
        file: "view/src/engine/commit.rs",
        with: "self.end_views_of(deleted, &mut step);",
        without: "drop(deleted);",
        target: VIEW,
        test: "engine::tests::histories::the_views_of_a_user_who_is_back_in_the_same_commit_end",
    },
];
