//! Users who log in, by axum-login.

use std::convert::Infallible;
use std::fmt;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::Redirect;
use axum::{Form, Router, routing::get};
use axum_login::{AuthManagerLayer, AuthManagerLayerBuilder, AuthUser, AuthnBackend};
use http::StatusCode;
use http::request::Parts;
use serde::Deserialize;
use tower_sessions::{MemoryStore, SessionManagerLayer, cookie::SameSite};

use crate::garage::Garage;
use crate::pages;

pub(crate) type AuthSession = axum_login::AuthSession<Garage>;

#[derive(Clone)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) password_hash: String,
    /// The id by which Smartcar knows this user: letters and digits. It is random, because anybody
    /// who knows it can connect a vehicle under it.
    pub(crate) external_id: String,
}

pub(crate) fn layer(garage: Garage, is_https: bool) -> AuthManagerLayer<Garage, MemoryStore> {
    let sessions = SessionManagerLayer::new(MemoryStore::default())
        .with_secure(is_https)
        // Connect redirects from another site. With `Strict`, the default, the browser would not
        // send the login with the callback.
        .with_same_site(SameSite::Lax);
    AuthManagerLayerBuilder::new(garage, sessions).build()
}

pub(crate) fn routes() -> Router {
    Router::new().route("/login", get(pages::login).post(log_in))
}

#[derive(Clone, Deserialize)]
pub(crate) struct Credentials {
    name: String,
    password: String,
}

async fn log_in(
    mut session: AuthSession,
    Form(credentials): Form<Credentials>,
) -> Result<Redirect, StatusCode> {
    let user = session.authenticate(credentials).await;
    let user = user.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let user = user.ok_or(StatusCode::UNAUTHORIZED)?;
    let login = session.login(&user).await;
    login.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(Redirect::to("/"))
}

/// Extracts the user who is logged in.
impl<S: Send + Sync> FromRequestParts<S> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(request: &mut Parts, _state: &S) -> Result<Self, StatusCode> {
        let session = request.extensions.get::<AuthSession>();
        let user = session.and_then(|session| session.user.clone());
        user.ok_or(StatusCode::UNAUTHORIZED)
    }
}

/// Extracts the user, if one is logged in.
impl<S: Send + Sync> OptionalFromRequestParts<S> for User {
    type Rejection = Infallible;

    async fn from_request_parts(
        request: &mut Parts,
        _state: &S,
    ) -> Result<Option<Self>, Infallible> {
        let session = request.extensions.get::<AuthSession>();
        Ok(session.and_then(|session| session.user.clone()))
    }
}

impl AuthUser for User {
    type Id = i64;

    fn id(&self) -> i64 {
        self.id
    }

    fn session_auth_hash(&self) -> &[u8] {
        self.password_hash.as_bytes()
    }
}

impl AuthnBackend for Garage {
    type User = User;
    type Credentials = Credentials;
    type Error = rusqlite::Error;

    async fn authenticate(&self, given: Credentials) -> rusqlite::Result<Option<User>> {
        let user = self.user_named(&given.name)?;
        Ok(user.filter(|user| {
            password_auth::verify_password(given.password, &user.password_hash).is_ok()
        }))
    }

    async fn get_user(&self, id: &i64) -> rusqlite::Result<Option<User>> {
        self.user(*id)
    }
}

/// Prints no password, nor its hash.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
