//! A text that is never shown.

use std::fmt;

use subtle::ConstantTimeEq;

/// A secret: prints as `***` and compares in constant time.
#[derive(Clone, Default)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text secret.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// Returns the text, for whoever has to send it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether `offered` is this secret; the time that this takes tells at most the secret's length.
    pub fn matches(&self, offered: &str) -> bool {
        self.0.as_bytes().ct_eq(offered.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_is_compared_and_never_shown() {
        let secret = Secret::new("open sesame");
        assert!(secret.matches("open sesame"));
        assert!(!secret.matches("open sesam"));
        assert!(!secret.matches(""));
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
    }
}
