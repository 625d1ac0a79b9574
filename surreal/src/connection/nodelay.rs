//! Small requests leave at once: Nagle's algorithm is turned off on the sockets to the server.
//!
//! The client library leaves it on and has no setting for it. The server pings every socket every five seconds; behind
//! the pong, which nobody answers, the next request then waits for the server's delayed acknowledgement: 40 ms
//! (measured: one in a hundred edges at 100 writes a second came 40 ms late, in step with the pings).
//!
//! The library keeps its sockets to itself, so they are found among this process's open files, by the address that
//! they lead to. Where that cannot be done, everything works, and now and then 40 ms later.

use std::fs::{File, read_dir};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{OwnedFd, RawFd};

use filedescriptor::FileDescriptor;

/// Where the system lists a process's own open files.
const OPEN_FILES: &str = "/dev/fd";

/// Turns the algorithm off on every open socket that leads to one of the addresses. Returns on how many.
pub(super) fn on_sockets_to(peers: &[SocketAddr]) -> usize {
    let Ok(open) = read_dir(OPEN_FILES) else { return 0 };
    let numbers = open.filter_map(|file| file.ok()?.file_name().to_str()?.parse::<RawFd>().ok());
    // The directory's own number is among them: nothing is opened before it is closed.
    let numbers: Vec<RawFd> = numbers.collect();
    numbers.into_iter().filter_map(stream).filter(|stream| on_socket(stream, peers)).count()
}

/// A second handle of an open file, as the socket that it may be.
fn stream(number: RawFd) -> Option<TcpStream> {
    let file: File = FileDescriptor::dup(&number).ok()?.as_file().ok()?;
    Some(TcpStream::from(OwnedFd::from(file)))
}

fn on_socket(stream: &TcpStream, peers: &[SocketAddr]) -> bool {
    let leads_there = stream.peer_addr().is_ok_and(|peer| peers.contains(&peer));
    leads_there && stream.set_nodelay(true).is_ok()
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener, TcpStream};

    use super::on_sockets_to;

    #[test]
    fn the_sockets_to_an_address_are_found_and_no_others() {
        let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let (server, other) = (listen(), listen());
        let connect = |to: &TcpListener| {
            TcpStream::connect(to.local_addr().expect("it is bound")).expect("it listens")
        };
        let (ours, theirs) = (connect(&server), connect(&other));
        let peer = server.local_addr().expect("it is bound");
        assert_eq!(on_sockets_to(&[peer]), 1);
        assert!(ours.nodelay().expect("a socket has the option"));
        assert!(!theirs.nodelay().expect("a socket has the option"));
    }
}
