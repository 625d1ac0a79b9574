//! The layers, lowest first: defaults, the file, the environment, flags.

use std::path::{Path, PathBuf};

use figment::providers::{Format, Yaml};
use figment::value::{Dict, Map, Value};
use figment::{Error, Figment, Metadata, Profile, Provider};

use super::invalid::{Invalid, Origin};
use super::unknown;
use crate::environment::Variables;

/// Where a configuration comes from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file that was named; otherwise `SPKY_CONFIG`, otherwise `sp00ky.yml` here if there is one.
    pub file: Option<PathBuf>,
    /// No file at all.
    pub without_file: bool,
    /// The environment.
    pub variables: Variables,
    /// Flags: the setting's path, its value, and the flag as it was written.
    pub flags: Vec<(String, String, String)>,
}

/// One layer: what it says, and where that came from.
struct Layer {
    origin: Origin,
    says: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        self.origin.metadata()
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Map::from([(Profile::Default, self.says.clone())]))
    }
}

impl Layer {
    fn setting(origin: Origin, path: &str, text: &str) -> Layer {
        let nested = figment::util::nest(path, Value::from(text));
        Layer { origin, says: nested.into_dict().unwrap_or_default() }
    }
}

/// Lays the sources over each other.
pub(crate) fn merge(sources: &Sources, errors: &mut Vec<Invalid>) -> Figment {
    let mut layers = Figment::new();
    if let Some(file) = file_of(sources) {
        let origin = Origin::File(file.display().to_string());
        match read(&file) {
            Ok(says) => {
                unknown::check(&origin, &says, errors);
                layers = layers.merge(Layer { origin, says });
            }
            Err(reason) => errors.push(Invalid(format!("{origin}: {reason}"))),
        }
    }
    for key in super::sections::keys() {
        let Some(name) = key.variable else { continue };
        // An empty variable is how a shell or a compose file says "not set".
        let Some(text) = sources.variables.get(name).filter(|text| !text.is_empty()) else {
            continue;
        };
        layers = layers.merge(Layer::setting(Origin::Variable(name.to_owned()), key.path, text));
    }
    for (path, text, flag) in &sources.flags {
        if !super::sections::keys().any(|key| key.path == path) {
            errors.push(unknown::invalid(&Origin::Flag(flag.clone()), path));
        }
        layers = layers.merge(Layer::setting(Origin::Flag(flag.clone()), path, text));
    }
    layers
}

/// Returns the file that was named, or the one that stands here.
fn file_of(sources: &Sources) -> Option<PathBuf> {
    if sources.without_file {
        return None;
    }
    let named = sources.file.clone();
    let variable = || sources.variables.get("SPKY_CONFIG").filter(|name| !name.is_empty());
    let here = || Some(PathBuf::from("sp00ky.yml")).filter(|file| file.exists());
    named.or_else(|| variable().map(PathBuf::from)).or_else(here)
}

fn read(file: &Path) -> Result<Dict, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let mut profiles = Yaml::string(&text).data().map_err(|error| error.to_string())?;
    Ok(profiles.remove(&Profile::Default).unwrap_or_default())
}
