//! What an engine was told, as bytes, and what an engine says to it.
//!
//! # Invariants
//! - A tape holds everything: who plays it needs neither rows nor definitions from elsewhere.

use view::engine::{Engine, Input};

use crate::print;

/// The lives of an engine, each the inputs that it was told; a restart begins the next one.
pub type Lives = Vec<Vec<Input>>;

/// Writes a tape.
pub fn write(lives: &Lives) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(lives, &mut bytes).expect("memory takes every byte");
    bytes
}

/// Plays a tape on engines of its own, and prints what they say; or why these bytes are no tape.
pub fn play(tape: &[u8]) -> Result<String, String> {
    let lives: Lives = ciborium::from_reader(tape).map_err(|error| error.to_string())?;
    let mut text = String::new();
    for (life, inputs) in lives.into_iter().enumerate() {
        text.push_str(&format!("life {life}\n"));
        let mut engine = Engine::new();
        for (number, input) in inputs.into_iter().enumerate() {
            print::answer(number, &engine.take(input), &mut text);
        }
        print::tables(&engine, &mut text);
    }
    Ok(text)
}
