//! The one reader of the process's environment.

use std::collections::BTreeMap;

/// Words in a variable's name that make its value private.
const PRIVATE: [&str; 7] = ["key", "secret", "token", "pass", "auth", "credential", "private"];

/// Variables by name.
pub type Variables = BTreeMap<String, String>;

/// Returns the process's variables; those that are not Unicode are nobody's setting and are left out.
pub fn variables() -> Variables {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Returns what may be shown of a value, judged by the name that it stands under.
pub fn masked<'a>(name: &str, value: &'a str) -> &'a str {
    let name = name.to_ascii_lowercase();
    if !value.is_empty() && PRIVATE.iter().any(|word| name.contains(word)) { "***" } else { value }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn a_private_value_is_masked_by_its_name() {
        assert_eq!(masked("SPKY_AUTH_SECRET", "s3"), "***");
        assert_eq!(masked("SPKY_DB_PASS", "root"), "***");
        assert_eq!(masked("SPKY_DB_PASS", ""), "");
        assert_eq!(masked("SPKY_DB_NS", "main"), "main");
    }
}
