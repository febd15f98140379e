//! The origins that `ConnectUrl::origin` and `BeginConnect::trust_origin` accept.

use tower_smartcar_connect::state_cookie::{Key, StateCookie};
use tower_smartcar_connect::{BeginConnect, ConnectUrl, InvalidConnectUrl};
use url::Url;

const ORIGINS: [&str; 9] = [
    "http://localhost:4000",
    "http://localhost",
    "http://127.0.0.1:4000",
    "http://[::1]:4000",
    "https://connect.example.com",
    "https://connect.example.com:8443",
    "https://xn--exmple-cua.com",
    "http://example.com:443",
    "https://example.com:80",
];

const INVALID_ORIGINS: [&str; 24] = [
    "",
    "localhost:4000",
    "//localhost:4000",
    "http://",
    "http://:4000",
    "http://localhost:",
    "http://localhost:99999",
    "http://localhost:+80",
    "http://localhost:4000/",
    "http://localhost:4000/oauth",
    "http://localhost:4000?a=b",
    "http://localhost:4000#",
    "http://user@localhost",
    "http://user:password@localhost",
    " http://localhost",
    "http://localhost ",
    "http://local host",
    "http://localhost\n",
    "ftp://localhost",
    "javascript:alert(1)",
    "https://exämple.com",
    // Browsers write none of these, and compare origins byte by byte.
    "https://Example.com",
    "https://example.com:443",
    "HTTP://localhost",
];

fn connect_url() -> ConnectUrl {
    ConnectUrl::new("client-1", "https://example.com/callback").unwrap()
}

fn begin_connect() -> BeginConnect {
    BeginConnect::new(connect_url(), StateCookie::new(Key::from(&[7; 64])))
}

#[test]
fn origins_as_browsers_write_them_are_accepted() {
    for origin in ORIGINS {
        let address = connect_url()
            .origin(origin)
            .expect(origin)
            .with_state("s")
            .to_string();
        assert!(
            address.starts_with(&format!("{origin}/oauth/authorize?")),
            "{address}"
        );
        assert_eq!(
            Url::parse(&address).unwrap().origin().ascii_serialization(),
            origin
        );
        assert!(begin_connect().trust_origin(origin).is_ok(), "{origin}");
    }
}

#[test]
fn invalid_origins_are_rejected() {
    for origin in INVALID_ORIGINS {
        assert_eq!(
            connect_url().origin(origin).expect_err(origin),
            InvalidConnectUrl::Origin
        );
        assert_eq!(
            begin_connect().trust_origin(origin).expect_err(origin),
            InvalidConnectUrl::Origin
        );
    }
    assert_eq!(
        InvalidConnectUrl::Origin.to_string(),
        "the origin is not one that a browser would send; pass a scheme, a host in lower case and a port unless it is \
         the default one, such as `http://localhost:4000`, without `/` at the end"
    );
}
