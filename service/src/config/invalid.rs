//! What is wrong with a configuration: everything at once, each with where it came from.

use std::fmt;

use figment::value::Value;
use figment::{Figment, Metadata, Source};

use super::section::Key;

/// Where a setting's value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The file of that name.
    File(String),
    /// The environment variable of that name.
    Variable(String),
    /// The command line's flag.
    Flag(String),
}

impl Origin {
    pub(crate) fn metadata(&self) -> Metadata {
        let (name, source) = match self {
            Origin::Default => return Metadata::named("default"),
            Origin::File(at) => ("file", at),
            Origin::Variable(at) => ("variable", at),
            Origin::Flag(at) => ("flag", at),
        };
        Metadata::from(name, Source::Custom(source.clone()))
    }

    pub(crate) fn of(layers: &Figment, value: &Value) -> Origin {
        let metadata = layers.get_metadata(value.tag());
        let place = |metadata: &Metadata| match &metadata.source {
            Some(Source::Custom(place)) => place.clone(),
            _ => String::new(),
        };
        match metadata {
            Some(metadata) if metadata.name == "file" => Origin::File(place(metadata)),
            Some(metadata) if metadata.name == "variable" => Origin::Variable(place(metadata)),
            Some(metadata) if metadata.name == "flag" => Origin::Flag(place(metadata)),
            _ => Origin::Default,
        }
    }

    /// Prints what stood there: `SPKY_X=abc`, `sp00ky.yml: a.b: abc`.
    fn quote(&self, path: &str, given: &str) -> String {
        match self {
            Origin::Default => format!("{path}: {given}"),
            Origin::File(file) => format!("{file}: {path}: {given}"),
            Origin::Variable(name) => format!("{name}={given}"),
            Origin::Flag(flag) => format!("{flag}={given}"),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(at) | Origin::Variable(at) | Origin::Flag(at) => f.write_str(at),
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Invalid(pub String);

impl Invalid {
    /// A value that is not of its setting's kind.
    pub(crate) fn not_a(
        origin: &Origin,
        key: &Key,
        given: Option<String>,
        expected: &str,
    ) -> Invalid {
        let given = given.unwrap_or_else(|| "(a list or a section)".to_owned());
        let given = if key.private { "***" } else { &given };
        Invalid(format!("{}: not {expected}", origin.quote(key.path, given)))
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// All that is wrong. A process that meets it prints it and exits with [`crate::exit::USAGE`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Errors(pub Vec<Invalid>);

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [one] => write!(f, "the configuration has an error\n  {one}"),
            all => {
                write!(f, "the configuration has {} errors", all.len())?;
                all.iter().try_for_each(|one| write!(f, "\n  {one}"))
            }
        }
    }
}
