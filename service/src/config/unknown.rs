//! Keys that nobody knows are refused: a misspelt setting that is silently ignored is worse than none.

use figment::value::{Dict, Value};

use super::invalid::{Invalid, Origin};
use super::sections;

/// Variables that only commands and applications read: they are no settings of a process, and no misspelt ones.
const OTHERS: [&str; 3] = ["SPKY_SSP_ADDR", "SPKY_CONFIG", "SPKY_ENV"];

/// Sections whose content is not made of settings: `apps` is read by its own types, the others by clients' tools.
const OPEN: [&str; 4] = ["apps", "buckets", "clientTypes", "scheduler"];

pub(crate) fn check(origin: &Origin, says: &Dict, errors: &mut Vec<Invalid>) {
    walk(origin, "", says, errors);
}

fn walk(origin: &Origin, above: &str, says: &Dict, errors: &mut Vec<Invalid>) {
    for (name, value) in says {
        let path = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        let section = format!("{path}.");
        if OPEN.contains(&path.as_str()) || sections::keys().any(|key| key.path == path) {
            continue;
        }
        match value {
            Value::Dict(_, inner) if sections::keys().any(|key| key.path.starts_with(&section)) => {
                walk(origin, &path, inner, errors);
            }
            // A section that was opened and left empty says nothing.
            Value::Empty(..) if sections::keys().any(|key| key.path.starts_with(&section)) => {}
            _ => errors.push(invalid(origin, &path)),
        }
    }
}

pub(crate) fn invalid(origin: &Origin, path: &str) -> Invalid {
    let section = format!("{path}.");
    if let Some(one) = sections::keys().find(|key| key.path.starts_with(&section)) {
        let inside = one.path;
        return Invalid(format!("{origin}: `{path}` is a section of settings, such as `{inside}`"));
    }
    let near = nearest(path, sections::keys().map(|key| key.path).chain(OPEN));
    let meant = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
    Invalid(format!("{origin}: no setting `{path}`{meant}"))
}

/// Returns the warnings for variables that look like ours and are not: they may belong to another process that
/// shares the environment, so they are no errors.
pub(crate) fn variables<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let known = || sections::keys().filter_map(|key| key.variable).chain(OTHERS);
    let strange = names.filter(|name| name.starts_with("SPKY_") && !known().any(|k| k == *name));
    strange
        .filter_map(|name| {
            let near = nearest(name, known())?;
            Some(format!("no process reads {name}, did you mean {near}?"))
        })
        .collect()
}

/// Returns the nearest of some names, if it is near at all: at most a quarter of its letters away.
pub fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|known| (distance(name, known), known))
        .filter(|(far, known)| *far <= known.len().div_ceil(4))
        .min()
        .map(|(_, known)| known)
}

/// Returns how many letters must be added, removed or replaced to make one text from the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
