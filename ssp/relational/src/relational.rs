//! What an engine is given: it builds circuits, and hands each to the thread that they live on.

use std::sync::Arc;

use view::group::{Circuit, Circuits, Fed, Touched};
use view::plan::{Grouping, Slot};

use crate::thread::{Number, Thread};

/// Builds circuits, on a thread of its own: it is started with the first of them, and ends with the last handle.
#[derive(Debug, Default)]
pub struct Relational {
    thread: Option<Arc<Thread>>,
}

#[derive(Debug)]
struct Handle {
    thread: Arc<Thread>,
    number: Number,
}

impl Circuits for Relational {
    fn build(&mut self, grouping: &Arc<Grouping<Slot>>) -> Result<Box<dyn Circuit>, String> {
        let thread = match &self.thread {
            Some(thread) => thread.clone(),
            None => self.thread.insert(Arc::new(Thread::start()?)).clone(),
        };
        let number = thread.build(grouping.clone());
        Ok(Box::new(Handle { thread, number }))
    }
}

impl Circuit for Handle {
    fn step(&mut self, fed: Vec<Fed>) -> Vec<Touched> {
        self.thread.step(self.number, fed)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.thread.discard(self.number);
    }
}
