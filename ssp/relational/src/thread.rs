//! The thread on which every circuit lives.
//!
//! A circuit's traces need the threads of a runtime, and its handle cannot leave its own. So circuits have numbers here,
//! and whoever steps one waits for the answer.
//!
//! # Invariants
//! - A circuit that is given back is used again if it is empty; so that of shapes that come and go nothing is left: what
//!   a circuit leaves in its runtime when it is dropped, some 6 KiB, is only freed with the runtime.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use dbsp::Runtime;
use dbsp::circuit::CircuitConfig;
use view::group::{Fed, Touched};
use view::plan::{Grouping, Slot};

use crate::circuit::Circuit;

/// Records of a trace's youngest batches that are merged at once: every seventh transaction merges, and what one row
/// brings along must not merge thousands.
const LEVEL0_RECORDS_MAX: u16 = 64;

/// Empty circuits that are kept to be used again.
const IDLE_MAX: usize = 64;

/// A circuit's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Number(u64);

enum Order {
    Build { grouping: Arc<Grouping<Slot>>, reply: Sender<Number> },
    Step { number: Number, fed: Vec<Fed>, reply: Sender<Vec<Touched>> },
    Discard { number: Number },
}

#[derive(Debug)]
pub(crate) struct Thread {
    /// Taken when it ends.
    orders: Option<Sender<Order>>,
    host: Option<JoinHandle<()>>,
}

impl Thread {
    pub(crate) fn start() -> Result<Thread, String> {
        let (orders, taken) = unbounded();
        let (says, started) = bounded(1);
        // A runtime has another inside, which must not end where something asynchronous runs: so a thread of its own
        // begins it and sees its end.
        let host = std::thread::Builder::new().name("relational".to_owned());
        let host = host.spawn(move || host_of(taken, &says)).map_err(|error| error.to_string())?;
        match started.recv() {
            Ok(Ok(())) => Ok(Thread { orders: Some(orders), host: Some(host) }),
            Ok(Err(words)) => Err(words),
            Err(_) => Err("the thread of the relational circuits panicked".to_owned()),
        }
    }

    pub(crate) fn build(&self, grouping: Arc<Grouping<Slot>>) -> Number {
        self.ask(|reply| Order::Build { grouping, reply })
    }

    pub(crate) fn step(&self, number: Number, fed: Vec<Fed>) -> Vec<Touched> {
        self.ask(|reply| Order::Step { number, fed, reply })
    }

    pub(crate) fn discard(&self, number: Number) {
        if let Some(orders) = &self.orders {
            // If the thread is gone, so is the circuit.
            let _ = orders.send(Order::Discard { number });
        }
    }

    /// Waits for an answer. Panics if the thread has: whoever runs the engine begins anew then.
    fn ask<T>(&self, order: impl FnOnce(Sender<T>) -> Order) -> T {
        let (reply, answer) = bounded(1);
        let orders = self.orders.as_ref().expect("it is taken when the thread ends");
        let sent = orders.send(order(reply)).is_ok();
        let answer = if sent { answer.recv().ok() } else { None };
        answer.expect("the thread of the relational circuits panicked")
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(host) = self.host.take()
            && host.join().is_err()
        {
            tracing::error!("the thread of the relational circuits panicked");
        }
    }
}

/// Runs the runtime until nobody can give orders.
fn host_of(orders: Receiver<Order>, says: &Sender<Result<(), String>>) {
    let mut config = CircuitConfig::with_workers(1);
    config.dev_tweaks.max_level0_batch_size_records = Some(LEVEL0_RECORDS_MAX);
    config.dev_tweaks.merger_threads = Some(1);
    let runtime = Runtime::run(config, move |_| serve(&orders));
    // Who started it waits for this word.
    let _ = says.send(runtime.as_ref().map(|_| ()).map_err(ToString::to_string));
    if let Ok(runtime) = runtime {
        runtime.join().expect("a circuit panicked");
    }
}

/// Takes orders until nobody can give any.
fn serve(orders: &Receiver<Order>) {
    let mut circuits: HashMap<Number, Circuit> = HashMap::new();
    let mut idle: Vec<Circuit> = Vec::new();
    let mut built = 0;
    for order in orders {
        match order {
            Order::Build { grouping, reply } => {
                let circuit = match idle.pop() {
                    Some(mut circuit) => {
                        circuit.reuse(grouping);
                        circuit
                    }
                    None => Circuit::build(grouping).expect("the circuit is of one fixed form"),
                };
                built += 1;
                circuits.insert(Number(built), circuit);
                // Who asked may have gone.
                let _ = reply.send(Number(built));
            }
            Order::Step { number, fed, reply } => {
                let circuit = circuits.get_mut(&number).expect("it is discarded by its handle");
                let touched = circuit.step(fed).expect("nothing in a circuit fails");
                let _ = reply.send(touched);
            }
            Order::Discard { number } => {
                let circuit = circuits.remove(&number);
                idle.extend(circuit.filter(|it| it.is_empty() && idle.len() < IDLE_MAX));
            }
        }
    }
}
