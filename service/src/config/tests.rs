use std::path::PathBuf;

use super::kind::{CaptureMode, Millis, RefMode};
use super::{Errors, Origin, Settings, Sources, load};

/// Loads a file's text (in a folder of its own) under variables and flags.
fn read(
    file: &str,
    variables: &[(&str, &str)],
    flags: &[(&str, &str)],
) -> Result<Settings, Errors> {
    let name = format!("{:?}-sp00ky.yml", std::thread::current().id());
    let path: PathBuf = std::env::temp_dir().join(name.replace(['(', ')'], ""));
    std::fs::write(&path, file).expect("a temporary file can be written");
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let flag = |(path, value): &(&str, &str)| {
        ((*path).to_owned(), (*value).to_owned(), format!("--set {path}"))
    };
    load(&Sources {
        file: Some(path),
        without_file: false,
        variables: variables.iter().map(owned).collect(),
        flags: flags.iter().map(flag).collect(),
    })
}

#[test]
fn the_higher_layer_wins_and_is_named() {
    let file = "refMode: single\nssp: { query_update_throttle_ms: 7, bootstrap_page_size: 9 }\n";
    let variables = [("SPKY_SSP_QUERY_UPDATE_THROTTLE_MS", "8"), ("SPKY_AUTH_SECRET", "")];
    let settings = read(file, &variables, &[("ssp.bootstrap_page_size", "10")]).expect("valid");
    assert_eq!(settings.project.ref_mode, RefMode::Single);
    assert_eq!(settings.ssp.query_update_throttle_ms, Millis(8));
    assert_eq!(settings.ssp.bootstrap_page_size.0, 10);
    assert!(settings.ssp.auth_secret.is_none(), "an empty variable is not set");
    let origin = |path: &str| {
        settings.in_force.iter().find(|set| set.path == path).map(|set| set.origin.clone())
    };
    let variable = Origin::Variable("SPKY_SSP_QUERY_UPDATE_THROTTLE_MS".into());
    assert_eq!(origin("ssp.query_update_throttle_ms"), Some(variable));
    assert_eq!(
        origin("ssp.bootstrap_page_size"),
        Some(Origin::Flag("--set ssp.bootstrap_page_size".into()))
    );
    assert_eq!(origin("capture.mode"), Some(Origin::Default));
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let file =
        "refmode: single\ncapture: { overlap_ms: soon, retention: 3 }\napps: { web: { dve: x } }\n";
    let variables = [
        ("SPKY_SSP_QUERY_UPDATE_THROTTLE_MS", "abc"),
        ("SPKY_DB_URL", "http://a:8000"),
        ("SPKY_DB_WS", "ws://b:8000/rpc"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector"),
    ];
    let errors = read(file, &variables, &[]).expect_err("everything is wrong");
    let all = errors.to_string();
    for said in [
        "7 errors",
        "no setting `refmode`, did you mean `refMode`?",
        "capture.overlap_ms: soon: not a number of milliseconds",
        "capture.retention: 3: not a length of time",
        "apps.web: ",
        "SPKY_SSP_QUERY_UPDATE_THROTTLE_MS=abc: not a number of milliseconds",
        "SPKY_DB_WS=ws://b:8000/rpc and SPKY_DB_URL=http://a:8000 are different servers",
        "OTEL_EXPORTER_OTLP_ENDPOINT=collector: not the URL of a collector",
    ] {
        assert!(all.contains(said), "{said}\n\nis not in\n\n{all}");
    }
}

#[test]
fn a_section_that_is_given_a_value_is_said_to_be_one() {
    let errors = read("surrealdb: [1]\n", &[], &[("capture", "x")]).expect_err("two are wrong");
    let all = errors.to_string();
    assert!(all.contains("`surrealdb` is a section of settings, such as `surrealdb."), "{all}");
    assert!(all.contains("--set capture: `capture` is a section of settings"), "{all}");
}

#[test]
fn the_documented_environments_are_read() {
    let development = [
        ("SPKY_DB_URL", "http://localhost:8666"),
        ("SPKY_SSP_LISTEN_ADDR", "0.0.0.0:8667"),
        ("SPKY_SSP_REF_MODE", "dedicated"),
    ];
    let settings = read("", &development, &[]).expect("valid");
    assert_eq!(settings.database_ws, "ws://localhost:8666/rpc");
    let production = [
        ("SPKY_DB_WS", "ws://surrealdb:8000/rpc"),
        ("SPKY_SCHEDULER_URL", "http://scheduler:9667"),
        ("SPKY_SSP_ID", "ssp-01"),
        ("SPKY_SSP_ADVERTISE_ADDR", "10.100.1.30:8667"),
        ("SPKY_SSP_REF_MODE", "dedicated"),
        ("SPKY_SNAPSHOT_UPDATE_INTERVAL_SECS", "10"),
    ];
    let settings = read("", &production, &[]).expect("valid");
    assert_eq!(settings.database_ws, "ws://surrealdb:8000/rpc");
    assert!(settings.warnings.is_empty(), "{:?}", settings.warnings);
    let settings = read("", &[], &[]).expect("nothing need be set");
    assert_eq!(settings.database_ws, "ws://127.0.0.1:8000/rpc");
}

#[test]
fn a_nearly_right_variable_is_a_warning() {
    let settings = read("", &[("SPKY_SSP_LISTEN_ADR", "x")], &[]).expect("valid");
    assert_eq!(
        settings.warnings,
        ["no process reads SPKY_SSP_LISTEN_ADR, did you mean SPKY_SSP_LISTEN_ADDR?"]
    );
    // `spky` reads it.
    let settings = read("", &[("SPKY_SSP_ADDR", "127.0.0.1:8667")], &[]).expect("valid");
    assert!(settings.warnings.is_empty(), "{:?}", settings.warnings);
}

#[test]
fn the_example_is_the_defaults() {
    // Tests run in the directory of their package.
    let text =
        std::fs::read_to_string("../sp00ky.yml.example").expect("the example stands at the root");
    let given = read(&text, &[], &[]).expect("the example is valid");
    let defaults = read("", &[], &[]).expect("nothing need be set");
    for (given, default) in given.in_force.iter().zip(&defaults.in_force) {
        assert_eq!((given.path, &given.value), (default.path, &default.value));
        let name = given.path.rsplit('.').next().unwrap_or_default();
        assert!(text.contains(&format!("{name}:")), "the example does not show `{}`", given.path);
    }
    assert_eq!(given.capture.mode, CaptureMode::Changefeed);
}

#[test]
fn every_setting_is_documented_with_its_default() {
    let text = std::fs::read_to_string("../docs/configuration.md").expect("the document exists");
    for key in super::keys() {
        let variable = key.variable.map(|name| format!("`{name}`")).unwrap_or_default();
        let default =
            if key.default.is_empty() { String::new() } else { format!("`{}`", key.default) };
        let row = format!("| `{}` | {variable} | {default} |{} |", key.path, key.about);
        assert!(text.contains(&row), "docs/configuration.md lacks the row\n{row}");
    }
}
