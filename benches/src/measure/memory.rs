//! Resident bytes, of views and of rows. Right only in a process that measured nothing before.

use view::delta::ViewNo;

use super::{Goal, Scale, loaded_light};
use crate::workload;

/// What a registered view holds, beyond the rows.
pub fn bytes_per_view(scale: Scale) -> Goal {
    let mut engine = workload::loaded(scale.rows.min(100_000));
    let plan = workload::first_of_list();
    workload::register(&mut engine, &plan, 0, 1);
    let before = resident();
    workload::register(&mut engine, &plan, 1, scale.counted);
    let bytes = resident().saturating_sub(before) / scale.counted;
    assert!(!engine.answer(ViewNo(0)).is_empty(), "the first list has tasks");
    Goal {
        what: "resident bytes for each of 100,000 views",
        measured: format!("{bytes}"),
        wanted: "1,024",
        light: None,
    }
}

/// What a stored row holds, without an index.
pub fn bytes_per_row(scale: Scale) -> Goal {
    let before = resident();
    let engine = workload::loaded(scale.rows);
    let between = resident();
    let light = loaded_light(scale.rows);
    let of = |more: u64, less: u64| more.saturating_sub(less) / scale.rows;
    let (bytes, least) = (of(between, before), of(resident(), between));
    assert!(engine.row(&workload::task(0)).is_some(), "the rows are held");
    assert!(!light.first(0, 1).is_empty(), "the tasks are held");
    Goal {
        what: "resident bytes of a row",
        measured: format!("{bytes}"),
        wanted: "",
        light: Some(format!("{least}")),
    }
}

/// Resident bytes of this process, where the system tells.
fn resident() -> u64 {
    let told = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = told.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4_096
}
