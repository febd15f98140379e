//! Paths of the app, to which responses redirect and link.

use std::sync::LazyLock;

use url::{Position, Url};

use crate::outcome::ConnectOutcome;

/// What targets are resolved against, to see where a browser would go. Nobody can own this name
/// (RFC 2606).
static APP: LazyLock<Url> =
    LazyLock::new(|| Url::parse("https://app.invalid").expect("the address is well-formed"));

/// A path of the app, perhaps with a query and a fragment.
#[derive(Clone, Debug)]
pub(super) struct Target(Url);

impl Target {
    /// # Panics
    ///
    /// If `text` leads a browser to another host, or back to the app with the result of a flow.
    #[track_caller]
    pub(super) fn new(text: &str) -> Self {
        match Self::parse(text) {
            Ok(target) => target,
            Err(reason) => panic!(
                "`{}` is not a path of the app: {reason}",
                text.escape_debug()
            ),
        }
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        if !text.starts_with('/') {
            return Err("it has to begin with `/`, such as `/garage`");
        }
        let url = APP.join(text).map_err(|_| "it is not a valid path")?;
        let target = Self(url);
        // A path can begin with `//` after its dots are resolved, and then names a host when it is
        // resolved again.
        if target.0.origin() != APP.origin() || target.as_str().starts_with("//") {
            return Err(
                "browsers take it for the address of another host; begin it with a single `/`",
            );
        }
        // Browsers remove or replace these, so it is not what the developer meant.
        if text.contains(|character: char| {
            character.is_ascii_control() || matches!(character, ' ' | '\\')
        }) {
            return Err("it has a space, a backslash or a control character; percent-encode it");
        }
        if !matches!(
            ConnectOutcome::from_query(target.0.query().unwrap_or_default()),
            Ok(None)
        ) {
            return Err(
                "its query has the result of a Connect flow, so it could be a callback again and loop",
            );
        }
        Ok(target)
    }

    /// The target as it is written in a `Location` and in a link: printable ASCII.
    pub(super) fn as_str(&self) -> &str {
        &self.0[Position::BeforePath..]
    }

    /// Whether its query has a parameter of this name, percent-encoded or not.
    pub(super) fn has_parameter(&self, name: &str) -> bool {
        self.0.query_pairs().any(|(other, _)| other == name)
    }

    /// The target with one more parameter in its query.
    pub(super) fn with_parameter(&self, name: &str, value: &str) -> Self {
        let mut url = self.0.clone();
        url.query_pairs_mut().append_pair(name, value);
        Self(url)
    }
}
