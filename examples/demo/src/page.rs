//! The start page of the garage.

use maud::{DOCTYPE, Markup, html};
use tower_smartcar_connect::{ErrorCode, Resolution};

use super::diagnostics::{Callback, Snapshot};

/// The news for an owner who returns.
pub(crate) enum News {
    Connected,
    NotConnected(ErrorCode),
}

impl News {
    /// Returns the news for a `connect_error`, or `None` if the garage does not write this value.
    pub(crate) fn from_error_parameter(text: &str) -> Option<Self> {
        let code = ErrorCode::from(text);
        (code.as_str() == text).then_some(Self::NotConnected(code))
    }
}

/// Forged callbacks.
const FORGED_CALLBACKS: [(&str, &str); 7] = [
    (
        "/callback?code=stolen&state=made-up",
        "A stolen code with a made-up state",
    ),
    ("/callback?code=stolen", "A stolen code without a state"),
    (
        "/callback?error=access_denied&error_description=Call%200900%20now&state=made-up",
        "An error that never happened",
    ),
    (
        "/callback?error=access_denied&code=1&state=made-up",
        "An error and a success at once",
    ),
    ("/callback?code=1&code=2&state=made-up", "Two codes"),
    (
        "/callback?error=%3Cscript%3Ealert(1)%3C/script%3E&state=made-up%00",
        "An error that is a script",
    ),
    (
        "/callback/?code=stolen&state=made-up",
        "A path with an extra slash",
    ),
];

pub(crate) fn home(news: Option<News>, snapshot: &Snapshot) -> Markup {
    let (title, news) = match news {
        None => ("Garage", welcome()),
        Some(News::Connected) => ("Your car is connected – Garage", connected()),
        Some(News::NotConnected(code)) => {
            ("Your car isn’t connected yet – Garage", not_connected(code))
        }
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" href="/icon.svg";
                link rel="stylesheet" href="/style.css";
                script src="/popup.js" defer {}
            }
            body {
                header { p { "Garage" } }
                main {
                    (news)
                    (diagnostics(snapshot))
                    (forgeries())
                }
                footer { p { "A demo of tower-smartcar-connect. A simulator stands in for Smartcar Connect." } }
            }
        }
    }
}

fn welcome() -> Markup {
    html! {
        section.card.news {
            h1 { "Your car, in your garage" }
            p { "See its charge, its mileage and where you parked it." }
            (buttons("Connect your car"))
        }
    }
}

fn connected() -> Markup {
    html! {
        section.card.news.good {
            h1 { "Your car is connected" }
            p { "It is in your garage now." }
            (buttons("Connect another car"))
        }
    }
}

fn not_connected(code: ErrorCode) -> Markup {
    let (advice, offer) = next_step(code.resolution());
    html! {
        section.card.news.bad {
            h1 { "Your car isn’t connected yet" }
            p { (code.suggested_user_message()) " " (advice) }
            (offer)
        }
    }
}

/// Returns what the owner can do, and the button for it.
fn next_step(resolution: Resolution) -> (&'static str, Markup) {
    match resolution {
        Resolution::AskAgain => (
            "We need your permission to show you your car. You can try again whenever you like.",
            buttons("Try again"),
        ),
        Resolution::ContinueWithout => ("You can continue without it.", buttons("Continue")),
        Resolution::FixSubscription => (
            "Renew it in the car maker’s app, then try again.",
            buttons("Try again"),
        ),
        Resolution::AddVehicle => ("Add your car there, then try again.", buttons("Try again")),
        Resolution::OfferAnotherVehicle => (
            "If you have another car, you can try that one.",
            buttons("Connect another car"),
        ),
        Resolution::RetryLater => ("Please try again in a few minutes.", buttons("Try again")),
        // Another attempt would fail too, so there is no button.
        Resolution::FixConfiguration => (
            "We’ve been notified. There’s nothing you need to do.",
            html! { p { a href="/" { "Back to the garage" } } },
        ),
        _ => (
            "Please try again. If that doesn’t help, contact support.",
            buttons("Try again"),
        ),
    }
}

fn buttons(text: &str) -> Markup {
    let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    html! {
        div.buttons {
            form method="post" action="/connect" { button #connect { (text) } }
            // The script shows it, because the popup needs the script. After an error, the script
            // opens the page of one of these codes.
            button #popup type="button" data-codes=(codes.join(" ")) hidden { (text) " in a popup" }
        }
        p #status role="status" {}
    }
}

fn diagnostics(snapshot: &Snapshot) -> Markup {
    html! {
        section.diagnostics aria-labelledby="diagnostics" {
            h2 #diagnostics { "Behind the scenes" }
            @match &snapshot.callback {
                None => p { "After a callback, this shows what the layer found in it." },
                Some(callback) => (extracted(callback)),
            }
            // The script fills it.
            div #message hidden {
                h3 #message-heading { "Message from the popup" }
                p { "Smartcar’s JavaScript SDK waits for it in the page that opened the popup." }
                dl aria-labelledby="message-heading" {}
            }
            // Long lines scroll, also with the keyboard.
            @if !snapshot.lines.is_empty() {
                h3 #log-heading { "Log, newest line first" }
                pre #log tabindex="0" role="region" aria-labelledby="log-heading" {
                    @for line in &snapshot.lines { span { (line) "\n" } }
                }
            }
            @if !snapshot.counters.is_empty() {
                h3 #counters-heading { "Counters, as " a href="/metrics" { "Prometheus" } " reads them" }
                pre #counters tabindex="0" role="region" aria-labelledby="counters-heading" {
                    @for line in &snapshot.counters { span { (counter(line)) "\n" } }
                }
            }
        }
    }
}

/// Returns a counter, whose line can break before a label.
fn counter(line: &str) -> Markup {
    html! { @for part in line.split_inclusive(['{', ',']) { (part) wbr; } }
}

fn extracted(callback: &Callback) -> Markup {
    html! {
        h3 #fields-heading { "The last callback, on " code { (callback.path) } }
        p { "The layer found " @if callback.kind == "ConnectSuccess" { "a " } @else { "an " } code #kind { (callback.kind) } "." }
        @if !callback.fields.is_empty() {
            dl #fields aria-labelledby="fields-heading" {
                @for (name, value) in &callback.fields {
                    div {
                        dt { code { (name) } }
                        @match value {
                            Some(value) => dd { (value) },
                            None => dd.private { "private, not shown" },
                        }
                    }
                }
            }
        }
    }
}

fn forgeries() -> Markup {
    html! {
        section aria-labelledby="forgeries" {
            h2 #forgeries { "Forged callbacks" }
            p { "An attacker could send you these links. The layer rejects them before the app sees them." }
            ul { @for (target, text) in FORGED_CALLBACKS { li { a href=(target) { (text) } } } }
        }
    }
}
