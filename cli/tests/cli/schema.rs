//! A schema's files, applied to a real database.

use cli::schema::{self, File};
use cli::server::Storage;
use expect_test::{Expect, expect};

use crate::support::{connect, server};

async fn check(text: &str, expected: Expect) {
    let server = server(Storage::Memory).await;
    let database = connect(&server).await;
    let file = File { path: "schema/10-task.surql".into(), text: text.to_owned() };
    let applied = schema::apply(&database, &[file]).await.expect("the database answers");
    let mut shown = format!("{} applied\n", applied.statements);
    for mistake in applied.mistakes {
        shown.push_str(&format!("{mistake}\n"));
        if let Some(hint) = mistake.hint {
            shown.push_str(&format!("hint: {hint}\n"));
        }
    }
    expected.assert_eq(&shown);
    drop(database);
    server.stop().await;
}

#[tokio::test]
async fn a_statement_that_is_refused_is_named_by_its_line_and_stops_no_other() {
    check(
        "-- tasks\nDEFINE TABLE task;\nDEFINE TABLE task;\nDEFINE FIELD n ON task TYPE int;\n",
        expect![[r#"
            2 applied
            schema/10-task.surql:3: The table 'task' already exists
            hint: `DEFINE TABLE OVERWRITE task …` can be applied again and again
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_mistake_in_the_grammar_is_shown_where_it_stands_in_the_file() {
    check(
        "DEFINE TABLE task;\n\n-- what it is called\nDEFINE FIELD title ON task\n    TIPE string;\n",
        expect![[r#"
            1 applied
            schema/10-task.surql:5: Parse error: Unexpected token `an identifier`, expected Eof
               --> [5:5]
                |
              5 | TIPE string
                | ^^^^
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_transaction_is_applied_whole_or_not_at_all() {
    check(
        "BEGIN;\nCREATE task:1;\nTHROW 'no';\nCOMMIT;\nCREATE task:2;",
        expect![[r#"
            1 applied
            schema/10-task.surql:1: An error occurred: no
        "#]],
    )
    .await;
}
