//! Documents that belong to users: each view shows its user the first documents that he may select.
//!
//! The commonest permissions, each as the database has it in `PERMISSIONS FOR select WHERE …`.

use protocol::{Change, ChangeId, RowVersion, Stamp};
use surrealdb_types::{Number, Object, RecordId, Value};
use view::caller::Caller;
use view::delta::ViewNo;
use view::engine::Engine;
use view::plan::{BinaryOp, Collation, Expr, Input, OrderKey, Path, Plan, Projection, Source};

use crate::workload::WINDOW;

/// Documents that everybody may select, in the workload of [`Rule::OwnerOrPublicOrAdmin`].
pub const PUBLIC: u64 = 20;

/// Ranks of documents that are not.
pub const RANKS: u64 = 400_000;

/// Who may select a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// `owner = $auth`
    Owner,
    /// `members CONTAINS $auth`: three users each.
    Member,
    /// `owner = $auth OR public OR $auth.admin`: nobody is an admin, and the public documents stay as they are.
    OwnerOrPublicOrAdmin,
}

/// The id of a user.
pub fn user(number: u64) -> RecordId {
    RecordId::new("user", format!("u{number:07}"))
}

/// Writes a document of user `number`.
pub fn document(number: u64, rank: u64, stamp: u64, public: bool) -> Change {
    let member = |more: u64| Value::RecordId(user(number + more));
    let content = [
        ("members", Value::Array(vec![member(0), member(1), member(2)].into())),
        ("owner", member(0)),
        ("public", Value::Bool(public)),
        ("rank", Value::Number(Number::Int(rank as i64))),
        ("title", Value::String(format!("the document of the user {number}"))),
    ];
    let record =
        RecordId::new("document", format!("{}{number:07}", if public { "p" } else { "d" }));
    change(record, content, stamp)
}

fn change<const N: usize>(record: RecordId, content: [(&str, Value); N], stamp: u64) -> Change {
    let fields = content.into_iter().map(|(name, value)| (name.to_owned(), value));
    let mut after: Object = fields.collect();
    after.insert("id", Value::RecordId(record.clone()));
    let id = ChangeId { era: 0, stamp: Stamp(stamp), position: 0 };
    Change { record, after: Some(after), id, version: RowVersion(stamp) }
}

/// An engine with so many users, a document of each, and the public ones.
pub fn loaded(users: u64) -> Engine {
    let mut engine = Engine::new();
    load(&mut engine, "user", users, |n| {
        change(user(n), [("admin", Value::Bool(false)), ("name", Value::String(n.to_string()))], 1)
    });
    load(&mut engine, "document", users + PUBLIC, |n| {
        // The public ones come last in every window, so that a user's own are always in his.
        match n.checked_sub(users) {
            Some(public) => document(public, RANKS + public, 1, true),
            None => document(n, n % RANKS, 1, false),
        }
    });
    engine
}

fn load(engine: &mut Engine, table: &str, rows: u64, row: impl Fn(u64) -> Change) {
    engine.load_begin(table);
    let mut next = 0;
    while next < rows {
        let until = (next + 500).min(rows);
        engine.load_rows(table, (next..until).map(&row).collect());
        next = until;
    }
    engine.load_end(table, ChangeId::default());
}

/// `SELECT * FROM document ORDER BY rank LIMIT 20`, under a permission.
pub fn first_permitted(rule: Rule) -> Plan {
    let field = |name: &str| Box::new(Expr::Field(Path::field(name)));
    let auth = || Box::new(Expr::Leaf(Input::Auth));
    let owner = || Expr::Binary(BinaryOp::Equal, field("owner"), auth());
    let permission = match rule {
        Rule::Owner => owner(),
        Rule::Member => Expr::Binary(BinaryOp::Contains, field("members"), auth()),
        Rule::OwnerOrPublicOrAdmin => {
            let admin = Input::AuthField { path: Path::field("admin"), permitted: false };
            let or_public = Expr::Or(Box::new(owner()), field("public"));
            Expr::Or(Box::new(or_public), Box::new(Expr::Leaf(admin)))
        }
    };
    Plan {
        source: Source::Table("document".to_owned()),
        projection: Projection::all(),
        group: None,
        filter: None,
        permission: Some(permission),
        order: vec![OrderKey {
            key: Expr::Stored(Path::field("rank")),
            descending: false,
            collation: Collation::Bytes,
        }],
        limit: Some(Expr::Leaf(Input::Literal(Value::Number(Number::Int(WINDOW))))),
        start: None,
        auth_permission: None,
        children: Vec::new(),
    }
}

/// Registers the views of users number `from` to `until`.
pub fn register(engine: &mut Engine, plan: &Plan, from: u64, until: u64) {
    for number in from..until {
        let no = ViewNo(u32::try_from(number).expect("fewer views than 2^32"));
        let caller = Caller { auth: Some(user(number)), ..Caller::default() };
        engine.register(no, plan, caller).expect("a plan that is accepted");
    }
}
