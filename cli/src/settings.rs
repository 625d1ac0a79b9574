//! What is configured, for the commands: flags over environment over sp00ky.yml over defaults.

use std::path::{Path, PathBuf};

use service::config::{self, Settings, Sources};

use crate::failure::{Exit, Failure};

/// A project: its settings, and the directory that its paths are relative to.
pub struct Project {
    /// The settings.
    pub settings: Settings,
    /// The directory of sp00ky.yml; empty is the current one.
    pub directory: PathBuf,
    /// Whether there is a file at all.
    pub has_file: bool,
}

impl Project {
    /// Which tables are captured.
    pub fn captured(&self) -> surreal::schema::Settings {
        let capture = &self.settings.capture;
        surreal::schema::Settings {
            exclude: capture.exclude.0.iter().cloned().collect(),
            computed: capture.computed.0.iter().cloned().collect(),
            way: self.way(),
        }
    }

    /// How their changes reach the project's SSP.
    fn way(&self) -> surreal::schema::Way {
        let config = ssp::Config::from_settings(&self.settings).unwrap_or_default();
        let listening = config.listen.parse();
        ssp::way(&config, listening.unwrap_or_else(|_| ([127, 0, 0, 1], 8667).into()))
    }
}

/// Reads a project's settings.
pub fn project(
    file: Option<&Path>,
    flags: Vec<(String, String, String)>,
) -> Result<Project, Failure> {
    let named = file.map(Path::to_path_buf);
    let variables = service::environment::variables();
    let said = named.clone().or_else(|| variables.get("SPKY_CONFIG").map(PathBuf::from));
    let path = said.unwrap_or_else(|| PathBuf::from("sp00ky.yml"));
    let directory = path.parent().unwrap_or_else(|| Path::new("")).to_path_buf();
    let settings = config::load(&Sources { file: named, variables, flags, ..Sources::default() })
        .map_err(|errors| Failure::new(Exit::Config, errors.to_string()))?;
    Ok(Project { settings, directory, has_file: path.exists() })
}
