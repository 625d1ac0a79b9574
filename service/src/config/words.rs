//! Settings that are one of a few words.

use super::kind::Setting;

/// Makes an enum of words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $expected:literal,
     $($(#[$variant_doc:meta])* $variant:ident = $word:literal),* $(,)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$variant_doc])* $variant),* }

        impl $name {
            /// Returns the word.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }
        }

        impl Setting for $name {
            const EXPECTED: &'static str = $expected;

            fn parse(text: &str) -> Option<$name> {
                match text { $($word => Some($name::$variant),)* _ => None }
            }

            fn print(&self) -> String {
                self.as_str().to_owned()
            }
        }
    };
}

words!(
    /// How events are written.
    LogFormat, "`text` or `json`",
    /// For people.
    Text = "text",
    /// For machines.
    Json = "json",
);
words!(
    /// What is run.
    Mode, "`singlenode` or `cluster`",
    /// One SSP that captures for itself.
    Singlenode = "singlenode",
    /// A scheduler and its members.
    Cluster = "cluster",
);
words!(
    /// Where a view's edges stand.
    RefMode, "`dedicated` or `single`",
    /// One table for each user.
    Dedicated = "dedicated",
    /// One table for all.
    Single = "single",
);
words!(
    /// How changes are read.
    CaptureMode, "`changefeed`, `events` or `none`",
    /// From the database's changefeed.
    Changefeed = "changefeed",
    /// From events that post them.
    Events = "events",
    /// No user's table is followed.
    None = "none",
);
