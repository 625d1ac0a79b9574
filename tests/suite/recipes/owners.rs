//! Without the recipes of who owns a row: M10.

use super::{DATABASE, Without};

const NONE: &str = "M10: an owner that is NONE";

const NO_RECORD: &str = "meta::who_has_no_record_gets_nothing";
const OURS: &str = "meta::a_client_cannot_write_what_is_ours_to_say";

pub const FAULTS: &[Without] = &[
    Without {
        history: NONE,
        lacks: "`auth_id != NONE` of registrations",
        file: "surreal/src/meta/tables.surql",
        with: "FOR select, update, delete WHERE auth_id != NONE AND auth_id = $auth.id",
        without: "FOR select, update, delete WHERE auth_id = $auth.id",
        target: DATABASE,
        test: NO_RECORD,
    },
    Without {
        history: NONE,
        lacks: "`auth_id != NONE` of edges",
        file: "surreal/src/meta/tables.surql",
        with: "PERMISSIONS FOR select WHERE auth_id != NONE AND auth_id = $auth.id;",
        without: "PERMISSIONS FOR select WHERE auth_id = $auth.id;",
        target: DATABASE,
        test: NO_RECORD,
    },
    Without {
        history: NONE,
        lacks: "the owner that is named once",
        file: "surreal/src/meta/tables.surql",
        with: "{ $before ?? $value } ELSE { $before ?? $auth }",
        without: "{ $value } ELSE { $value ?? $auth }",
        target: DATABASE,
        test: OURS,
    },
    Without {
        history: NONE,
        lacks: "the state that only the system says",
        file: "surreal/src/meta/tables.surql",
        with: "ELSE { $before ?? 'materializing' }",
        without: "ELSE { $value ?? 'materializing' }",
        target: DATABASE,
        test: OURS,
    },
];
