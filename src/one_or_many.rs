//! One text or several, for constructors that take a list which mostly has one entry.

/// One or several texts: a `&str`, a `String`, or an array, slice or `Vec` of them.
///
/// What [`ConnectCallbackLayer::new`](crate::ConnectCallbackLayer::new) and, with the feature `url`,
/// `ConnectCallbackLayer::for_redirect_uris` take.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a text nor a list of texts",
    label = "not one or several texts",
    note = "give a `&str` or a `String`, or an array, a slice or a `Vec` of them"
)]
pub trait OneOrMany {
    /// The texts, in their order.
    fn into_strings(self) -> Vec<String>;
}

impl OneOrMany for &str {
    fn into_strings(self) -> Vec<String> {
        vec![self.to_owned()]
    }
}

impl OneOrMany for String {
    fn into_strings(self) -> Vec<String> {
        vec![self]
    }
}

impl<T: Into<String>, const N: usize> OneOrMany for [T; N] {
    fn into_strings(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<T: Into<String>> OneOrMany for Vec<T> {
    fn into_strings(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<T: Clone + Into<String>> OneOrMany for &[T] {
    fn into_strings(self) -> Vec<String> {
        self.iter().cloned().map(Into::into).collect()
    }
}
