//! The database itself is in trouble: it is killed, its clock goes back.
//!
//! Its writers repeat what it did not take. Whatever it holds in the end, the views hold too.

use std::time::Duration;

use database_server::Running;
use rand::Rng;
use tests::disk::Disk;
use tests::lossless::{Errors, World};
use tests::server::server_at;

const KILLS: usize = 3;
/// Writes between two faults.
const PART: usize = 150;
/// How long the disk is full.
const FULL: Duration = Duration::from_secs(3);
/// The longest that it stays down.
const DOWN_MAX_MS: u64 = 2_000;

#[test]
fn nothing_is_lost_while_the_database_dies() {
    tests::block_on(async {
        let disk = Disk::new();
        let mut database = Running::start(&disk.storage());
        let server = server_at(database.address());
        let (mut world, _processor) = World::begin(&server, &server, Errors::Repeat, 21).await;
        for _ in 0..KILLS {
            let more = world.chance.random_range(1..PART);
            world.crowd.write(more).await;
            database.kill();
            let down = world.chance.random_range(0..DOWN_MAX_MS);
            tokio::time::sleep(Duration::from_millis(down)).await;
            database.restart();
        }
        world.crowd.write(PART).await;
        world.end().await;
    });
}

#[test]
fn nothing_is_lost_when_the_clock_goes_back_an_hour() {
    tests::block_on(async {
        let disk = Disk::new();
        let mut database = Running::start(&disk.storage());
        let server = server_at(database.address());
        let (mut world, _processor) = World::begin(&server, &server, Errors::Repeat, 23).await;
        world.crowd.write(PART).await;
        database.kill();
        database.restart_at(Some("-1h"));
        world.sign_in_again();
        world.crowd.write(PART).await;
        world.end().await;
    });
}

#[test]
fn nothing_is_lost_while_the_disk_is_full() {
    tests::block_on(async {
        let disk = Disk::small();
        let mut database = Running::start(&disk.storage());
        let server = server_at(database.address());
        let (mut world, _processor) = World::begin(&server, &server, Errors::Repeat, 25).await;
        // There is room again: that is all, or somebody starts the database anew, too.
        for restarted in [false, true] {
            world.crowd.write(PART).await;
            disk.fill(&database);
            let fault = async {
                tokio::time::sleep(FULL).await;
                disk.clear(&database);
                if restarted {
                    database.kill();
                    database.restart();
                }
            };
            tokio::join!(world.crowd.write(PART), fault);
        }
        world.crowd.write(PART).await;
        world.end().await;
    });
}
