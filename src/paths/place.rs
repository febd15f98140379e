//! A callback path, and what is known of the flows that end there.

/// A callback path, and what is known of the flows that end there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub(super) path: String,
    /// The applications whose flows end there. Empty if they are not known.
    pub(super) application_ids: Vec<String>,
    /// Whether the redirect URI is on `http://localhost`.
    pub(super) is_on_localhost: bool,
}

impl Place {
    pub(super) fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            application_ids: Vec::new(),
            is_on_localhost: false,
        }
    }

    #[cfg(feature = "start")]
    pub(crate) fn of_application(path: &str, id: &str, is_on_localhost: bool) -> Self {
        Self {
            path: path.to_owned(),
            application_ids: vec![id.to_owned()],
            is_on_localhost,
        }
    }

    /// Adds the flows of another redirect URI with the same path. In a list, the applications of
    /// all paths are known, or none is.
    pub(super) fn merge(&mut self, other: Self) {
        self.is_on_localhost &= other.is_on_localhost;
        self.application_ids.extend(other.application_ids);
    }
}
