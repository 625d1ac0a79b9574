//! What the suite stands on: a database's server for the whole run, the workspace's sources, seeds, random queries.
//!
//! The tests themselves are in `suite/`, one binary; the scenarios in `scenarios/`.

pub mod disk;
pub mod lossless;
pub mod processor;
pub mod proxy;
pub mod random;
pub mod server;
pub mod sources;

use std::future::Future;

/// Whether the long runs are asked for: `SLOW=1`.
pub fn slow() -> bool {
    std::env::var_os("SLOW").is_some_and(|asked| asked == "1")
}

/// Runs a test that speaks to a database.
pub fn block_on<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(8 << 20)
        .enable_all()
        .build()
        .expect("a runtime needs threads");
    runtime.block_on(Box::pin(test))
}
