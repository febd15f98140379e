//! What an answer tells the owner.

use std::borrow::Cow;

use http::HeaderMap;

use super::failure::Failure;
use crate::invalid::InvalidCallbackKind;
use crate::resolution::Resolution;

/// Defines a set of texts, each of which can be replaced.
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
    /// What an [`ErrorPage`](super::ErrorPage) says, and a [`PopupMessage`](super::PopupMessage) about an invalid callback.
    /// All texts are plain: the page escapes them.
    ///
    /// ```
    /// use tower_smartcar_connect::ErrorCode;
    /// use tower_smartcar_connect::answers::{ErrorText, Failure};
    ///
    /// let text = ErrorText::english(Failure::Error(ErrorCode::VehicleIncompatible))
    ///     .next_step("Put yourself on the list, and we tell you when it works.")
    ///     .link("To the list");
    /// ```
    ErrorText {
        /// Sets the language of the texts, as in HTML's `lang`: a BCP 47 tag such as `de` or `pt-BR`.
        language,
        /// Sets the heading, which is the title of the window too.
        title,
        /// Sets the sentence on what happened.
        message,
        /// Sets the sentence on what the owner can do.
        next_step,
        /// Sets the text of the link.
        link,
    }
}

/// Chooses the words about a failure, by the headers of the request too.
pub(super) type ChooseErrorText = dyn Fn(Failure, &HeaderMap) -> ErrorText + Send + Sync;

impl ErrorText {
    /// The text of this crate, in English.
    #[must_use]
    pub fn english(failure: Failure) -> Self {
        let (title, next_step, link) = match (failure, failure.resolution()) {
            // After a reload or the back button the car may well be connected.
            (Failure::Invalid(InvalidCallbackKind::StateUnknown), _) => (
                "This page works only once",
                "Look in the app whether your car is connected. If it is not, start again.",
                "Go to the app",
            ),
            (Failure::Invalid(_), Resolution::AskAgain) => (
                "Please start again",
                "Your car was not connected by this page. Go back to the app and start again.",
                "Start again",
            ),
            (_, resolution) => of_resolution(resolution),
        };
        let message = match failure {
            Failure::Error(code) => code.suggested_user_message(),
            Failure::Invalid(kind) => of_invalid(kind),
        };
        Self {
            language: "en".into(),
            title: title.into(),
            message: message.into(),
            next_step: next_step.into(),
            link: link.into(),
        }
    }

    /// The same for a popup, which has no link to go on by but can be closed.
    pub(super) fn english_in_popup(failure: Failure) -> Self {
        Self::english(failure).next_step(match failure {
            Failure::Invalid(InvalidCallbackKind::StateUnknown) => {
                "Close this window and look in the app whether your car is connected. If it is not, start again."
            }
            Failure::Invalid(InvalidCallbackKind::StateStoreUnavailable) => {
                "Close this window, go back to the app and try again in a few minutes."
            }
            _ => "Your car was not connected by this page. Close this window, go back to the app and start again.",
        })
    }
}

texts! {
    /// What a [`PopupMessage`](super::PopupMessage) says where it has a message to deliver. All texts are plain: the page
    /// escapes them, and its script shows them as text.
    ///
    /// ```
    /// use tower_smartcar_connect::answers::PopupText;
    ///
    /// let text = PopupText::english().sent("Go on in the other window. Your garage is there.");
    /// ```
    PopupText {
        /// Sets the language of the texts, as in HTML's `lang`: a BCP 47 tag such as `de` or `pt-BR`.
        language,
        /// Sets the heading, which is the title of the window too.
        title,
        /// Sets the sentence for an owner whose browser has sent the message but keeps the window open.
        sent,
        /// Sets the sentence for an owner whose message cannot be sent, because no page has opened the window or no
        /// script runs.
        lost,
    }
}

/// Chooses the words beside a message, by the headers of the request.
pub(super) type ChoosePopupText = dyn Fn(&HeaderMap) -> PopupText + Send + Sync;

impl PopupText {
    /// The text of this crate, in English.
    #[must_use]
    pub fn english() -> Self {
        Self {
            language: "en".into(),
            title: "You can close this window".into(),
            sent: "Your app goes on in the other window.".into(),
            lost: "This window has lost touch with the page that opened it, so your car may not be connected. Close \
                   this window, go back to the app and try again."
                .into(),
        }
    }
}

/// Title, next step and link.
fn of_resolution(resolution: Resolution) -> (&'static str, &'static str, &'static str) {
    match resolution {
        Resolution::AskAgain => (
            "Your car is not connected yet",
            "You can try again whenever you like.",
            "Try again",
        ),
        Resolution::FixSubscription => (
            "Your car’s subscription is not active",
            "Renew it in your car manufacturer’s app or on its website, then try again.",
            "Try again",
        ),
        Resolution::AddVehicle => (
            "No car found",
            "Add your car to that account in the manufacturer’s app, then try again.",
            "Try again",
        ),
        Resolution::OfferAnotherVehicle => (
            "This car does not work with the app",
            "If you have another car, you can try with that one.",
            "Try another car",
        ),
        Resolution::RetryLater => (
            "That did not work just now",
            "Please try again in a few minutes.",
            "Try again",
        ),
        Resolution::FixConfiguration => (
            "Cars cannot be connected right now",
            "Trying again does not help. Please tell the people who run the app.",
            "Go back",
        ),
        Resolution::ContactSupport => (
            "Something went wrong",
            "Please try again. If that does not help, ask the people who run the app.",
            "Try again",
        ),
    }
}

fn of_invalid(kind: InvalidCallbackKind) -> &'static str {
    match kind {
        InvalidCallbackKind::StateExpired => "Connecting your car took longer than this page waits.",
        InvalidCallbackKind::StateUnknown => "This page was used already, or was begun in another browser.",
        InvalidCallbackKind::StateStoreUnavailable => "The app is having problems.",
        _ => "This link does not work.",
    }
}
