//! A TCP proxy that does to a connection what networks do: it delays, it cuts, it lets it stand half-open.
//!
//! # Invariants
//! - What passes, passes whole and in order: a connection is delayed, silenced or ended, never damaged.
//! - A connection that was cut or stranded never works again, whatever the weather is later.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

const CHUNK_BYTES: usize = 64 * 1024;

/// What happens to bytes on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// They pass.
    Fair,
    /// Each piece passes so much later, and the next one after it.
    Slow(Duration),
    /// They are swallowed: connections stand, new ones are taken, and nobody is heard.
    Silent,
    /// Whoever comes is turned away.
    Closed,
}

/// The weather, and how many connections it has outlived.
#[derive(Clone, Copy, Debug)]
struct State {
    weather: Weather,
    /// Connections with a lower number are cut.
    cut_below: u64,
    /// Connections with a lower number are half-open: nothing passes any more.
    stranded_below: u64,
    /// The number of the next connection.
    next: u64,
}

/// A running proxy; it ends, and every connection with it, when dropped.
pub struct Proxy {
    address: SocketAddr,
    state: watch::Sender<State>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    /// Stands before an address.
    pub async fn before(target: SocketAddr) -> Proxy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let fair = State { weather: Weather::Fair, cut_below: 0, stranded_below: 0, next: 0 };
        let (state, _) = watch::channel(fair);
        let mut tasks = JoinSet::new();
        tasks.spawn(listen(listener, target, state.clone()));
        Proxy { address, state, _tasks: tasks }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the weather, for the connections that stand too.
    pub fn set(&self, weather: Weather) {
        self.state.send_modify(|state| state.weather = weather);
    }

    /// Cuts every connection that stands; new ones pass.
    pub fn cut(&self) {
        self.state.send_modify(|state| state.cut_below = state.next);
    }

    /// Lets every connection that stands be half-open from now on, as a router does that forgot it; new ones pass.
    pub fn strand(&self) {
        self.state.send_modify(|state| state.stranded_below = state.next);
    }

    /// How many connections were taken so far.
    pub fn taken(&self) -> u64 {
        self.state.borrow().next
    }
}

async fn listen(listener: TcpListener, target: SocketAddr, state: watch::Sender<State>) {
    let mut connections = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        if state.borrow().weather == Weather::Closed {
            continue;
        }
        let mut number = 0;
        state.send_modify(|state| {
            number = state.next;
            state.next += 1;
        });
        connections.spawn(carry(near, target, number, state.subscribe()));
    }
}

/// Carries one connection until one side ends it or it is cut.
async fn carry(near: TcpStream, target: SocketAddr, number: u64, state: watch::Receiver<State>) {
    let Ok(far) = TcpStream::connect(target).await else { return };
    // A proxy must not be slower than what it stands for.
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    let mut until_cut = state.clone();
    tokio::select! {
        () = pump(near_read, far_write, number, state.clone()) => {}
        () = pump(far_read, near_write, number, state) => {}
        // An error: the proxy is gone, and so is this.
        _ = until_cut.wait_for(|state| {
            number < state.cut_below || state.weather == Weather::Closed
        }) => {}
    }
}

/// Moves bytes one way, as the weather lets them.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    number: u64,
    mut state: watch::Receiver<State>,
) {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = match from.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(read) => read,
        };
        let passes =
            |state: &State| number >= state.stranded_below && state.weather != Weather::Silent;
        let Ok(now) = state.wait_for(passes).await.map(|state| *state) else { return };
        if let Weather::Slow(by) = now.weather {
            tokio::time::sleep(by).await;
        }
        if to.write_all(&chunk[..read]).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::timeout;

    use super::{Proxy, Weather};

    const SOON: Duration = Duration::from_secs(30);
    const A_MOMENT: Duration = Duration::from_millis(100);

    /// Somebody who says everything back.
    async fn echo() -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.into_split();
                    tokio::io::copy(&mut from, &mut to).await
                });
            }
        });
        Proxy::before(address).await
    }

    async fn open(proxy: &Proxy) -> TcpStream {
        let mut stream = TcpStream::connect(proxy.address()).await.expect("it listens");
        assert!(answers(&mut stream, SOON).await, "a new connection passes");
        stream
    }

    async fn answers(stream: &mut TcpStream, within: Duration) -> bool {
        let mut answer = [0; 4];
        let asked = async {
            stream.write_all(b"word").await?;
            stream.read_exact(&mut answer).await
        };
        matches!(timeout(within, asked).await, Ok(Ok(_))) && answer == *b"word"
    }

    #[tokio::test]
    async fn what_was_cut_has_ended_and_what_comes_after_passes() {
        let proxy = echo().await;
        let mut old = open(&proxy).await;
        proxy.cut();
        let ended = timeout(SOON, old.read_u8()).await.expect("it ends");
        assert!(ended.is_err(), "nobody said anything");
        open(&proxy).await;
        assert_eq!(proxy.taken(), 2);
    }

    #[tokio::test]
    async fn what_was_stranded_stands_and_is_never_heard_again() {
        let proxy = echo().await;
        let mut old = open(&proxy).await;
        proxy.strand();
        assert!(!answers(&mut old, A_MOMENT).await, "nothing passes");
        open(&proxy).await;
        assert!(!answers(&mut old, A_MOMENT).await, "nor later");
    }

    #[tokio::test]
    async fn silence_ends_and_what_was_said_in_it_arrives() {
        let proxy = echo().await;
        let mut stream = open(&proxy).await;
        proxy.set(Weather::Silent);
        stream.write_all(b"late").await.expect("somebody takes it");
        let mut answer = [0; 4];
        assert!(timeout(A_MOMENT, stream.read_exact(&mut answer)).await.is_err());
        proxy.set(Weather::Slow(Duration::from_millis(1)));
        timeout(SOON, stream.read_exact(&mut answer)).await.expect("soon").expect("it stands");
        assert_eq!(answer, *b"late");
    }

    #[tokio::test]
    async fn nobody_is_let_in_while_it_is_closed() {
        let proxy = echo().await;
        let mut old = open(&proxy).await;
        proxy.set(Weather::Closed);
        assert!(timeout(SOON, old.read_u8()).await.expect("it ends").is_err());
        let turned_away = match TcpStream::connect(proxy.address()).await {
            Ok(mut stream) => timeout(SOON, stream.read_u8()).await.expect("it ends").is_err(),
            Err(_) => true,
        };
        assert!(turned_away);
    }
}
