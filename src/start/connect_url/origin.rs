//! The origin of Connect, which tests and development exchange.

use std::env;
use std::ffi::OsString;

use super::{ConnectUrl, InvalidConnectUrl};
use crate::paths::Origin;

const SMARTCAR: &str = "https://connect.smartcar.com";

/// The variable that Smartcar's SDKs for Python, Java and Ruby read too.
const VARIABLE: &str = "SMARTCAR_CONNECT_ORIGIN";

pub(super) fn of_smartcar() -> Origin {
    SMARTCAR
        .parse()
        .expect("the origin of Connect is an origin")
}

/// The origin of Connect, `https://connect.smartcar.com` unless you replace it.
impl ConnectUrl {
    /// Returns the origin of Connect, as browsers write it.
    ///
    /// If the page with your form has a `Content-Security-Policy` with `form-action`, let the policy
    /// allow this origin, [or the button does nothing][csp].
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectUrl;
    ///
    /// let connect_url = ConnectUrl::new("8229df9f-91a0-4ff0", "https://example.com/callback")?;
    /// let policy = format!("form-action 'self' {}", connect_url.origin());
    /// assert_eq!(policy, "form-action 'self' https://connect.smartcar.com");
    /// # Ok::<_, tower_smartcar_connect::start::InvalidConnectUrl>(())
    /// ```
    ///
    /// [csp]: crate::start#content-security-policy
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Sends browsers to another origin than Smartcar's, such as that of a simulator.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectUrl;
    ///
    /// let connect_url = ConnectUrl::new("8229df9f-91a0-4ff0", "http://localhost:8000/callback")?
    ///     .at_origin("http://localhost:4000".parse()?);
    /// assert_eq!(connect_url.with_state("0facda3319")?.host(), Some("localhost"));
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn at_origin(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// Sends browsers to the origin in the environment variable `SMARTCAR_CONNECT_ORIGIN`, if it is
    /// set and not empty.
    ///
    /// Three of Smartcar's SDKs read the same variable. With it, one build of your app runs against
    /// Connect and against a simulator. Each use is an event at `WARN` (feature `tracing`), so that
    /// you notice it in production.
    ///
    /// # Errors
    ///
    /// Returns an [`InvalidConnectUrl`] if the variable is not an origin as browsers write it, or if
    /// its scheme is `http` and its host is not this machine.
    ///
    /// ```
    /// use tower_smartcar_connect::ConnectUrl;
    ///
    /// let connect_url = ConnectUrl::new("8229df9f-91a0-4ff0", "http://localhost:8000/callback")?
    ///     .origin_from_env()?;
    /// # Ok::<_, tower_smartcar_connect::start::InvalidConnectUrl>(())
    /// ```
    pub fn origin_from_env(self) -> Result<Self, InvalidConnectUrl> {
        self.origin_from(env::var_os(VARIABLE).filter(|value| !value.is_empty()))
    }

    fn origin_from(self, value: Option<OsString>) -> Result<Self, InvalidConnectUrl> {
        let Some(value) = value else {
            return Ok(self);
        };
        let origin = value.to_str().and_then(|text| text.parse::<Origin>().ok());
        let origin = origin.ok_or(InvalidConnectUrl::new(
            VARIABLE,
            "is not an origin as browsers write it; set it to one like `http://localhost:4000`, without a `/` at its end",
        ))?;
        if !origin.is_https() && !origin.is_loopback() {
            return Err(InvalidConnectUrl::new(
                VARIABLE,
                "is an origin of plain http on another machine; set it to one of https, or of this machine",
            ));
        }
        #[cfg(feature = "tracing")]
        tracing::warn!(
            target: "tower_smartcar_connect",
            origin = origin.to_string(),
            "`{VARIABLE}` replaces the origin of Smartcar Connect",
        );
        Ok(self.at_origin(origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_replaces_the_origin_by_one_of_https_or_of_this_machine() {
        let url = || ConnectUrl::new("application-1", "http://localhost:8000/callback").unwrap();
        for origin in [
            "https://connect.example.com",
            "http://localhost:4000",
            "http://127.0.0.1:4000",
            "http://[::1]:4000",
        ] {
            let replaced = url().origin_from(Some(origin.into())).expect(origin);
            assert_eq!(replaced.origin().to_string(), origin);
        }
        for origin in [
            "http://connect.example.com",
            "http://localhost.example.com",
            "http://localhost:4000/",
            "https://user:password@connect.example.com",
            "connect.example.com",
            "javascript:alert(1)",
        ] {
            let invalid = url().origin_from(Some(origin.into())).expect_err(origin);
            assert_eq!(invalid.parameter(), VARIABLE);
            assert!(!format!("{invalid} {invalid:?}").contains("password"));
        }
        assert_eq!(url().origin_from(None).unwrap(), url());
    }
}
