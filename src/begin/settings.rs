//! What a service is configured with, shared by its clones.

use tower_http::csrf::CsrfLayer;

use super::connect_url::ConnectUrl;
use crate::state_cookie::StateCookie;

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) url: ConnectUrl,
    pub(super) csrf: CsrfLayer,
    /// `None` if the function makes and stores the state.
    pub(super) state_cookie: Option<StateCookie>,
}
