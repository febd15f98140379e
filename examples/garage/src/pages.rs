//! The pages of the app: the garage, and the login.

use axum::Router;
use axum::extract::State;
use axum::response::Redirect;
use axum::routing::get;
use maud::{DOCTYPE, Markup, html};

use crate::App;
use crate::login::User;

pub(crate) fn routes(app: App) -> Router {
    Router::new().route("/", get(garage)).with_state(app)
}

async fn garage(user: Option<User>, State(app): State<App>) -> Result<Markup, Redirect> {
    let user = user.ok_or(Redirect::to("/login"))?;
    let vehicles = app.garage.vehicles(&user);
    Ok(page(
        "Your garage",
        html! {
            p { "Hello " (user.name) "." }
            @if vehicles.is_empty() { p { "You haven’t connected a car yet." } }
            ul {
                @for vehicle in &vehicles {
                    li {
                        (vehicle.name) " "
                        form method="post" action={ "/connect?vehicle_id=" (vehicle.id) } {
                            button { "Connect again" }
                        }
                    }
                }
            }
            form method="post" action="/connect" { button { "Connect a car" } }
        },
    ))
}

pub(crate) async fn login() -> Markup {
    page(
        "Log in",
        html! {
            form method="post" action="/login" {
                label { "Name " input name="name" autocomplete="username" required; }
                label { " Password " input name="password" type="password" autocomplete="current-password" required; }
                button { "Log in" }
            }
        },
    )
}

fn page(title: &str, content: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { "body { font: 1.1rem/1.5 system-ui; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }" }
            }
            body { main { h1 { (title) } (content) } }
        }
    }
}
