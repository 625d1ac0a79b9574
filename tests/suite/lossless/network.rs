//! What lies between the processor and the database misbehaves: connections are cut, delayed, or stand half-open.
//!
//! The writers do not pass there: what they wait for, they wait for the database.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand::Rng;
use tests::lossless::{Errors, World};
use tests::processor::Processor;
use tests::proxy::{Proxy, Weather};
use tests::server::{self, server_at};

const CUTS: usize = 5;
/// Pieces of one direction pass one behind the other: each waits so long.
const DELAY: Duration = Duration::from_millis(150);
/// Writes for each part of a fault.
const PART: usize = 150;
/// Until one has noticed that nobody answers, and has connected anew.
const NOTICED_MAX: Duration = Duration::from_secs(60);

#[test]
fn nothing_is_lost_when_the_connection_is_cut() {
    tests::block_on(async {
        let (mut world, processor, proxy) = begin(11).await;
        for _ in 0..CUTS {
            let more = world.chance.random_range(1..PART);
            world.crowd.write(more).await;
            let taken = proxy.taken();
            proxy.cut();
            // It may be cut while it connects, too.
            if world.chance.random_bool(0.5) {
                until(&proxy, taken + 1).await;
                proxy.cut();
            }
        }
        proxy.set(Weather::Closed);
        world.crowd.write(PART).await;
        let taken = proxy.taken();
        proxy.set(Weather::Fair);
        until(&proxy, taken + 1).await;
        end(world, processor).await;
    });
}

#[test]
fn nothing_is_lost_when_the_connection_is_slow() {
    tests::block_on(async {
        let (mut world, processor, proxy) = begin(12).await;
        proxy.set(Weather::Slow(DELAY));
        world.crowd.write(4 * PART).await;
        end(world, processor).await;
    });
}

#[test]
fn nothing_is_lost_when_connections_are_half_open() {
    tests::block_on(async {
        let (mut world, processor, proxy) = begin(13).await;
        world.crowd.write(PART).await;
        // Nobody tells the processor: it has to notice that nothing is answered.
        proxy.strand();
        world.crowd.write(PART).await;
        end(world, processor).await;
    });
}

/// A world whose processor reaches the database through a proxy.
async fn begin(seed: u64) -> (World, Processor, Proxy) {
    let server = server::shared();
    let address = server.ws.trim_start_matches("ws://").trim_end_matches("/rpc");
    let address: SocketAddr = address.parse().expect("the server's address");
    let proxy = Proxy::before(address).await;
    let (world, processor) =
        World::begin(server, &server_at(proxy.address()), Errors::Fail, seed).await;
    (world, processor, proxy)
}

async fn until(proxy: &Proxy, taken: u64) {
    let began = Instant::now();
    while proxy.taken() < taken {
        assert!(began.elapsed() < NOTICED_MAX, "no new connection after {NOTICED_MAX:?}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn end(world: World, processor: Processor) {
    let (ground, _) = world.end().await;
    drop(processor);
    ground.remove().await;
}
