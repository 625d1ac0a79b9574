//! Reads typed settings out of the merged layers, and gathers what is wrong with them.

use figment::Figment;
use figment::value::Value;

use super::invalid::{Invalid, Origin};
use super::kind::{Setting, scalar};
use super::section::Key;

/// A setting in force, for banners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// Its place in the file.
    pub path: &'static str,
    /// Its environment variable.
    pub variable: Option<&'static str>,
    /// Its value; what is private prints as `***`.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

pub(crate) struct Reader<'a> {
    layers: &'a Figment,
    pub(crate) errors: Vec<Invalid>,
    pub(crate) in_force: Vec<InForce>,
}

impl Reader<'_> {
    pub(crate) fn new(layers: &Figment) -> Reader<'_> {
        Reader { layers, errors: Vec::new(), in_force: Vec::new() }
    }

    /// Reads one setting; a wrong one is remembered, and its default stands in so that the rest can be read.
    pub(crate) fn read<T: Setting>(&mut self, key: &'static Key) -> T {
        let default = || T::parse(key.default).expect("a default is of its setting's kind");
        let found = self.layers.find_value(key.path).ok();
        let found = found.filter(|value| !matches!(value, Value::Empty(..)));
        let (value, origin) = match &found {
            None => (default(), Origin::Default),
            Some(given) => {
                let origin = Origin::of(self.layers, given);
                let value = T::read(given).unwrap_or_else(|| {
                    self.errors.push(Invalid::not_a(&origin, key, scalar(given), T::EXPECTED));
                    default()
                });
                (value, origin)
            }
        };
        self.in_force.push(InForce {
            path: key.path,
            variable: key.variable,
            value: value.print(),
            origin,
        });
        value
    }
}
