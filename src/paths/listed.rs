//! A list of callback paths.

use std::collections::HashMap;
use std::sync::Arc;

use super::forms;
use super::place::Place;

/// Comparing up to this many paths is faster than a lookup.
const FEW: usize = 4;

/// Callback paths, found by the paths on which callbacks arrive.
///
/// A callback arrives on its callback path as it was given or in its canonical form, perhaps
/// without a prefix. No two callback paths share one of these, so each leads back to the callback
/// path that the browser asked for.
pub(super) struct Listed {
    /// The callback paths as they were given.
    given: Vec<Place>,
    /// Where callbacks arrive, by the path without a slash at its end. A request that differs from
    /// a callback in this slash is rejected, so it has to be found as well.
    arrivals: HashMap<Box<str>, Arrivals>,
    /// The paths on which callbacks arrive, if there are few.
    few: Option<Box<[Box<str>]>>,
    /// Whether callbacks arrive on a path with an escape.
    has_escape: bool,
}

/// The callback paths in their canonical form: of the path without a slash at its end, and of the
/// path with it.
type Arrivals = [Option<Arc<Place>>; 2];

/// The place of a path in [`Listed::arrivals`].
fn key_and_slash(path: &str) -> (&str, usize) {
    match path.strip_suffix('/') {
        Some(path) => (path, 1),
        None => (path, 0),
    }
}

impl Listed {
    /// Lists paths that have no [`problem`](forms::problem). If there is a prefix, callbacks arrive
    /// without it.
    ///
    /// # Errors
    ///
    /// What is wrong with the list, and what to change.
    pub(super) fn new(places: Vec<Place>, prefix: Option<&str>) -> Result<Self, String> {
        let given = merged(places);
        let mut arrivals: HashMap<Box<str>, Arrivals> = HashMap::new();
        let mut all: Vec<Box<str>> = Vec::new();
        let canonical_prefix = prefix.map(forms::canonical_by_segment);
        let mut is_stripped = prefix.is_none();
        for place in &given {
            let path = &place.path;
            let canonical = forms::canonical_by_segment(path);
            let asked_for = Arc::new(Place {
                path: canonical.clone(),
                ..place.clone()
            });
            for form in [path, &canonical] {
                let mut prefixes = prefix.into_iter().chain(canonical_prefix.as_deref());
                let rest = prefixes.find_map(|prefix| forms::without_prefix(form, prefix));
                is_stripped |= rest.is_some();
                let seen = rest.unwrap_or(form);
                let (key, slash) = key_and_slash(seen);
                let arrival = &mut arrivals.entry(key.into()).or_default()[slash];
                match arrival.replace(asked_for.clone()) {
                    None => all.push(seen.into()),
                    Some(same) if Arc::ptr_eq(&same, &asked_for) => {}
                    Some(other) => return Err(conflict(&given, path, &other.path, seen, prefix)),
                }
            }
        }
        if let (Some(prefix), false) = (prefix, is_stripped) {
            return Err(format!(
                "no callback path begins with the prefix {prefix:?}: {:?}; pass the paths as the browser sees them, or \
                 leave out the prefix",
                given.iter().map(|place| &place.path).collect::<Vec<_>>()
            ));
        }
        Ok(Self {
            given,
            arrivals,
            has_escape: all.iter().any(|path| path.contains('%')),
            few: (all.len() <= FEW).then(|| all.into()),
        })
    }

    /// The callback paths as they were given.
    pub(super) fn given(&self) -> &[Place] {
        &self.given
    }

    /// Whether callbacks may arrive on this path, or on one that some router may treat like it.
    ///
    /// This does not allocate. It can return `true` for other paths.
    #[inline]
    pub(super) fn may_have(&self, path: &str) -> bool {
        match &self.few {
            Some(few) => few.iter().any(|it| forms::may_be_routed_as(path, it)),
            None => {
                self.has_with_or_without_slash(path)
                    || forms::has_escape_or_empty_segment(path)
                    || (self.has_escape && forms::has_raw_character(path))
            }
        }
    }

    /// The callback path of the callbacks that arrive on this path.
    pub(super) fn callback_path(&self, path: &str) -> Option<&Arc<Place>> {
        let (key, slash) = key_and_slash(path);
        self.arrivals.get(key)?[slash].as_ref()
    }

    /// Whether a router that decodes and normalizes this path may deliver it to a callback's route.
    pub(super) fn has_form_of(&self, path: &str) -> bool {
        self.has_with_or_without_slash(&forms::canonical(path))
            || self.has_with_or_without_slash(&forms::canonical_by_segment(path))
    }

    fn has_with_or_without_slash(&self, path: &str) -> bool {
        self.arrivals.contains_key(key_and_slash(path).0)
    }
}

/// Each path once. Flows on `http://localhost` are for development, so if any redirect URI is
/// elsewhere, none is treated as one of them.
fn merged(mut places: Vec<Place>) -> Vec<Place> {
    places.sort_unstable();
    let is_on_localhost = places.iter().all(|place| place.is_on_localhost);
    let mut merged: Vec<Place> = Vec::new();
    for mut place in places {
        place.is_on_localhost = is_on_localhost;
        match merged.last_mut() {
            Some(last) if last.path == place.path => last.merge(place),
            _ => merged.push(place),
        }
    }
    merged
}

/// Why the list is rejected: callbacks of `path`, and of the path with the canonical form `other`,
/// both arrive on `seen`.
#[cold]
fn conflict(given: &[Place], path: &str, other: &str, seen: &str, prefix: Option<&str>) -> String {
    let others = given.iter().map(|place| &*place.path);
    let other = others
        .filter(|it| *it != path)
        .find(|it| forms::canonical_by_segment(it) == other)
        .unwrap_or(other);
    match prefix {
        None => format!(
            "callback paths {other:?} and {path:?} are spellings of one path; keep the one in the redirect URI"
        ),
        Some(prefix) => format!(
            "callback paths {other:?} and {path:?} both arrive as {seen:?} if the prefix {prefix:?} is stripped; pass \
             only the path that the browser asks for, and name the prefix only where something strips it"
        ),
    }
}
