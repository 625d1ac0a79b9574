//! One database's server for the whole suite; each test takes a database of its own on it.

use std::net::SocketAddr;
use std::sync::OnceLock;

use cli::scenario::Server;
use database_server::{ROOT, Running};

/// The suite's own server, started by the first test that needs it.
pub fn shared() -> &'static Server {
    static SHARED: OnceLock<(Running, Server)> = OnceLock::new();
    let (_, server) = SHARED.get_or_init(|| {
        let running = Running::start("memory");
        let server = server_at(running.address());
        (running, server)
    });
    server
}

/// A server at an address, or whatever stands before it, for whoever connects.
pub fn server_at(address: SocketAddr) -> Server {
    Server { ws: format!("ws://{address}/rpc"), user: ROOT.to_owned(), pass: ROOT.to_owned() }
}
