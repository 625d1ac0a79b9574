//! Exit codes, and what is said when something is wrong.

use crate::support::{directory, free_port, spky};

#[test]
fn wrong_arguments_are_2() {
    let here = directory("usage");
    for args in [
        &["wach"][..],
        &["explain"],
        &["watch", "SELECT * FROM t", "--param", "n"],
        &["watch", "SELECT * FROM t", "--as", "ann"],
        &["scenario", "--rig", "nobody", "x.view"],
    ] {
        let run = spky(&here, args);
        assert_eq!(run.code, Some(2), "{args:?}\n{}", run.shown());
    }
    assert!(spky(&here, &["wach"]).err.contains("watch"), "it says what may be meant");
}

#[test]
fn a_wrong_configuration_is_64_and_says_everything_at_once() {
    let here = directory("config");
    let file = "shcema: schema\nlogLevel: loud\n";
    std::fs::write(here.join("sp00ky.yml"), file).expect("a file can be written");
    let run = spky(&here, &["dev"]);
    assert_eq!(run.code, Some(64), "{}", run.shown());
    for said in ["2 errors", "`shcema`, did you mean `schema`?", "logLevel: loud"] {
        assert!(run.err.contains(said), "{said} is not in\n{}", run.err);
    }
}

#[test]
fn what_does_not_listen_is_69_and_says_what_does() {
    let here = directory("nobody");
    let nobody = format!("127.0.0.1:{}", free_port());
    let run = spky(&here, &["watch", "SELECT * FROM t", "--ssp", &nobody]);
    assert_eq!(run.code, Some(69), "{}", run.shown());
    assert!(run.err.contains("spky dev"), "{}", run.err);
    let url = format!("http://{nobody}");
    let run = spky(&here, &["explain", "SELECT * FROM t", "--db-url", &url]);
    assert_eq!(run.code, Some(69), "{}", run.shown());
    assert!(run.err.contains("--schema"), "{}", run.err);
}

#[test]
fn a_taken_port_is_69_and_says_which_flag_helps() {
    let here = directory("taken");
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port().to_string();
    let (other, free) = (free_port().to_string(), port.as_str());
    let run = spky(&here, &["dev", "--port", free, "--ssp-port", &other]);
    assert_eq!(run.code, Some(69), "{}", run.shown());
    assert!(run.err.contains(&port) && run.err.contains("--port"), "{}", run.err);
}
