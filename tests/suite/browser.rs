//! The scenarios, on the engine as a browser has it: what the module says to a tape is what this engine says.
//!
//! The suite plays the tapes on the module's own code, built for this machine. `.ci/wasm` builds it for
//! wasm32-unknown-unknown and names it in [`MODULE_VARIABLE`]; then Node.js plays them on that, too.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use cli::scenario;
use cli::scenario::rig::circuit::Circuit;
use tests::sources;
use view::engine::Input;
use view::plan::{BinaryOp, Expr, Projection, Source, expr};

use super::scenarios::files;

/// Names the module, built for wasm32-unknown-unknown without the feature `surrealql`.
const MODULE_VARIABLE: &str = "SPKY_TEST_WASM";

/// What a scenario's engine was told, and what it said.
struct Played {
    name: String,
    tape: Vec<u8>,
    text: String,
    /// Whether it needs the database's own functions, which a browser does not have.
    native: bool,
}

fn played(path: &Path) -> Played {
    let script = scenario::read(path).unwrap_or_else(|error| panic!("{error}"));
    let mut rig = Circuit::new(&script).record();
    for step in script.steps() {
        rig.step(step).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let lives = rig.tape();
    let native = lives.iter().flatten().any(needs_the_database);
    let tape = browser::tape::write(&lives);
    let text = browser::tape::play(&tape).unwrap_or_else(|error| panic!("{error}"));
    Played { name: path.display().to_string(), tape, text, native }
}

/// Whether a plan calls functions, or computes what may leave the integers.
fn needs_the_database(input: &Input) -> bool {
    let (Input::Register(_, plan, _) | Input::Reinstate(_, plan, ..)) = input else {
        return false;
    };
    let mut found = false;
    let mut visit = |expr: &Expr<expr::Input>| {
        expr.walk(&mut |part| {
            found |= match part {
                Expr::Call(..) => true,
                Expr::Binary(op, ..) => op.can_fail() || *op == BinaryOp::Divide,
                _ => false,
            };
        });
    };
    if let Source::Records { ids, .. } = &plan.source {
        ids.iter().for_each(&mut visit);
    }
    match &plan.projection {
        Projection::Value(expr) => visit(expr),
        Projection::Fields { fields, .. } => fields.iter().for_each(|(_, expr)| visit(expr)),
    }
    [&plan.filter, &plan.permission, &plan.limit, &plan.start]
        .into_iter()
        .flatten()
        .for_each(&mut visit);
    plan.order.iter().for_each(|order| visit(&order.key));
    found
}

#[test]
fn a_tape_holds_everything_that_an_engine_was_told() {
    let mut said = 0;
    for path in files() {
        let script = scenario::read(&path).unwrap_or_else(|error| panic!("{error}"));
        let registers = script.registrations().count();
        let Played { tape, text, .. } = played(&path);
        let again = browser::tape::play(&tape).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(again, text, "{}: an engine says the same to the same", path.display());
        assert!(registers == 0 || text.contains("life 0"), "{}: {text}", path.display());
        said += text.lines().filter(|line| line.contains(" view ")).count();
    }
    assert!(said > 500, "the scenarios are about views, but only {said} lines name one");
}

#[test]
fn the_module_in_node_says_what_this_engine_says() {
    let Some(module) = std::env::var_os(MODULE_VARIABLE) else { return };
    let scenarios: Vec<Played> = files().iter().map(|path| played(path)).collect();
    let texts = in_node(Path::new(&module), &scenarios);
    assert_eq!(texts.len(), scenarios.len(), "one text for each tape");
    let differs = |(here, there): (&Played, &String)| {
        (!here.native && here.text != *there)
            .then(|| format!("{}\nhere\n{}\nthere\n{there}", here.name, here.text))
    };
    let differing: Vec<String> = scenarios.iter().zip(&texts).filter_map(differs).collect();
    let compared = scenarios.iter().filter(|scenario| !scenario.native).count();
    assert!(
        differing.is_empty(),
        "{} of {compared} differ:\n{}",
        differing.len(),
        differing.join("\n")
    );
    assert!(compared * 2 > scenarios.len(), "most scenarios need no function: {compared}");
    eprintln!("{compared} of {} scenarios happen in the module as here", scenarios.len());
}

/// What the module says to each tape. Tapes and texts travel with their lengths before them.
fn in_node(module: &Path, scenarios: &[Played]) -> Vec<String> {
    let mut tapes = Vec::new();
    for Played { tape, .. } in scenarios {
        tapes.extend(u32::try_from(tape.len()).expect("a scenario is short").to_le_bytes());
        tapes.extend(tape);
    }
    let mut node = Command::new("node")
        .arg(sources::root().join("tests/wasm/play.mjs"))
        .arg(module)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Node.js is there");
    let mut stdin = node.stdin.take().expect("a pipe");
    let writing = std::thread::spawn(move || stdin.write_all(&tapes));
    let ran = node.wait_with_output().expect("node runs");
    assert!(writing.join().is_ok_and(|wrote| wrote.is_ok()), "the module's program ended early");
    assert!(ran.status.success(), "play.mjs: {}", ran.status);
    let mut rest = ran.stdout.as_slice();
    let mut texts = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk() {
        let (text, after) = after.split_at(u32::from_le_bytes(*length) as usize);
        texts.push(String::from_utf8_lossy(text).into_owned());
        rest = after;
    }
    texts
}
