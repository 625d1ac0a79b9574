//! What a change costs when a thousand views exist: whom the router names for it (mechanism M8).

use std::collections::BTreeSet;

use protocol::limits::REFILL_ENTRIES_PER_STEP;

use super::rig::Rig;
use crate::caller::Caller;
use crate::delta::ViewNo;
use crate::lower;
use crate::store::Transition;

const VIEWS: u32 = 1_000;

/// A thousand users with a view each: the first one's number is 0.
fn thousand(permission: &str, text: &str) -> Rig {
    let mut rig = Rig::new(permission, "");
    let users: Vec<_> = (0..VIEWS)
        .map(|n| {
            let row = format!("{{ lists: ['l{n}', 'm{n}'], admin: {} }}", n == 0);
            rig.change(&format!("user:u{n}"), Some(&row))
        })
        .collect();
    rig.apply(users);
    let plan = rig.plan(text, Some("user:u0"));
    for n in 0..VIEWS {
        let caller = Caller {
            auth: Some(lower::record_id(&format!("user:u{n}")).unwrap()),
            access: None,
            params: lower::params(&format!("{{ list: 'l{n}', ids: [t:{n}, t:x{n}], n: {n} }}"))
                .unwrap(),
        };
        rig.engine.register(ViewNo(n), &plan, caller).unwrap();
    }
    rig
}

/// Writes a row, and returns how many windows have to be stepped when it changes otherwise.
fn concerned(rig: &mut Rig, record: &str, row: &str) -> usize {
    let change = rig.change(record, Some(row));
    rig.engine.apply(vec![change]);
    let row = rig.engine.row(&lower::record_id(record).unwrap()).cloned();
    let at = rig.engine.names["t"];
    let router = &mut rig.engine.tables[at].router;
    // The row stays where it stands: nothing moves.
    let touches = router.apply(&[Transition { old: row.clone(), new: row }]);
    router.settle();
    let windows: BTreeSet<u32> = touches.iter().map(|touch| touch.window).collect();
    windows.len()
}

#[test]
fn of_a_thousand_members_a_change_concerns_those_it_names() {
    let mut rig = thousand("members CONTAINS $auth", "SELECT * FROM t");
    assert_eq!(concerned(&mut rig, "t:1", "{ members: [user:u3, user:u7, user:u3] }"), 2);
    assert_eq!(concerned(&mut rig, "t:1", "{ members: [user:u4] }"), 1);
    assert_eq!(concerned(&mut rig, "t:1", "{ members: [] }"), 0);
    let mut rig = thousand("$auth IN members", "SELECT * FROM t");
    assert_eq!(concerned(&mut rig, "t:1", "{ members: [user:u3, user:u7] }"), 2);
}

#[test]
fn of_a_thousand_owners_a_private_row_concerns_its_own() {
    let mut rig = thousand("owner = $auth OR public", "SELECT * FROM t");
    assert_eq!(concerned(&mut rig, "t:1", "{ owner: user:u3, public: false }"), 1);
    assert_eq!(concerned(&mut rig, "t:1", "{ owner: user:u3 }"), 1);
    let mut rig = thousand("owner = $auth OR !private", "SELECT * FROM t");
    assert_eq!(concerned(&mut rig, "t:1", "{ owner: user:u3, private: 'yes' }"), 1);
    let mut rig = thousand("owner = $auth OR public = true", "SELECT * FROM t");
    assert_eq!(concerned(&mut rig, "t:1", "{ owner: user:u3, public: false }"), 1);
    assert_eq!(concerned(&mut rig, "t:1", "{ owner: user:u3, public: true }"), VIEWS as usize);
    let mut rig = thousand("owner = $auth OR $auth.admin = true", "SELECT * FROM t");
    assert_eq!(concerned(&mut rig, "t:1", "{ owner: user:u3 }"), 2, "his and the admin's");
}

#[test]
fn of_a_thousand_lists_a_change_concerns_those_it_stands_in() {
    let mut rig = thousand("", "SELECT * FROM t WHERE list = $list ORDER BY n LIMIT 3");
    assert_eq!(concerned(&mut rig, "t:1", "{ list: 'l3' }"), 1);
    let mut rig = thousand("list IN $auth.lists", "SELECT * FROM t");
    assert_eq!(concerned(&mut rig, "t:1", "{ list: 'm3' }"), 1);
    let mut rig = thousand("lists CONTAINSANY $auth.lists", "SELECT * FROM t");
    assert_eq!(concerned(&mut rig, "t:1", "{ lists: ['m3', 'l3', 'l4'] }"), 2);
    let mut rig = thousand("", "SELECT * FROM t WHERE id IN $ids");
    assert_eq!(concerned(&mut rig, "t:3", "{ n: 1 }"), 1);
}

#[test]
fn of_a_thousand_borders_a_change_concerns_those_it_is_beyond() {
    // Whose argument is the row's own value is asked, too: the comparison judges.
    for (text, n, views) in
        [("n > $n", 3, 4), ("$n < n", 3, 4), ("n < $n", 997, 3), ("$n >= n", 997, 3)]
    {
        let mut rig = thousand("", &format!("SELECT * FROM t WHERE {text}"));
        assert_eq!(concerned(&mut rig, "t:1", &format!("{{ n: {n} }}")), views, "{text}");
    }
}

#[test]
fn what_is_kept_twice_is_not_looked_for_when_one_goes() {
    let mut rig = Rig::new("", "");
    for n in 0..9 {
        rig.write(&format!("t:{n}"), Some(&format!("{{ m: 1, n: {n} }}")));
    }
    rig.register(1, "SELECT * FROM t WHERE m > 0 ORDER BY n LIMIT 2", None, "{}");
    rig.hurried = true;
    rig.engine.refill_entries = 0;
    for (gone, next) in [("t:0", "t:2"), ("t:1", "t:3")] {
        let step = rig.write(gone, None);
        assert_eq!(step.views[0].rows.len(), 2, "{gone} goes and {next} comes at once");
    }
    rig.engine.refill_entries = REFILL_ENTRIES_PER_STEP;
}
