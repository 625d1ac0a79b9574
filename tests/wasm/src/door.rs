//! The module's exported names.
//!
//! `room(n)` makes room for a tape of `n` bytes and returns where; `play()` plays what was put there; `text()` returns where
//! the printed text begins, `length()` how long it is. A panic leaves its message as the text.

#![expect(
    unsafe_code,
    reason = "an exported name; nothing here touches memory that is not its own"
)]

use std::sync::{Mutex, PoisonError};

static TAPE: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static TEXT: Mutex<String> = Mutex::new(String::new());

#[unsafe(no_mangle)]
extern "C" fn room(length: usize) -> *const u8 {
    let mut tape = TAPE.lock().unwrap_or_else(PoisonError::into_inner);
    *tape = vec![0; length];
    tape.as_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn play() {
    std::panic::set_hook(Box::new(|panic| tell(format!("panic: {panic}\n"))));
    let tape = std::mem::take(&mut *TAPE.lock().unwrap_or_else(PoisonError::into_inner));
    tell(crate::tape::play(&tape).unwrap_or_else(|error| format!("no tape: {error}\n")));
}

#[unsafe(no_mangle)]
extern "C" fn text() -> *const u8 {
    TEXT.lock().unwrap_or_else(PoisonError::into_inner).as_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn length() -> usize {
    TEXT.lock().unwrap_or_else(PoisonError::into_inner).len()
}

fn tell(text: String) {
    *TEXT.lock().unwrap_or_else(PoisonError::into_inner) = text;
}
