//! The forms in which Connect may write the end of a flow.

use std::sync::LazyLock;

use tower_smartcar_connect::ErrorCode;

use super::{FlowEnd, Returned};

impl FlowEnd {
    /// Returns this end in every form in which an app has to accept it. The first one is this
    /// form, and no two are equal.
    ///
    /// They vary what Connect is known to vary:
    ///
    /// - spaces as `+` or `%20`,
    /// - the description with or without `error_description=`,
    /// - the documented description, if the published redirect has another one,
    /// - the full stop at the end of a description,
    /// - the `virtual_key_url` with or without percent-encoding.
    ///
    /// The first three are combined with each other, the last two are not.
    #[must_use]
    pub fn spellings(&self) -> Vec<Self> {
        let mut sources = vec![self.clone()];
        let code = self.error_code().unwrap_or(ErrorCode::Unknown);
        if *self == Self::error(code) {
            let documented = self.documented_description();
            sources
                .extend(documented.map(|text| self.clone().description(text).named("documented")));
        }
        let mut spellings = vec![self.clone()];
        let mut add = |spelling: Self| {
            let query = spelling.query(&Returned::default());
            let is_new = |other: &Self| other.query(&Returned::default()) != query;
            if spellings.iter().all(is_new) {
                spellings.push(spelling);
            }
        };
        for source in sources {
            for (is_bare, description) in [(false, "named"), (true, "bare")] {
                for (is_plus, space) in [(false, "percent"), (true, "plus")] {
                    let spelling = source
                        .clone()
                        .bare_description(is_bare)
                        .plus_for_space(is_plus);
                    add(spelling.named(description).named(space));
                }
            }
            let description = source.text("error_description").unwrap_or_default();
            match description.strip_suffix('.').map(str::to_owned) {
                Some(shorter) => add(source.description(shorter).named("without_full_stop")),
                None if description.is_empty() => {}
                None => {
                    let longer = format!("{description}.");
                    add(source.description(longer).named("with_full_stop"));
                }
            }
        }
        for (is_unencoded, url) in [(false, "encoded"), (true, "unencoded")] {
            add(self
                .clone()
                .unencoded_virtual_key_url(is_unencoded)
                .named(url));
        }
        spellings
    }

    /// The end of this name, among all and their spellings.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let mut spellings = KNOWN.iter().flatten();
        spellings.find(|end| end.name() == name).cloned()
    }
}

/// All ends, each with its spellings. The first spelling is the end itself.
pub(crate) static KNOWN: LazyLock<Vec<Vec<FlowEnd>>> =
    LazyLock::new(|| FlowEnd::all().iter().map(FlowEnd::spellings).collect());
