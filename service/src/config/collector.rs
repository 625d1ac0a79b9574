//! Where traces go.

use super::kind::{Address, Setting};

/// The URL of an OTLP collector that speaks gRPC: a scheme, a host, a port.
///
/// A path is refused: gRPC has none of its own, so that it would be passed over silently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collector {
    tls: bool,
    at: Address,
}

impl Collector {
    /// Whether it is spoken to by TLS.
    pub fn has_tls(&self) -> bool {
        self.tls
    }
}

impl Setting for Collector {
    const EXPECTED: &'static str = "the URL of a collector such as `http://127.0.0.1:4317`";

    fn parse(text: &str) -> Option<Collector> {
        let (scheme, rest) = text.trim().split_once("://")?;
        let tls = match scheme {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let port = if tls { 443 } else { 80 };
        let host = rest.strip_suffix('/').unwrap_or(rest);
        let at = Address::parse(host).or_else(|| Address::parse(&format!("{host}:{port}")))?;
        // What an address leaves open, a URL does not: none of these stands in a host.
        let whole =
            !at.host.contains(|letter: char| letter.is_whitespace() || "?#".contains(letter));
        whole.then_some(Collector { tls, at })
    }

    fn print(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::Collector;
    use crate::config::kind::Setting;

    #[test]
    fn a_collector_is_a_url_without_a_path() {
        let printed = |text: &str| Collector::parse(text).map(|collector| collector.print());
        assert_eq!(printed("http://127.0.0.1:4317/").as_deref(), Some("http://127.0.0.1:4317"));
        assert_eq!(
            printed("https://otlp.example.org").as_deref(),
            Some("https://otlp.example.org:443")
        );
        assert_eq!(printed("http://[::1]:4317").as_deref(), Some("http://[::1]:4317"));
        for text in
            ["collector", "collector:4317", "ws://collector:4317", "http://", "http://a b:1"]
        {
            assert_eq!(printed(text), None, "{text}");
        }
        assert_eq!(printed("http://collector:4318/v1/traces"), None);
    }
}
