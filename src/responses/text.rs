//! The texts of the pages.

use std::borrow::Cow;

use http::HeaderMap;

use crate::outcome::failure::ConnectFailure;
use crate::outcome::rejected::RejectionReason;
use crate::outcome::resolution::Resolution;

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
    /// The texts of a page about a failure. The page escapes them.
    ///
    /// ```
    /// use tower_smartcar_connect::responses::ErrorText;
    /// use tower_smartcar_connect::{ConnectFailure, RejectionReason};
    ///
    /// let failure = ConnectFailure::Rejected(RejectionReason::StateExpired.into());
    /// let text = ErrorText::english(&failure).link("Go to your garage");
    /// ```
    ErrorText {
        /// Sets the language of the texts, a BCP 47 tag such as `de` or `pt-BR`.
        language,
        /// Sets the heading, which is also the title of the page.
        title,
        /// Sets the sentence about what happened.
        message,
        /// Sets the sentence about what the owner can do. If it is empty, the page has none.
        next_step,
        /// Sets the text of the link.
        link,
    }
}

/// Chooses the texts about a failure, for a request with these headers.
pub(super) type ChooseErrorText = dyn Fn(&ConnectFailure, &HeaderMap) -> ErrorText + Send + Sync;

impl ErrorText {
    /// Creates English texts about a failure of your own code, without a next step and with the link
    /// “Go to the app”.
    #[must_use]
    pub fn new(title: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            language: "en".into(),
            title: title.into(),
            message: message.into(),
            next_step: "".into(),
            link: "Go to the app".into(),
        }
    }

    /// Creates the default English texts about this failure.
    #[must_use]
    pub fn english(failure: &ConnectFailure) -> Self {
        let (title, message, next_step, link) = match failure {
            ConnectFailure::Error(error) => {
                let (title, next_step, link) = after_error(error.resolution());
                (title, error.suggested_user_message(), next_step, link)
            }
            ConnectFailure::Rejected(rejected) => after_rejection(rejected.reason()),
        };
        Self::new(title, message).next_step(next_step).link(link)
    }
}

texts! {
    /// The texts of a [`PopupMessage`](super::PopupMessage) after a success. The page escapes them.
    ///
    /// ```
    /// use tower_smartcar_connect::responses::PopupText;
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
        /// Sets the text of the link.
        link,
    }
}

/// Chooses the texts of the page after a success, for a request with these headers.
pub(super) type ChoosePopupText = dyn Fn(&HeaderMap) -> PopupText + Send + Sync;

impl PopupText {
    /// Creates the default English texts.
    #[must_use]
    pub fn english() -> Self {
        Self {
            language: "en".into(),
            title: "You can go back to the app".into(),
            sent: "You can close this window and continue in the other one.".into(),
            lost: "You can close this window. If your car isn’t connected in the app, try again."
                .into(),
            link: "Go to the app".into(),
        }
    }
}

type Text = &'static str;

/// Returns the title, the next step and the link. The message is that of the error code.
fn after_error(resolution: Resolution) -> (Text, Text, Text) {
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
            "We can’t connect cars right now",
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

/// Returns the title, the message, the next step and the link.
fn after_rejection(reason: RejectionReason) -> (Text, Text, Text, Text) {
    let not_connected = |message| {
        (
            "Your car wasn’t connected",
            message,
            "Go back to the app and start again.",
            "Start again",
        )
    };
    let try_later = |message| {
        (
            "Please try again later",
            message,
            "It usually helps to wait a few minutes.",
            "Try again",
        )
    };
    match reason {
        RejectionReason::NoOutcome => (
            "This page can’t be opened directly",
            "This page only works when you come back from connecting your car.",
            "Go back to the app to connect your car.",
            "Go to the app",
        ),
        // After a reload or the back button, the car may be connected.
        RejectionReason::StateUnknown => (
            "This link no longer works",
            "This link was already used or opened in another browser, or your browser blocks cookies.",
            "If your car isn’t connected in the app, start again.",
            "Go to the app",
        ),
        RejectionReason::StateExpired => {
            not_connected("This took too long, and the link has expired.")
        }
        RejectionReason::StateStoreUnavailable => try_later("We’re having problems right now."),
        RejectionReason::NotLoggedIn => (
            "Please log in first",
            "You’re not logged in to the app in this browser.",
            "Log in to the app, then start again.",
            "Go to the app",
        ),
        RejectionReason::OtherUser => (
            "Your car wasn’t connected",
            "You’re logged in to a different account than when you started.",
            "Log in to the account you want to use, then start again.",
            "Go to the app",
        ),
        RejectionReason::OtherVehicle => (
            "Your car wasn’t connected",
            "You came back with a different car than the one you started with.",
            "Start again and choose the same car.",
            "Start again",
        ),
        RejectionReason::OtherExternalId => {
            not_connected("This link belongs to a different account.")
        }
        RejectionReason::NotConfirmed => {
            not_connected("We couldn’t confirm that this car is yours.")
        }
        RejectionReason::ConfirmationUnavailable => {
            try_later("We can’t check the connection to your car right now.")
        }
        _ => not_connected("This link doesn’t work."),
    }
}
