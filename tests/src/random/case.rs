//! A whole case, in parts.

use std::collections::BTreeSet;

use super::query::Query;
use super::values::TABLE;

/// The users who are there from the start.
const GIVEN: &str = "given user:ann { level: 1, words: ['a', 1] }
given user:bob { level: 2, admin: true }
given user:cid {}
";

/// A scenario in parts, each of which can be left out.
#[derive(Clone, Debug)]
pub struct Case {
    /// What made it: its first line.
    pub title: String,
    /// The table's permissions; `None` leaves it undefined, which is FULL.
    pub permission: Option<String>,
    /// Those of the users' own table; `None` as above.
    pub user_permission: Option<String>,
    /// The rows that are there before.
    pub rows: Vec<Row>,
    /// The views that are there before the first step.
    pub views: Vec<View>,
    /// What happens.
    pub steps: Vec<Step>,
}

/// A row of a case.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its id.
    pub record: String,
    /// Its content.
    pub content: String,
}

/// A view of a case.
#[derive(Clone, Debug)]
pub struct View {
    /// Its name.
    pub name: String,
    /// `None` is the system.
    pub user: Option<&'static str>,
    /// What it asks.
    pub query: Query,
    /// Its parameters.
    pub params: Vec<(&'static str, String)>,
}

/// A step of a case.
#[derive(Clone, Debug)]
pub enum Step {
    /// One transaction of some writes.
    Commit(Vec<String>),
    /// A line of its own: a definition, a restart.
    Line(String),
    /// A view begins.
    View(View),
    /// A view asks something else.
    Replace(View),
    /// A view ends.
    Drop(String),
}

impl Case {
    /// A case in which nothing is and nothing happens.
    pub fn new(title: String) -> Case {
        Case {
            title,
            permission: None,
            user_permission: None,
            rows: Vec::new(),
            views: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// Visits every view, wherever it begins or changes.
    pub fn views_mut(&mut self) -> impl Iterator<Item = &mut View> {
        let later = self.steps.iter_mut().filter_map(|step| match step {
            Step::View(view) | Step::Replace(view) => Some(view),
            Step::Commit(_) | Step::Line(_) | Step::Drop(_) => None,
        });
        self.views.iter_mut().chain(later)
    }

    /// Prints it as a scenario without results. What names a view that does not stand is left out, so that a case
    /// that lost parts is one still.
    pub fn print(&self) -> String {
        let mut text = format!("# {}\n", self.title);
        for (table, permission) in [(TABLE, &self.permission), ("user", &self.user_permission)] {
            if let Some(permission) = permission {
                text.push_str(&format!("define DEFINE TABLE {table} PERMISSIONS {permission}\n"));
            }
        }
        text.push_str(GIVEN);
        for row in &self.rows {
            text.push_str(&format!("given {} {}\n", row.record, row.content));
        }
        let mut stand = BTreeSet::new();
        for view in &self.views {
            stand.insert(view.name.as_str());
            text.push_str(&view.print("view"));
        }
        for step in &self.steps {
            match step {
                Step::Commit(writes) => text.push_str(&commit(writes)),
                Step::Line(line) => text.push_str(&format!("{line}\n")),
                Step::View(view) if stand.insert(&view.name) => text.push_str(&view.print("view")),
                Step::Replace(view) if stand.contains(view.name.as_str()) => {
                    text.push_str(&view.print("replace"));
                }
                Step::Drop(name) if stand.remove(name.as_str()) => {
                    text.push_str(&format!("drop {name}\n"));
                }
                Step::View(_) | Step::Replace(_) | Step::Drop(_) => {}
            }
        }
        for name in stand {
            text.push_str(&format!("show {name}\n"));
        }
        text
    }
}

fn commit(writes: &[String]) -> String {
    match writes {
        [] => String::new(),
        [one] => format!("{one}\n"),
        many => format!("begin\n{}\ncommit\n", many.join("\n")),
    }
}

impl View {
    fn print(&self, word: &str) -> String {
        let user = self.user.map(|user| format!(" as {user}")).unwrap_or_default();
        let mut text = format!("{word} {}{user}: {}\n", self.name, self.query.print());
        let params = self.params.iter().map(|(name, value)| format!("{name}: {value}"));
        let params = params.collect::<Vec<_>>().join(", ");
        if !params.is_empty() {
            text.push_str(&format!("with {{ {params} }}\n"));
        }
        text
    }
}
