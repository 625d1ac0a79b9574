//! The applications of a project, which `spky dev` runs.

use std::collections::BTreeMap;

use figment::Figment;
use serde::Deserialize;

use super::invalid::{Invalid, Origin};

/// One application.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct App {
    /// `frontend` or `backend`.
    #[serde(rename = "type")]
    pub kind: Option<AppKind>,
    /// The command that runs it while one develops.
    pub dev: Option<String>,
    /// Variables that it gets beside those that `spky dev` gives everybody.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// How its jobs reach it.
    pub method: Option<Method>,
    /// Where it answers.
    pub base_url: Option<String>,
    /// What its jobs' requests carry: kept as it stands, for the job runner.
    pub auth: Option<figment::value::Value>,
}

/// What an application is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AppKind {
    /// What users see.
    Frontend,
    /// What runs jobs.
    Backend,
}

/// How jobs reach an application.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// `outbox`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The table of its jobs.
    pub table: Option<String>,
    /// The file that defines it.
    pub schema: Option<String>,
}

/// Reads `apps`, each app by its name.
pub(crate) fn read(layers: &Figment, errors: &mut Vec<Invalid>) -> BTreeMap<String, App> {
    let Ok(section) = layers.find_value("apps") else { return BTreeMap::new() };
    let origin = Origin::of(layers, &section);
    let Some(apps) = section.as_dict() else {
        errors.push(Invalid(format!("{origin}: apps: not a section of apps by name")));
        return BTreeMap::new();
    };
    let mut read = BTreeMap::new();
    for (name, app) in apps {
        match app.deserialize::<App>() {
            Ok(app) => {
                read.insert(name.clone(), app);
            }
            Err(error) => {
                let at = error.path.join(".");
                let at = if at.is_empty() { at } else { format!("{at}: ") };
                errors.push(Invalid(format!("{origin}: apps.{name}: {at}{}", error.kind)));
            }
        }
    }
    read
}
