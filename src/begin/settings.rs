//! The settings of the service, shared by its clones.

use tower_http::csrf::CsrfLayer;

use super::connect_url::ConnectUrl;
use crate::state_cookie::StateCookie;

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) url: ConnectUrl,
    pub(super) csrf: CsrfLayer,
    /// `None` if the function issues and stores the state.
    pub(super) state_cookie: Option<StateCookie>,
}
