//! How changes of users' tables reach us: `capture.mode`.

/// One of the three ways. Registrations and marks come by their feed in each of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// The changefeed tells them, after the commit.
    #[default]
    Feed,
    /// Events announce them, before the commit; the row is read once that is known.
    Events(Announcing),
    /// Nobody tells them but whoever posts: no table of a user is read.
    Posts,
}

impl Way {
    /// To whom events announce, if they do.
    pub fn announcing(&self) -> Option<&Announcing> {
        match self {
            Way::Events(announcing) => Some(announcing),
            Way::Feed | Way::Posts => None,
        }
    }
}

/// To whom events post.
#[derive(Clone, PartialEq, Eq)]
pub struct Announcing {
    /// `http://host:port/ingest`, as the database reaches us.
    pub url: String,
    /// What they bring as the bearer: it opens nothing but announcing.
    pub bearer: Option<String>,
}

impl std::fmt::Debug for Announcing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Announcing({})", self.url)
    }
}
