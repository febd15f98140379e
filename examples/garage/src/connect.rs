//! Connecting cars: how an owner's flow starts, what confirms it, and what comes of it.

use axum::extract::{Extension, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Router, routing::get};
use http::StatusCode;
use http::request::Parts;
use serde::Deserialize;
use tower_smartcar_connect::responses::ErrorPage;
use tower_smartcar_connect::states::{NotStarted, StartState};
use tower_smartcar_connect::{
    ConnectCallbackLayer, ConnectSuccess, ConnectUrl, RejectionReason, StartConnect, StateCookie,
    extract,
};

use crate::App;
use crate::login::{AuthSession, User};
use crate::smartcar::Connection;

pub(crate) fn routes(base: ConnectUrl, state_cookie: StateCookie, app: App) -> Router {
    // Both ends know who is logged in: a flow of one user cannot end for another.
    let states = state_cookie.bind_to(logged_in);
    let callbacks = ConnectCallbackLayer::new(&base, states.clone())
        .confirm(extract::confirm(app.clone(), confirm))
        .on_failure(ErrorPage::new("/"));
    let start = StartConnect::new(base, states)
        .flow(extract::flow(app.clone(), flow))
        .login_page("/login");
    Router::new()
        .route("/callback", get(connected))
        .layer(callbacks)
        .route_service("/connect", start)
        .with_state(app)
}

async fn logged_in(request: Parts) -> Option<String> {
    let session: &AuthSession = request.extensions.get()?;
    Some(session.user.as_ref()?.id.to_string())
}

#[derive(Deserialize)]
struct Wanted {
    /// The vehicle to connect again. Without it, the owner chooses new ones.
    vehicle_id: Option<String>,
}

/// The flow of the user who is logged in: with an external id of their own.
async fn flow(
    base: ConnectUrl,
    user: Option<User>,
    Query(wanted): Query<Wanted>,
    State(app): State<App>,
) -> Result<ConnectUrl, Response> {
    let user = user.ok_or(NotStarted::NotLoggedIn)?;
    let url = base.external_id(&user.external_id)?;
    match wanted.vehicle_id {
        None => Ok(url),
        Some(id) if app.garage.has_vehicle(&user, &id) => Ok(url.reauthentication(id)?),
        Some(_) => Err(StatusCode::NOT_FOUND.into_response()),
    }
}

/// The ids in a callback are claims. Smartcar says which connections this user really has.
async fn confirm(
    success: ConnectSuccess,
    user: User,
    State(app): State<App>,
) -> Result<Vec<Connection>, RejectionReason> {
    let connections = app.smartcar.connections(&user.external_id).await;
    let mut connections = connections.map_err(|error| {
        tracing::error!(%error, "Smartcar’s API did not confirm a callback");
        RejectionReason::ConfirmationUnavailable
    })?;
    let is_claimed = |connection: &Connection| match success.vehicle_id() {
        Some(vehicle_id) => connection.vehicle_id == vehicle_id,
        None => success.user_id() == Some(&*connection.user_id),
    };
    let claimed = connections.iter().find(|connection| is_claimed(connection));
    let smartcar_user = claimed
        .ok_or(RejectionReason::NotConfirmed)?
        .user_id
        .clone();
    // Another user of Smartcar may have connected vehicles under this external id too.
    connections.retain(|connection| connection.user_id == smartcar_user);
    Ok(connections)
}

/// Runs for confirmed successes alone.
async fn connected(
    _success: ConnectSuccess,
    user: User,
    Extension(connections): Extension<Vec<Connection>>,
    State(app): State<App>,
) -> Redirect {
    app.garage.replace_vehicles(&user, &connections);
    Redirect::to("/")
}
