//! The stream of changes: a few that each show something, again and again, with votes between them.

use std::time::Duration;

use rand::Rng;
use surrealdb::Surreal;
use surrealdb::engine::remote::ws::Client as Socket;

use crate::Failure;
use crate::board::THREADS;
use crate::client::Client;
use crate::line::{self, Clock};

const PAUSE: Duration = Duration::from_millis(700);

/// Writes until it is dropped.
pub async fn write(
    service: &Surreal<Socket>,
    clients: &[Client],
    clock: &Clock,
) -> Result<(), Failure> {
    let [ann, bob] = clients else { return Err("two clients are needed".into()) };
    tokio::time::sleep(PAUSE).await;
    for round in 1_i64.. {
        let own = THREADS + round;
        // Both hear of it: it is public, and it is on top.
        let title = format!("title: 'Ann {round}', board: 'databases', owner: user:ann, votes: 90");
        ann.write(&format!("CREATE thread:{own} CONTENT {{ {title} }}"), clock).await?;
        vote(service, clock).await?;
        // Bob may not see it any more; it stays with Ann.
        ann.write(&format!("UPDATE thread:{own} SET public = false"), clock).await?;
        vote(service, clock).await?;
        let text = format!("thread: thread:7, author: user:bob, text: 'Bob {round}'");
        let said = THREADS * 2 + round;
        bob.write(&format!("CREATE comment:{said} CONTENT {{ {text} }}"), clock).await?;
        vote(service, clock).await?;
        // The next one slides into the window.
        ann.write(&format!("DELETE thread:{own}"), clock).await?;
        vote(service, clock).await?;
    }
    Ok(())
}

/// Somebody votes for a thread of the board that both follow, or of another one: then nobody hears anything.
async fn vote(service: &Surreal<Socket>, clock: &Clock) -> Result<(), Failure> {
    tokio::time::sleep(PAUSE).await;
    let (thread, votes) = {
        let mut chance = rand::rng();
        (chance.random_range(1..=THREADS), chance.random_range(1..=20))
    };
    let statement = format!("UPDATE thread:{thread} SET votes += {votes}");
    line::written("carl", &statement);
    clock.wrote();
    service.query(statement).await?.check()?;
    tokio::time::sleep(PAUSE).await;
    Ok(())
}
