//! Where something listens, and where the database answers.

use std::fmt;

use super::kind::Setting;

/// `host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// A name or an address; IPv6 in brackets.
    pub host: String,
    /// The port; 0 takes any that is free.
    pub port: u16,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Setting for Address {
    const EXPECTED: &'static str = "an address such as `0.0.0.0:8667`";

    fn parse(text: &str) -> Option<Address> {
        let (host, port) = text.trim().rsplit_once(':')?;
        let bracketed = host.starts_with('[') && host.ends_with(']');
        let whole = !host.is_empty() && !host.contains(['/', '@']);
        if !whole || (host.contains(':') && !bracketed) {
            return None;
        }
        Some(Address { host: host.to_owned(), port: port.parse().ok()? })
    }

    fn print(&self) -> String {
        self.to_string()
    }
}

/// The database's endpoint: its scheme says only whether it speaks TLS, because the same port answers HTTP and
/// WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    web_socket: bool,
    tls: bool,
    at: Address,
}

impl Endpoint {
    /// Returns the WebSocket's URL, `/rpc` included.
    pub fn ws(&self) -> String {
        format!("{}://{}/rpc", if self.tls { "wss" } else { "ws" }, self.at)
    }

    /// Returns the URL for HTTP.
    pub fn http(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.at)
    }

    /// Whether both are the same server, spoken to in the same way.
    pub fn agrees(&self, other: &Endpoint) -> bool {
        self.tls == other.tls && self.at == other.at
    }
}

impl Setting for Endpoint {
    const EXPECTED: &'static str =
        "an endpoint such as `http://127.0.0.1:8000` or `ws://127.0.0.1:8000`";

    fn parse(text: &str) -> Option<Endpoint> {
        let (scheme, rest) = text.trim().split_once("://")?;
        let (web_socket, tls) = match scheme {
            "http" => (false, false),
            "https" => (false, true),
            "ws" => (true, false),
            "wss" => (true, true),
            _ => return None,
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let host = rest.strip_suffix("/rpc").unwrap_or(rest);
        let port = if tls { 443 } else { 80 };
        let at = Address::parse(host).or_else(|| Address::parse(&format!("{host}:{port}")))?;
        Some(Endpoint { web_socket, tls, at })
    }

    fn print(&self) -> String {
        if self.web_socket { self.ws() } else { self.http() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, Endpoint};
    use crate::config::kind::Setting;

    #[test]
    fn addresses_are_a_host_and_a_port() {
        for text in ["0.0.0.0:8667", "localhost:0", "[::1]:8667"] {
            assert_eq!(Address::parse(text).map(|at| at.print()).as_deref(), Some(text));
        }
        for text in ["8667", ":8667", "::1:8667", "http://x:1", "x:99999"] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_web_socket_is_derived_from_the_url() {
        let ws = |text: &str| Endpoint::parse(text).map(|endpoint| endpoint.ws());
        assert_eq!(ws("http://localhost:8666").as_deref(), Some("ws://localhost:8666/rpc"));
        assert_eq!(ws("https://db.example.org/").as_deref(), Some("wss://db.example.org:443/rpc"));
        assert_eq!(ws("ws://surrealdb:8000/rpc").as_deref(), Some("ws://surrealdb:8000/rpc"));
        assert_eq!(ws("ftp://x"), None);
        assert_eq!(ws("http://"), None);
    }
}
