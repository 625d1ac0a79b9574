//! `spky doctor`: what it finds, each made on purpose.

use std::fs;

use cli::server::{Embedded, Storage};
use expect_test::{Expect, expect};
use surreal::vars;

use crate::support::{Run, connect, directory, free_port, server, spky};

/// Prints the findings without where the database is.
fn shown(run: &Run) -> String {
    let line = |line: &str| {
        line.split(' ')
            .map(|word| if word.contains("127.0.0.1:") { "…" } else { word })
            .collect::<Vec<_>>()
            .join(" ")
    };
    let code = run.code.unwrap_or(-1);
    let lines: Vec<String> = run.out.lines().map(line).collect();
    format!("exit {code}\n{}\n", lines.join("\n"))
}

/// A database with these definitions, examined.
async fn check(server: &Embedded, db: &str, definitions: &str, yml: &str, expected: Expect) {
    let database = connect(server).await;
    let made = format!(
        "DEFINE NAMESPACE IF NOT EXISTS test; USE NS test; \
         DEFINE DATABASE IF NOT EXISTS {db}; USE DB {db}; {definitions}"
    );
    database.query(&made, vars([])).await.expect("it is defined");
    let here = directory(&format!("doctor-{db}"));
    let yml = format!("surrealdb: {{ database: {db} }}\nssp: {{ auth_secret: s }}\n{yml}");
    fs::write(here.join("sp00ky.yml"), yml).expect("a file can be written");
    let nobody = format!("127.0.0.1:{}", free_port());
    let run = spky(&here, &["doctor", "--db-url", &server.http(), "--ssp", &nobody]);
    let shown = shown(&run);
    // What is always said stands in one test.
    let usual = ["LIVE_QUEUE_UNKNOWN", "SURREAL_WEBSOCKET", "SSP_SILENT", "start one: `ssp`"];
    let own = shown.lines().filter(|line| !usual.iter().any(|word| line.contains(word)));
    expected.assert_eq(&own.map(|line| format!("{line}\n")).collect::<String>());
}

#[tokio::test]
async fn tables_and_accesses_are_judged() {
    let server = server(Storage::Memory).await;
    check(
        &server,
        "tables",
        "DEFINE TABLE user PERMISSIONS FULL;
         DEFINE TABLE closed; DEFINE TABLE ⟨closed too⟩;
         DEFINE TABLE total PERMISSIONS FULL; DEFINE FIELD twice ON total COMPUTED n * 2;
         DEFINE TABLE view AS SELECT count() FROM user GROUP ALL;
         DEFINE TABLE odd PERMISSIONS FOR select WHERE rand::bool();
         DEFINE FUNCTION fn::sign_up() { RETURN NONE };
         DEFINE ACCESS account ON DATABASE TYPE RECORD SIGNUP (CREATE user);
         DEFINE ACCESS other ON DATABASE TYPE RECORD SIGNUP (fn::sign_up());
         DEFINE ACCESS sums ON DATABASE TYPE RECORD SIGNUP (CREATE total);",
        "capture: { exclude: [usr] }\n",
        expect![[r#"
            exit 0
            warning  NO_PERMISSIONS  table `closed` permits users no select: their views are empty
                     → `ALTER TABLE closed PERMISSIONS FOR select WHERE …`, unless only the system reads it
            warning  NO_PERMISSIONS  table `closed too` permits users no select: their views are empty
                     → `ALTER TABLE `closed too` PERMISSIONS FOR select WHERE …`, unless only the system reads it
            warning  PERMISSION_REFUSED  table `odd`: its select permission ``rand`::bool()` cannot be evaluated here, so that users' queries over it are refused: the select permission of table `odd`, ``rand`::bool()`: `rand::bool` answers by chance
                     → say it with the row's stored fields, `$auth` and `$access`
            warning  NOT_CAPTURED  table `total` is not captured, because it has COMPUTED fields (twice): queries over it are refused
                     → `capture: { computed: [total] }` captures it; the database then evaluates these fields with every write, and a write on which one fails is refused
            note     TABLE_VIEW  table `view` is a view of the database's: it has no changes
                     → register its SELECT instead; a query over it is refused
            warning  UNKNOWN_TABLE  capture.exclude names `usr`, which is not there, did you mean `user`?
            note     USER_TABLE_UNKNOWN  access `other` does not say in which table it makes users
                     → nothing need be done: a user's edge table is then made at his first registration
            warning  NOT_CAPTURED  users of access `sums` are records of `total`, which is not captured: what reads `$auth.…` is refused
                     → let `total` be captured, or compare with `$auth` alone

            would be added to the database
            tables    _00_query, _00_mark, _00_writer, _00_capture, _00_list_ref  version 1
            functions fn::query::register, fn::query::heartbeat, fn::query::unsubscribe, fn::query::state, fn::query::table  version 1
            feeds     of closed, closed too, odd, user
            events    _00_sign_up on user  at sign-ups
        "#]],
    )
    .await;
    check(
        &server,
        "conflicts",
        "DEFINE TABLE _00_mark; DEFINE TABLE _00_theirs; DEFINE TABLE a PERMISSIONS FULL;
         DEFINE TABLE _00_writer COMMENT 'sp00ky 99';
         DEFINE FUNCTION fn::query::state($id: any) { RETURN 1 };
         DEFINE EVENT _00_sign_up ON a THEN {};",
        "capture: { retention: 5m }\n",
        expect![[r#"
            exit 1
            warning  RETENTION_SHORT  capture.retention is 300 s: an SSP that is away longer, or loads for longer, has to load every table again
                     → keep the feed for at least an hour, better for days: 3d is the default
            error    META_CONFLICT  `_00_mark` exists and is not sp00ky's
                     → rename it: names that begin with `_00_`, and `fn::query::…`, are sp00ky's
            error    META_CONFLICT  `fn::query::state` exists and is not sp00ky's
                     → rename it: names that begin with `_00_`, and `fn::query::…`, are sp00ky's
            error    META_CONFLICT  `_00_writer` is of version 99, and this is version 1
                     → run the later version of sp00ky
            error    META_CONFLICT  event `_00_sign_up` on `a` exists and is not sp00ky's
                     → rename it
            warning  FOREIGN_NAME  table `_00_theirs` is not sp00ky's, and not captured for its name
                     → rename it
            note     NO_RECORD_ACCESS  there is no record access: nobody but the system can register a view
                     → DEFINE ACCESS … ON DATABASE TYPE RECORD lets users sign in

            would be added to the database
            tables    _00_query, _00_capture, _00_list_ref  version 1
            functions fn::query::register, fn::query::heartbeat, fn::query::unsubscribe, fn::query::table  version 1
            feeds     of a
        "#]],
    )
    .await;
    server.stop().await;
}

#[tokio::test]
async fn who_may_not_come_in_or_define_is_told_so() {
    let server = server(Storage::Memory).await;
    let database = connect(&server).await;
    let made = "DEFINE NAMESPACE IF NOT EXISTS test; DEFINE DATABASE OVERWRITE test CHANGEFEED 1h;";
    database.query(made, vars([])).await.expect("a database is made");
    let user = "DEFINE USER looks ON DATABASE PASSWORD 'looks' ROLES VIEWER";
    database.query(user, vars([])).await.expect("a user is made");
    let here = directory("doctor-people");
    let (url, nobody) = (server.http(), format!("127.0.0.1:{}", free_port()));
    let examine = |args: &[&str]| {
        let site = ["doctor", "--ssp", nobody.as_str()];
        shown(&spky(&here, &[&site, args].concat()))
    };
    expect![[r#"
        exit 0
        note     NO_PROJECT_FILE  there is no sp00ky.yml here: every setting has its default
                 → copy sp00ky.yml.example, or name one with --config
        warning  DATABASE_FEED  the database itself has a CHANGEFEED: every edge that we write goes into it too
                 → give the feed to the tables instead; ours need none of the database's
        note     LIVE_QUEUE_UNKNOWN  how many notifications a client may fall behind cannot be asked from here
                 → start the server with SURREAL_WEBSOCKET_RESPONSE_CHANNEL_SIZE=20000: with its default of 100 a burst closes a client's connection
        note     NO_RECORD_ACCESS  there is no record access: nobody but the system can register a view
                 → DEFINE ACCESS … ON DATABASE TYPE RECORD lets users sign in
        note     SSP_SILENT  no SSP answers at …
                 → start one: `ssp`, or `spky dev --db URL` on this machine
        note     SECRET_MISSING  no secret is set: an SSP on 0.0.0.0:8667 answers its own machine only
                 → set SPKY_AUTH_SECRET where the SSP and its callers run

        would be added to the database
        tables    _00_query, _00_mark, _00_writer, _00_capture, _00_list_ref  version 1
        functions fn::query::register, fn::query::heartbeat, fn::query::unsubscribe, fn::query::state, fn::query::table  version 1
    "#]].assert_eq(&examine(&["--db-url", &url]));
    expect![[r#"
        exit 1
        note     NO_PROJECT_FILE  there is no sp00ky.yml here: every setting has its default
                 → copy sp00ky.yml.example, or name one with --config
        error    ROLE_TOO_LOW  `looks` may not define tables: IAM error: Not enough permissions to perform this action
                 → give it the role EDITOR or OWNER: DEFINE USER … ROLES EDITOR
        note     LIVE_QUEUE_UNKNOWN  how many notifications a client may fall behind cannot be asked from here
                 → start the server with SURREAL_WEBSOCKET_RESPONSE_CHANNEL_SIZE=20000: with its default of 100 a burst closes a client's connection
        note     NO_RECORD_ACCESS  there is no record access: nobody but the system can register a view
                 → DEFINE ACCESS … ON DATABASE TYPE RECORD lets users sign in
        note     SSP_SILENT  no SSP answers at …
                 → start one: `ssp`, or `spky dev --db URL` on this machine
        note     SECRET_MISSING  no secret is set: an SSP on 0.0.0.0:8667 answers its own machine only
                 → set SPKY_AUTH_SECRET where the SSP and its callers run

        would be added to the database
        tables    _00_query, _00_mark, _00_writer, _00_capture, _00_list_ref  version 1
        functions fn::query::register, fn::query::heartbeat, fn::query::unsubscribe, fn::query::state, fn::query::table  version 1
    "#]].assert_eq(&examine(&["--db-url", &url, "--user", "looks", "--pass", "looks"]));
    expect![[r#"
        exit 69
        note     NO_PROJECT_FILE  there is no sp00ky.yml here: every setting has its default
                 → copy sp00ky.yml.example, or name one with --config
        error    SIGN_IN_REFUSED  … does not let `root` in: sign in as `root`: There was a problem with authentication
                 → set SPKY_DB_USER and SPKY_DB_PASS to a system user of the root, the namespace or the database
        note     SSP_SILENT  no SSP answers at …
                 → start one: `ssp`, or `spky dev --db URL` on this machine
        note     SECRET_MISSING  no secret is set: an SSP on 0.0.0.0:8667 answers its own machine only
                 → set SPKY_AUTH_SECRET where the SSP and its callers run
    "#]].assert_eq(&examine(&["--db-url", &url, "--pass", "wrong"]));
    expect![[r#"
        exit 69
        note     NO_PROJECT_FILE  there is no sp00ky.yml here: every setting has its default
                 → copy sp00ky.yml.example, or name one with --config
        error    DATABASE_MISSING  … has no namespace `nowhere`
                 → SPKY_DB_NS and SPKY_DB_NAME name them (or sp00ky.yml, --ns, --db); DEFINE DATABASE makes one
        note     SSP_SILENT  no SSP answers at …
                 → start one: `ssp`, or `spky dev --db URL` on this machine
        note     SECRET_MISSING  no secret is set: an SSP on 0.0.0.0:8667 answers its own machine only
                 → set SPKY_AUTH_SECRET where the SSP and its callers run
    "#]].assert_eq(&examine(&["--db-url", &url, "--ns", "nowhere"]));
    expect![[r#"
        exit 69
        note     NO_PROJECT_FILE  there is no sp00ky.yml here: every setting has its default
                 → copy sp00ky.yml.example, or name one with --config
        error    DATABASE_UNREACHABLE  … database unreachable: WebSocket error: IO error: Connection refused (os error 111)
                 → see whether it runs, and set SPKY_DB_URL or --db-url to where it listens
        note     SSP_SILENT  no SSP answers at …
                 → start one: `ssp`, or `spky dev --db URL` on this machine
        note     SECRET_MISSING  no secret is set: an SSP on 0.0.0.0:8667 answers its own machine only
                 → set SPKY_AUTH_SECRET where the SSP and its callers run
    "#]].assert_eq(&examine(&["--db-url", &format!("http://{nobody}")]));
    server.stop().await;
}

#[test]
fn a_project_is_judged_without_a_database() {
    let here = directory("doctor-project");
    fs::create_dir(here.join("schema")).expect("a directory can be made");
    let schema = "DEFINE TABLE OVERWRITE a PERMISSIONS FULL;\nDEFINE FELD n ON a;\n\
        DEFINE TABLE b PERMISSIONS FULL;\nDEFINE TABLE OVERWRITE c;\n";
    fs::write(here.join("schema/10.surql"), schema).expect("a file can be written");
    let nobody = format!("127.0.0.1:{}", free_port());
    let url = format!("http://{nobody}");
    let args = ["doctor", "--db-url", &url, "--ssp", &nobody];
    expect![[r#"
        exit 64
        note     NO_PROJECT_FILE  there is no sp00ky.yml here: every setting has its default
                 → copy sp00ky.yml.example, or name one with --config
        error    SCHEMA_REFUSED  schema/10.surql:2: Parse error: Unexpected token `an identifier`, expected a define statement keyword
        warning  SCHEMA_NOT_REPEATABLE  applied again: schema/10.surql:3: The table 'b' already exists
                 → `DEFINE TABLE OVERWRITE b …` can be applied again and again
        error    DATABASE_UNREACHABLE  … database unreachable: WebSocket error: IO error: Connection refused (os error 111)
                 → see whether it runs, and set SPKY_DB_URL or --db-url to where it listens
        warning  NO_PERMISSIONS  table `c` permits users no select: their views are empty
                 → `ALTER TABLE c PERMISSIONS FOR select WHERE …`, unless only the system reads it
        note     NO_RECORD_ACCESS  there is no record access: nobody but the system can register a view
                 → DEFINE ACCESS … ON DATABASE TYPE RECORD lets users sign in
        note     SSP_SILENT  no SSP answers at …
                 → start one: `ssp`, or `spky dev --db URL` on this machine
        note     SECRET_MISSING  no secret is set: an SSP on 0.0.0.0:8667 answers its own machine only
                 → set SPKY_AUTH_SECRET where the SSP and its callers run
    "#]].assert_eq(&shown(&spky(&here, &args)));
    fs::write(here.join("sp00ky.yml"), "shcema: schema\nlogLevel: loud\n").expect("it is written");
    expect![[r#"
        exit 64
        error    CONFIG_INVALID  the configuration has 2 errors
          sp00ky.yml: no setting `shcema`, did you mean `schema`?
          sp00ky.yml: logLevel: loud: not a level (`info`) or directives (`info,surreal=debug`)
    "#]]
    .assert_eq(&shown(&spky(&here, &args)));
}
