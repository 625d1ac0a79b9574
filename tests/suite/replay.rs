//! The fuzzer's targets, beside everything else: what was kept, what they begin with, and some of what is drawn of both.
//!
//! `SPKY_FUZZ=TARGET:INPUTS:SEED..` draws so many inputs of each seed from there on, of one target or of `all`, until it
//! is stopped; `SEED..END` ends. An input that breaks something is kept in `fuzz/regressions`; one that takes the
//! process along was the last that is found in `spky-fuzz-last`, in the directory of temporary files.

use std::ops::Range;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::time::Instant;

use fuzz::draw::Draw;
use fuzz::replay::{TARGETS, Target};
use fuzz::seeds;
use tests::sources::{files, root};

/// Inputs that every run of the suite draws for each target, but for the slow ones.
const INPUTS: usize = 3_000;

/// An input of `answer` is played on two engines, change by change.
const SLOW_INPUTS: usize = 300;

#[test]
fn what_was_kept_breaks_nothing() {
    for target in &TARGETS {
        let kept = target.kept(&root().join("fuzz")).expect("the kept inputs can be read");
        assert!(!kept.is_empty(), "nothing is kept of {}", target.name);
        for (path, bytes) in kept {
            assert!(holds(target, &bytes), "{} breaks {}", path.display(), target.name);
        }
    }
}

#[test]
fn what_the_fuzzer_begins_with_breaks_nothing() {
    for target in &TARGETS {
        let begin = beginnings(target);
        assert!(begin.len() > 50, "{} begins with {} inputs", target.name, begin.len());
        for input in begin {
            let shown = String::from_utf8_lossy(&input).into_owned();
            assert!(holds(target, &input), "breaks {}: {shown}", target.name);
        }
    }
}

#[test]
fn what_is_drawn_breaks_nothing() {
    match std::env::var("SPKY_FUZZ") {
        Ok(asked) => draw_as_asked(&asked),
        Err(_) => {
            for target in &TARGETS {
                let inputs = if target.name == "answer" { SLOW_INPUTS } else { INPUTS };
                let broken = draw(target, inputs, 1, None);
                assert!(broken.is_empty(), "{} breaks at {broken:?}", target.name);
            }
        }
    }
}

fn draw_as_asked(asked: &str) {
    let Some((named, inputs, seeds)) = parse(asked) else {
        panic!("SPKY_FUZZ={asked}: not of the form TARGET:INPUTS:SEED..");
    };
    let targets: Vec<&Target> =
        TARGETS.iter().filter(|target| named == "all" || target.name == named).collect();
    assert!(!targets.is_empty(), "no target is called {named}");
    let last = std::env::temp_dir().join("spky-fuzz-last");
    let (began, mut done, mut broken) = (Instant::now(), 0, Vec::new());
    for seed in seeds {
        for target in &targets {
            broken.extend(draw(target, inputs, seed, Some(&last)));
            done += inputs;
        }
        let seconds = began.elapsed().as_secs();
        eprintln!("seed {seed}: {done} inputs in {seconds} s, {} broke something", broken.len());
    }
    assert!(broken.is_empty(), "kept: {broken:?}");
}

fn parse(asked: &str) -> Option<(&str, usize, Range<u64>)> {
    let (target, rest) = asked.split_once(':')?;
    let (inputs, seeds) = rest.split_once(':')?;
    let (from, to) = seeds.split_once("..")?;
    let to = if to.is_empty() { u64::MAX } else { to.parse().ok()? };
    Some((target, inputs.parse().ok()?, from.parse().ok()?..to))
}

/// Draws inputs and returns the files in which those were kept that broke something.
fn draw(target: &Target, inputs: usize, seed: u64, last: Option<&Path>) -> Vec<PathBuf> {
    let mut known = beginnings(target);
    let kept = target.kept(&root().join("fuzz")).expect("the kept inputs can be read");
    known.extend(kept.into_iter().map(|(_, bytes)| bytes));
    let mut draw = Draw::new(seed, known);
    let mut broken = Vec::new();
    for no in 0..inputs {
        let input = draw.input();
        if let Some(last) = last {
            std::fs::write(last, &input).expect("a temporary file can be written");
        }
        if !holds(target, &input) {
            broken.push(keep(target, seed, no, &input));
        }
    }
    broken
}

fn keep(target: &Target, seed: u64, no: usize, input: &[u8]) -> PathBuf {
    let directory = root().join("fuzz/regressions").join(target.name);
    std::fs::create_dir_all(&directory).expect("a directory of the workspace");
    let path = directory.join(format!("{seed}-{no}"));
    std::fs::write(&path, input).expect("a file of the workspace");
    path
}

fn holds(target: &Target, input: &[u8]) -> bool {
    catch_unwind(|| (target.run)(input)).is_ok()
}

/// The scenarios and the documents, taken apart.
fn beginnings(target: &Target) -> Vec<Vec<u8>> {
    let texts = files(&[".view", ".md"]);
    let inputs = texts.iter().flat_map(|file| seeds::of(target.name, &file.text));
    inputs.collect()
}
