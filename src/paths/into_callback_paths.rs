//! What stands for callback paths as an argument.

use super::CallbackPaths;
use super::place::Place;

/// Arguments that stand for callback paths.
///
/// | argument | the callback paths |
/// | --- | --- |
/// | `&str`, `String`, `&String` | the path |
/// | [`&ConnectUrl`](crate::ConnectUrl) | the path of its redirect URI |
/// | `[T; N]`, `Vec<T>`, `&[T]` | the paths in the list, each one of the above |
/// | [`CallbackPaths`] | a predicate, registered redirect URIs, or paths with other settings |
///
/// Write a path as browsers send it, percent-encoded where a URL needs it. A redirect URI without a
/// path, such as `http://localhost:8000`, has the path `/`.
///
/// Behind a proxy that strips a prefix, and inside `axum::Router::nest`, pass the path that the
/// browser asks for, and name the prefix with [`stripped_prefix`](CallbackPaths::stripped_prefix).
///
/// The trait is sealed: other types cannot implement it.
///
/// # Panics
///
/// Functions that take such an argument panic if the list is empty, if two paths are spellings of
/// one path, such as `/callback` and `/call%62ack`, or if a path can never match because it
///
/// - does not begin with `/`,
/// - contains `?` or `#`,
/// - contains a space, `{`, `}`, a backslash, a control character or a segment `.` or `..`, which
///   browsers never send.
///
/// The message says what to change. A path that is listed twice counts once.
///
/// ```
/// use tower_smartcar_connect::paths::CallbackPaths;
///
/// let one = CallbackPaths::new("/callback");
/// let several = CallbackPaths::new(["/callback", "/reauth"]);
/// let configured: Vec<String> = vec!["/callback".to_owned()];
/// let borrowed = CallbackPaths::new(&configured[..]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not stand for callback paths",
    label = "not callback paths",
    note = "pass a path such as \"/callback\", a list of paths, or a `&ConnectUrl`",
    note = "pass `CallbackPaths::matching(…)` for a predicate, or `CallbackPaths::for_redirect_uris(…)` for URIs"
)]
pub trait IntoCallbackPaths: Sealed {}

/// Not nameable outside of this crate, so other types cannot implement [`IntoCallbackPaths`].
pub trait Sealed {
    #[track_caller]
    fn into_callback_paths(self) -> CallbackPaths;
}

/// One callback path.
pub trait IntoPlace {
    fn into_place(self) -> Place;
}

impl IntoPlace for &str {
    fn into_place(self) -> Place {
        Place::new(self)
    }
}

impl IntoPlace for String {
    fn into_place(self) -> Place {
        Place::new(&self)
    }
}

impl IntoPlace for &String {
    fn into_place(self) -> Place {
        Place::new(self)
    }
}

#[diagnostic::do_not_recommend]
impl<P: IntoPlace> IntoCallbackPaths for P {}
impl<P: IntoPlace, const N: usize> IntoCallbackPaths for [P; N] {}
impl<P: IntoPlace> IntoCallbackPaths for Vec<P> {}
impl<P: IntoPlace + Clone> IntoCallbackPaths for &[P] {}
impl IntoCallbackPaths for CallbackPaths {}

impl<P: IntoPlace> Sealed for P {
    fn into_callback_paths(self) -> CallbackPaths {
        CallbackPaths::list([self])
    }
}

impl<P: IntoPlace, const N: usize> Sealed for [P; N] {
    fn into_callback_paths(self) -> CallbackPaths {
        CallbackPaths::list(self)
    }
}

impl<P: IntoPlace> Sealed for Vec<P> {
    fn into_callback_paths(self) -> CallbackPaths {
        CallbackPaths::list(self)
    }
}

impl<P: IntoPlace + Clone> Sealed for &[P] {
    fn into_callback_paths(self) -> CallbackPaths {
        CallbackPaths::list(self.iter().cloned())
    }
}

impl Sealed for CallbackPaths {
    fn into_callback_paths(self) -> CallbackPaths {
        self
    }
}
