//! The texts of the pages.

use std::borrow::Cow;

use http::HeaderMap;

use crate::failure::ConnectFailure;
use crate::invalid::InvalidCallbackKind;
use crate::resolution::Resolution;

/// Defines a set of texts, with a setter for each.
macro_rules! texts {
    ($(#[$documentation:meta])+ $name:ident { $($(#[$setter:meta])+ $text:ident,)+ }) => {
        $(#[$documentation])+
        #[derive(Clone, Debug)]
        pub struct $name {
            $(pub(super) $text: Cow<'static, str>,)+
        }

        impl $name {
            $(
                $(#[$setter])+
                #[must_use]
                pub fn $text(mut self, text: impl Into<Cow<'static, str>>) -> Self {
                    self.$text = text.into();
                    self
                }
            )+
        }
    };
}

texts! {
    /// The texts of an [`ErrorPage`](super::ErrorPage), and of a
    /// [`PopupMessage`](super::PopupMessage) about an invalid callback. The page escapes them.
    ///
    /// ```
    /// use tower_smartcar_connect::answers::ErrorText;
    /// use tower_smartcar_connect::{ConnectFailure, InvalidCallbackKind};
    ///
    /// let failure = ConnectFailure::Invalid(InvalidCallbackKind::StateExpired.into());
    /// let text = ErrorText::english(&failure).link("Go to your garage");
    /// ```
    ErrorText {
        /// Sets the language of the texts, a BCP 47 tag such as `de` or `pt-BR`.
        language,
        /// Sets the heading, which is also the title of the page.
        title,
        /// Sets the sentence about what happened.
        message,
        /// Sets the sentence about what the owner can do.
        next_step,
        /// Sets the text of the link.
        link,
    }
}

/// Chooses the texts about a failure, for a request with these headers.
pub(super) type ChooseErrorText = dyn Fn(&ConnectFailure, &HeaderMap) -> ErrorText + Send + Sync;

impl ErrorText {
    /// Creates the default English texts about this failure.
    #[must_use]
    pub fn english(failure: &ConnectFailure) -> Self {
        let kind = kind(failure);
        let (title, next_step, link) = match (kind, failure.resolution()) {
            // After a reload or the back button: the car may be connected.
            (Some(InvalidCallbackKind::StateUnknown), _) => (
                "This link no longer works",
                "Check in the app whether your car is connected. If not, start again.",
                "Go to the app",
            ),
            (Some(InvalidCallbackKind::NoResult), _) => (
                "This page can’t be opened directly",
                "Go back to the app to connect your car.",
                "Go to the app",
            ),
            (Some(_), Resolution::AskAgain) => (
                "Your car wasn’t connected",
                "Go back to the app and start again.",
                "Start again",
            ),
            (_, resolution) => texts_after_error(resolution),
        };
        let message = match failure {
            ConnectFailure::Error(error) => error.suggested_user_message(),
            ConnectFailure::Invalid(invalid) => message_about_invalid(invalid.kind()),
        };
        Self {
            language: "en".into(),
            title: title.into(),
            message: message.into(),
            next_step: next_step.into(),
            link: link.into(),
        }
    }

    /// Creates the same texts for a popup, which has no link.
    pub(super) fn english_in_popup(failure: &ConnectFailure) -> Self {
        Self::english(failure).next_step(match kind(failure) {
            Some(InvalidCallbackKind::StateUnknown) => {
                "Close this window and check in the app whether your car is connected. If not, start again."
            }
            Some(InvalidCallbackKind::NoResult) => "Close this window and go back to the app to connect your car.",
            Some(InvalidCallbackKind::StateStoreUnavailable) => {
                "Close this window, go back to the app and try again in a few minutes."
            }
            _ => "Close this window, go back to the app and start again.",
        })
    }
}

texts! {
    /// The texts of a [`PopupMessage`](super::PopupMessage) that sends a message. The page escapes
    /// them.
    ///
    /// ```
    /// use tower_smartcar_connect::answers::PopupText;
    ///
    /// let text = PopupText::english().sent("Your garage is in the other window.");
    /// ```
    PopupText {
        /// Sets the language of the texts, a BCP 47 tag such as `de` or `pt-BR`.
        language,
        /// Sets the heading, which is also the title of the page.
        title,
        /// Sets the sentence for an owner whose window stays open after the message was sent.
        sent,
        /// Sets the sentence for an owner whose window cannot send the message, because it has no
        /// opener or scripts are disabled.
        ///
        /// The heading is the same in both cases, so it should not say how the flow ended.
        lost,
    }
}

/// Chooses the texts of the page that sends a message, for a request with these headers.
pub(super) type ChoosePopupText = dyn Fn(&HeaderMap) -> PopupText + Send + Sync;

impl PopupText {
    /// Creates the default English texts.
    #[must_use]
    pub fn english() -> Self {
        Self {
            language: "en".into(),
            title: "Please close this window".into(),
            sent: "You can continue in the other window.".into(),
            lost: "We lost the connection to the app. Check in the app whether your car is connected. If not, start again."
                .into(),
        }
    }
}

/// Returns the kind of an invalid callback.
fn kind(failure: &ConnectFailure) -> Option<InvalidCallbackKind> {
    match failure {
        ConnectFailure::Error(_) => None,
        ConnectFailure::Invalid(invalid) => Some(invalid.kind()),
    }
}

/// Returns the title, the next step and the link of a page about an error, or about a failure of the
/// server.
fn texts_after_error(resolution: Resolution) -> (&'static str, &'static str, &'static str) {
    match resolution {
        Resolution::AskAgain => (
            "Your car isn’t connected yet",
            "You can try again whenever you like.",
            "Try again",
        ),
        Resolution::ContinueWithout => (
            "You can skip this step",
            "You can continue without it.",
            "Continue",
        ),
        Resolution::FixSubscription => (
            "You need an active subscription",
            "Renew it in your car maker’s app or on its website, then try again.",
            "Try again",
        ),
        Resolution::AddVehicle => (
            "We couldn’t find your car",
            "Add your car to that account in the car maker’s app, then try again.",
            "Try again",
        ),
        Resolution::OfferAnotherVehicle => (
            "This car can’t be connected",
            "If you have another car, you can try that one.",
            "Try another car",
        ),
        Resolution::RetryLater => (
            "Please try again later",
            "It usually helps to wait a few minutes.",
            "Try again",
        ),
        Resolution::FixConfiguration => (
            "It’s not your fault",
            "Trying again won’t help. Please contact support.",
            "Go to the app",
        ),
        Resolution::ContactSupport => (
            "Something went wrong",
            "Please try again. If that doesn’t help, contact support.",
            "Try again",
        ),
    }
}

/// Returns a sentence that tells the owner what happened.
fn message_about_invalid(kind: InvalidCallbackKind) -> &'static str {
    match kind {
        InvalidCallbackKind::NoResult => {
            "This page only works when you come back from connecting your car."
        }
        InvalidCallbackKind::StateExpired => "This took too long, and the link has expired.",
        InvalidCallbackKind::StateUnknown => {
            "This link was already used, or it was opened in another browser."
        }
        InvalidCallbackKind::StateStoreUnavailable => "We’re having problems right now.",
        _ => "This link doesn’t work.",
    }
}
