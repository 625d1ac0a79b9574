//! What a setting's text may say. A value of one of these types is the receipt that it was checked.

use std::time::Duration;

use figment::value::Value;
use tracing_subscriber::EnvFilter;

pub use super::address::{Address, Endpoint};
pub use super::collector::Collector;
pub use super::words::{CaptureMode, LogFormat, Mode, RefMode};
use crate::Secret;

/// A type that a setting can have.
pub trait Setting: Sized {
    /// What was expected, after "not": `a number of milliseconds`.
    const EXPECTED: &'static str;
    /// Whether the value is never shown.
    const PRIVATE: bool = false;

    /// Reads a scalar's text.
    fn parse(text: &str) -> Option<Self>;

    /// Reads a layer's value: scalars by their text.
    fn read(value: &Value) -> Option<Self> {
        Self::parse(&scalar(value)?)
    }

    /// Prints the value so that [`Setting::parse`] reads it again; what is private prints as `***`.
    fn print(&self) -> String;
}

/// Returns the text of a scalar.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Char(_, one) => Some(one.to_string()),
        Value::Bool(_, yes) => Some(yes.to_string()),
        Value::Num(_, number) => number
            .to_u128()
            .map(|n| n.to_string())
            .or_else(|| number.to_i128().map(|n| n.to_string()))
            .or_else(|| number.to_f64().map(|n| n.to_string())),
        Value::Empty(..) | Value::Dict(..) | Value::Array(..) => None,
    }
}

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $unit:literal, $duration:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(pub u64);

        impl $name {
            /// Returns it as a duration.
            pub fn duration(self) -> Duration {
                $duration(self.0)
            }
        }

        impl Setting for $name {
            const EXPECTED: &'static str = concat!("a number of ", $unit);

            fn parse(text: &str) -> Option<Self> {
                text.trim().parse().ok().map(Self)
            }

            fn print(&self) -> String {
                self.0.to_string()
            }
        }
    };
}

quantity!(
    /// Milliseconds.
    Millis,
    "milliseconds",
    Duration::from_millis
);
quantity!(
    /// Seconds.
    Seconds,
    "seconds",
    Duration::from_secs
);

/// How many: at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(pub usize);

impl Setting for Count {
    const EXPECTED: &'static str = "a number above 0";

    fn parse(text: &str) -> Option<Count> {
        text.trim().parse().ok().filter(|n| *n > 0).map(Count)
    }

    fn print(&self) -> String {
        self.0.to_string()
    }
}

/// A length of time with its unit, `3d`, as the database writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

const UNITS: [(&str, u64); 5] = [("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

impl Setting for Span {
    const EXPECTED: &'static str = "a length of time such as `3d`, `12h`, `90m`, `30s`";

    fn parse(text: &str) -> Option<Span> {
        let text = text.trim();
        let (unit, seconds) = UNITS.iter().find(|(unit, _)| text.ends_with(unit))?;
        let amount: u64 = text.strip_suffix(unit)?.parse().ok()?;
        let whole = amount.checked_mul(*seconds).filter(|whole| *whole > 0)?;
        Some(Span(Duration::from_secs(whole)))
    }

    fn print(&self) -> String {
        let whole = self.0.as_secs();
        let (unit, seconds) =
            UNITS.iter().find(|(_, s)| whole.is_multiple_of(*s)).unwrap_or(&UNITS[4]);
        format!("{}{unit}", whole / seconds)
    }
}

impl Setting for String {
    const EXPECTED: &'static str = "a text";

    fn parse(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn print(&self) -> String {
        self.clone()
    }
}

impl Setting for Secret {
    const EXPECTED: &'static str = "a text";
    const PRIVATE: bool = true;

    fn parse(text: &str) -> Option<Secret> {
        Some(Secret::new(text))
    }

    fn print(&self) -> String {
        self.to_string()
    }
}

/// What may be left out: the empty text is nothing.
impl<T: Setting> Setting for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    const PRIVATE: bool = T::PRIVATE;

    fn parse(text: &str) -> Option<Option<T>> {
        if text.is_empty() { Some(None) } else { T::parse(text).map(Some) }
    }

    fn print(&self) -> String {
        self.as_ref().map(T::print).unwrap_or_default()
    }
}

/// Names: a list in the file, separated by commas elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(pub Vec<String>);

impl Setting for Names {
    const EXPECTED: &'static str = "a list of names";

    fn parse(text: &str) -> Option<Names> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        Some(Names(names.map(str::to_owned).collect()))
    }

    fn read(value: &Value) -> Option<Names> {
        match value {
            Value::Array(_, items) => items.iter().map(scalar).collect::<Option<_>>().map(Names),
            other => Names::parse(&scalar(other)?),
        }
    }

    fn print(&self) -> String {
        self.0.join(",")
    }
}

/// Which events are logged: a level, or directives like `info,surreal=debug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// Returns the directives.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Setting for LogFilter {
    const EXPECTED: &'static str = "a level (`info`) or directives (`info,surreal=debug`)";

    fn parse(text: &str) -> Option<LogFilter> {
        // A bare word that is no level would silently be taken for the name of a target.
        let level = text.parse::<tracing::level_filters::LevelFilter>().is_ok();
        let directives = text.contains(['=', ',']) && EnvFilter::try_new(text).is_ok();
        (level || directives).then(|| LogFilter(text.to_owned()))
    }

    fn print(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{LogFilter, Millis, Names, Setting, Span};

    #[test]
    fn lengths_of_time_print_in_their_largest_unit() {
        for text in ["3d", "12h", "90m", "30s", "2w"] {
            assert_eq!(Span::parse(text).map(|span| span.print()).as_deref(), Some(text));
        }
        assert_eq!(Span::parse("72h").map(|span| span.print()).as_deref(), Some("3d"));
        for text in ["3", "d", "-1d", "0s", "1.5h", ""] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }

    #[test]
    fn scalars_are_read_from_their_text() {
        assert_eq!(Millis::parse(" 100 "), Some(Millis(100)));
        assert_eq!(Millis::parse("abc"), None);
        assert_eq!(Names::parse("a, b,,"), Some(Names(vec!["a".into(), "b".into()])));
        assert!(LogFilter::parse("info").is_some());
        assert!(LogFilter::parse("info,surreal=debug").is_some());
        assert!(LogFilter::parse("loud").is_none());
    }
}
