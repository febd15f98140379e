//! The start page of the garage.

use maud::{DOCTYPE, Markup, html};
use tower_smartcar_connect::{ErrorCode, Resolution};

use super::backstage::{Callback, Scene};

/// What an owner is told who comes back.
pub(crate) enum News {
    Connected,
    NotConnected(ErrorCode),
}

impl News {
    /// The news of a `connect_error` in the address; `None` if it has none of the texts that the garage writes there.
    pub(crate) fn of_error(text: &str) -> Option<Self> {
        let code: ErrorCode = text.parse().ok()?;
        (code.as_str() == text).then_some(Self::NotConnected(code))
    }
}

/// Links that no flow of this browser has led to.
const FORGERIES: [(&str, &str); 7] = [
    (
        "/callback?code=stolen&state=made-up",
        "Somebody else’s code, with a state that is made up",
    ),
    ("/callback?code=stolen", "Somebody else’s code, without a state"),
    (
        "/callback?error=access_denied&error_description=Call%200900%20now&state=made-up",
        "An error that never was",
    ),
    (
        "/callback?error=access_denied&code=1&state=made-up",
        "Failed and succeeded at once",
    ),
    ("/callback?code=1&code=2&state=made-up", "Two codes"),
    (
        "/callback?error=%3Cscript%3Ealert(1)%3C/script%3E&state=made-up%00",
        "An error that is a script",
    ),
    ("/callback/?code=stolen&state=made-up", "Another spelling of the path"),
];

pub(crate) fn home(news: Option<News>, scene: &Scene) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Garage" }
                link rel="icon" href="/icon.svg";
                link rel="stylesheet" href="/style.css";
                script src="/popup.js" defer {}
            }
            body {
                header { p { "Garage" } }
                main {
                    @match news {
                        None => (welcome()),
                        Some(News::Connected) => (connected()),
                        Some(News::NotConnected(code)) => (not_connected(code)),
                    }
                    (backstage(scene))
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
        section.card.news.good role="status" {
            h1 { "Your car is connected" }
            p { "It is in your garage now." }
            (buttons("Connect another car"))
        }
    }
}

fn not_connected(code: ErrorCode) -> Markup {
    html! {
        section.card.news.bad role="status" {
            h1 { "Your car is not connected" }
            p { (code.suggested_user_message()) " " (next_step(code.resolution())) }
            (buttons("Try again"))
        }
    }
}

fn next_step(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::AskAgain => "We need your permission to show you your car. You can try again whenever you like.",
        Resolution::FixSubscription => "Renew it in the manufacturer’s app, then try again.",
        Resolution::AddVehicle => "Add it there, then try again.",
        Resolution::OfferAnotherVehicle => "If you have another one, try that.",
        Resolution::RetryLater => "Please try again in a few minutes.",
        Resolution::FixConfiguration => "We have been told, and there is nothing that you need to do.",
        _ => "Please try again, and write to us if that does not help.",
    }
}

fn buttons(text: &str) -> Markup {
    html! {
        div.buttons {
            form method="post" action="/connect" { button #connect { (text) } }
            // Shown by the script, without which there is no popup.
            button #popup type="button" hidden { (text) " in a popup" }
        }
        dl #message hidden {}
    }
}

fn backstage(scene: &Scene) -> Markup {
    html! {
        section.backstage aria-labelledby="backstage" {
            h2 #backstage { "Behind the scenes" }
            @match &scene.callback {
                None => p { "When a callback arrives, this shows what the layer made of it." },
                Some(callback) => (extracted(callback)),
            }
            @if !scene.lines.is_empty() {
                h3 { "The log" }
                pre #log { @for line in &scene.lines { (line) "\n" } }
            }
            @if !scene.counters.is_empty() {
                h3 { "The counters, as " a href="/metrics" { "Prometheus" } " reads them" }
                pre #counters { @for line in &scene.counters { (line) "\n" } }
            }
        }
    }
}

fn extracted(callback: &Callback) -> Markup {
    html! {
        h3 { "The last callback, on " code { (callback.path) } }
        p { "The layer made it " @if callback.kind == "ConnectSuccess" { "a " } @else { "an " } code #kind { (callback.kind) } "." }
        @if !callback.fields.is_empty() {
            dl #fields {
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
            h2 #forgeries { "Callbacks that nobody sent" }
            p { "Links that an attacker could send you. The layer refuses them before the app sees anything." }
            ul { @for (target, text) in FORGERIES { li { a href=(target) { (text) } } } }
        }
    }
}
