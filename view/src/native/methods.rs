//! Calls in method syntax: the kind of the receiver decides which function is meant.

use surrealdb_expr::val::Value;

use super::functions::{self, Body};

/// Whether some kind of value has the method.
pub(super) fn knows(method: &str) -> bool {
    let kinds = [STRING, ARRAY, SET, OBJECT, BYTES, DURATION, NUMBER, GEOMETRY, RECORD, DATETIME];
    kinds.iter().any(|methods| has(methods, method)) || generic(method).is_some()
}

/// Calls a method on the first of the values.
pub(super) fn call(method: &str, args: Vec<Value>) -> Result<Value, String> {
    let Some(body) = args.first().and_then(|receiver| of(receiver, method)) else {
        let kind = args.first().map_or("none", Value::kind_of);
        return Err(format!(
            "There was a problem running the {method}() function. \
             no such method found for the {kind} type"
        ));
    };
    body(args)
}

fn of(receiver: &Value, method: &str) -> Option<Body> {
    let (methods, family) = match receiver {
        Value::String(_) => (STRING, "string"),
        Value::Array(_) => (ARRAY, "array"),
        Value::Set(_) => (SET, "set"),
        Value::Object(_) => (OBJECT, "object"),
        Value::Bytes(_) => (BYTES, "bytes"),
        Value::Duration(_) => (DURATION, "duration"),
        Value::Number(_) => (NUMBER, "math"),
        Value::Geometry(_) => (GEOMETRY, "geo"),
        Value::RecordId(_) => (RECORD, "record"),
        Value::Datetime(_) => (DATETIME, "time"),
        _ => ("", ""),
    };
    if has(methods, method) {
        return functions::find(&function(family, method));
    }
    functions::find(&generic(method)?)
}

/// The function that a kind's own method means: `distance_hamming` is `distance::hamming`.
fn function(family: &str, method: &str) -> String {
    const GROUPS: &[&str] = &[
        "vector_distance_",
        "vector_similarity_",
        "semver_inc_",
        "semver_set_",
        "semver_",
        "similarity_",
        "html_",
        "hash_",
        "distance_",
    ];
    if let Some(rest) = method.strip_prefix("sort_")
        && matches!(rest, "asc" | "desc")
    {
        return format!("{family}::sort::{rest}");
    }
    let grouped = GROUPS.iter().find_map(|group| Some((group, method.strip_prefix(group)?)));
    match grouped {
        Some((group, rest)) if group.starts_with("vector_") => {
            format!("{}{rest}", group.replace('_', "::"))
        }
        Some((group, rest)) => format!("{family}::{}{rest}", group.replace('_', "::")),
        None => match method.strip_prefix("vector_") {
            Some(rest) => format!("vector::{rest}"),
            None => format!("{family}::{method}"),
        },
    }
}

/// The function that a method means on every kind that has none of its own.
fn generic(method: &str) -> Option<String> {
    if method == "repeat" {
        return Some("array::repeat".to_owned());
    }
    let name = match method.strip_prefix("to_") {
        Some(kind) => format!("type::{kind}"),
        None if method == "type_of" => "type::of".to_owned(),
        None if method.starts_with("is_") => format!("type::{method}"),
        None => return None,
    };
    let known = functions::find(&name).is_some() && name != "type::table" && name != "type::file";
    known.then_some(name)
}

fn has(methods: &str, method: &str) -> bool {
    methods.split(' ').any(|known| known == method)
}

const STRING: &str = "\
    capitalize concat contains distance_damerau_levenshtein distance_hamming \
    distance_levenshtein distance_normalized_damerau_levenshtein distance_normalized_levenshtein \
    ends_with html_encode html_sanitize is_alpha is_alphanum is_ascii is_datetime is_domain \
    is_email is_hexadecimal is_ip is_ipv4 is_ipv6 is_latitude is_longitude is_numeric is_record \
    is_semver is_ulid is_url is_uuid join len lowercase matches repeat replace reverse \
    semver_compare semver_inc_major semver_inc_minor semver_inc_patch semver_major semver_minor \
    semver_patch semver_set_major semver_set_minor semver_set_patch similarity_fuzzy \
    similarity_jaro similarity_jaro_winkler similarity_smithwaterman similarity_sorensen_dice \
    slice slug split starts_with trim uppercase words";

const ARRAY: &str = "\
    add append at boolean_and boolean_not boolean_or boolean_xor clump combine complement concat \
    difference distinct fill first flatten group insert intersect is_empty join last len \
    logical_and logical_or logical_xor matches max min pop prepend push remove reverse slice \
    sort sort_asc sort_desc sort_lexical sort_natural sort_natural_lexical swap transpose union \
    vector_add vector_angle vector_cross vector_distance_chebyshev vector_distance_euclidean \
    vector_distance_hamming vector_distance_mahalanobis vector_distance_manhattan \
    vector_distance_minkowski vector_divide vector_dot vector_magnitude vector_multiply \
    vector_normalize vector_project vector_scale vector_similarity_cosine \
    vector_similarity_jaccard vector_similarity_pearson vector_similarity_spearman \
    vector_subtract vector_sum windows";

const SET: &str = "\
    add at complement contains difference first flatten intersect is_empty join last len max min \
    remove slice union";

const OBJECT: &str = "entries extend is_empty keys len remove values";

const BYTES: &str = "len";

const DURATION: &str = "days hours micros millis mins nanos secs weeks years";

const NUMBER: &str = "\
    abs acos acot asin atan ceil cos cot deg2rad floor ln log log10 log2 rad2deg round sign sin \
    tan";

const GEOMETRY: &str = "area bearing centroid distance hash_decode hash_encode is_valid";

const RECORD: &str = "id table tb";

const DATETIME: &str = "\
    ceil day floor format group hour is_leap_year micros millis minute month nano round second \
    set_day set_hour set_minute set_month set_nanosecond set_second set_year unix wday week yday \
    year";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_means_a_function_that_is_here() {
        let kinds = [
            (STRING, "string"),
            (ARRAY, "array"),
            (SET, "set"),
            (OBJECT, "object"),
            (BYTES, "bytes"),
            (DURATION, "duration"),
            (NUMBER, "math"),
            (GEOMETRY, "geo"),
            (RECORD, "record"),
            (DATETIME, "time"),
        ];
        for (methods, family) in kinds {
            for method in methods.split(' ') {
                let name = function(family, method);
                assert!(functions::find(&name).is_some(), "{method} of {family} is {name}");
            }
        }
    }
}
