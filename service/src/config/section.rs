//! One declaration for each section: its fields, their keys, their variables, their defaults, their documentation.

/// A setting, as the documents list it.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its place in the file.
    pub path: &'static str,
    /// Its environment variable.
    pub variable: Option<&'static str>,
    /// Its default, as it would be written; empty is nothing.
    pub default: &'static str,
    /// What it may say.
    pub expected: &'static str,
    /// Whether it is never shown.
    pub private: bool,
    /// What it means.
    pub about: &'static str,
}

/// Declares a section: a plain struct, the [`Key`]s of its fields, and how it is read.
macro_rules! section {
    ($(#[$meta:meta])* $name:ident {
        $($(#[doc = $about:literal])+
          $field:ident: $kind:ty = $default:literal, $path:literal $(, $variable:literal)?;)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        pub struct $name { $($(#[doc = $about])+ pub $field: $kind,)* }

        impl $name {
            /// The settings of this section.
            pub const KEYS: &[$crate::config::section::Key] = &[$(
                $crate::config::section::Key {
                    path: $path,
                    variable: section!(@variable $($variable)?),
                    default: $default,
                    expected: <$kind as $crate::config::kind::Setting>::EXPECTED,
                    private: <$kind as $crate::config::kind::Setting>::PRIVATE,
                    about: concat!($($about),+),
                },
            )*];

            pub(crate) fn read(reader: &mut $crate::config::reader::Reader<'_>) -> $name {
                let mut keys = Self::KEYS.iter();
                $name { $($field: reader.read(keys.next().expect("one key a field")),)* }
            }
        }
    };
    (@variable $variable:literal) => { Some($variable) };
    (@variable) => { None };
}

pub(crate) use section;
