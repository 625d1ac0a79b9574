//! The rows that the forum begins with.

use surrealdb::Surreal;
use surrealdb::engine::remote::ws::Client;

/// The boards, in the order in which the threads' numbers go round.
pub const BOARDS: [&str; 3] = ["databases", "gardens", "music"];
/// Threads that are loaded: `thread:1` to `thread:300`.
pub const THREADS: i64 = 300;

const LOAD: &str = "
    UPSERT user:carl SET name = 'carl', password = 'nobody signs in with this';
    DELETE comment, thread;
    FOR $n IN 1..=$threads {
        CREATE type::record('thread', $n) SET
            board = $boards[$n % 3], title = 'Thread ' + <string>$n, owner = user:carl, votes = $n % 17;
    };
    FOR $n IN 1..=$comments {
        CREATE type::record('comment', $n) SET
            thread = type::record('thread', $n % $threads + 1), author = user:carl, text = 'Comment ' + <string>$n;
    };";

/// Loads a few hundred rows.
pub async fn load(service: &Surreal<Client>) -> surrealdb::Result<()> {
    let loading = service
        .query(LOAD)
        .bind(("threads", THREADS))
        .bind(("comments", THREADS * 2))
        .bind(("boards", BOARDS.to_vec()));
    loading.await?.check()?;
    Ok(())
}
